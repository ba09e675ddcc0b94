"""Where answers go (standard output) and where everything else goes (standard error)."""

import sys

from rich.console import Console
from rich.progress import Progress

# A file or a pipe has no width of its own: wide enough for every table, however it is read.
console = Console(width=None if sys.stdout.isatty() else 120)
errors = Console(stderr=True, highlight=False)


def progress() -> Progress:
    """A progress display; silent when nobody is watching."""
    return Progress(console=errors, disable=not sys.stderr.isatty(), transient=True)
