"""Where the example of a partners' file is."""

from importlib import resources
from pathlib import Path


def example_file() -> Path:
    """partners.example.yaml, in an installed package or at the top of a checkout."""
    package = Path(str(resources.files("coalition")))
    installed = package / "_partners.example.yaml"
    return installed if installed.exists() else package.parents[1] / "partners.example.yaml"
