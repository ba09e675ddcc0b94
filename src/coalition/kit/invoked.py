"""The command as it was called, for hints that can be typed as they are shown."""

import shlex
import shutil
import sys
from pathlib import Path

_NAME = "coalition"


def invoked(words: str) -> str:
    """`words` behind what this command was called by: its name where the shell finds this very
    program by it, otherwise its path, or `python -m coalition`.
    """
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{shlex.quote(_seen_from_here(Path(sys.executable)))} -m {_NAME} {words}"
    if called.name != _NAME:
        return f"{_NAME} {words}"
    found = shutil.which(_NAME)
    if found is not None and Path(found).resolve() == called.resolve():
        return f"{_NAME} {words}"
    return f"{shlex.quote(_seen_from_here(called))} {words}"


def _seen_from_here(path: Path) -> str:
    """Below the working folder its shorter name: .venv/bin/coalition."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
