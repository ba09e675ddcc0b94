"""Where answers go (standard output) and where everything else goes (standard error)."""

import sys

from rich.console import Console
from rich.progress import Progress

console = Console()
errors = Console(stderr=True, highlight=False)


def progress() -> Progress:
    """A progress display; silent when nobody is watching."""
    return Progress(console=errors, disable=not sys.stderr.isatty(), transient=True)
