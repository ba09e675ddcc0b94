"""What is wrong with a file that a person wrote: every mistake at once, each with its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with the file. `field` is written as in partners[0].currency."""

    line: int
    field: str
    message: str


class MistakesInFile(Exception):
    """Nothing was applied; `mistakes` are all of them, in the order of the file."""

    def __init__(self, path: Path, mistakes: list[Mistake]) -> None:
        super().__init__(f"{path}: {len(mistakes)} mistakes, nothing was applied.")
        self.path = path
        self.mistakes = sorted(mistakes, key=lambda mistake: (mistake.line, mistake.field))


def line_of(lines: Mapping[Path_, int], at: Path_) -> int:
    """The line of a field, or of the nearest part of the file around it that stands there."""
    while at not in lines and at:
        at = at[:-1]
    return lines.get(at, 1)


def spelled(at: Path_) -> str:
    """A place as people write it: partners[0].currency. A name that would not show as it is, or
    would steer the terminal, is quoted.
    """
    text = ""
    for part in at:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if part.isprintable() else repr(part)
            text += f".{name}" if text else name
    return text
