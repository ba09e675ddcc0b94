"""Where the example of a partners' file is, and how it becomes somebody's own."""

import shutil
from importlib import resources
from pathlib import Path


def example_file() -> Path:
    """partners.example.yaml, in an installed package or at the top of a checkout."""
    package = Path(str(resources.files("coalition")))
    installed = package / "_partners.example.yaml"
    return installed if installed.exists() else package.parents[1] / "partners.example.yaml"


def copy_example(target: Path) -> None:
    """The example as `target`, and the logos that it names beside that. What is there stays."""
    example = example_file()
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(example, target)
    logos = target.parent / "logos"
    logos.mkdir(exist_ok=True)
    for logo in (example.parent / "logos").glob("*.png"):
        if not (logos / logo.name).exists():
            shutil.copyfile(logo, logos / logo.name)
