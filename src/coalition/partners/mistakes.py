"""A partners' file that was read, and how a mistake in it is told: with its line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from coalition.partners.logos import Logo
from coalition.partners.models import ClientModel, PartnersFile

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


@dataclass(frozen=True)
class LoadedFile:
    """A file whose shape is right, where each of its fields stands, and the logos by brand."""

    path: Path
    content: PartnersFile
    lines: Mapping[Path_, int]
    logos: Mapping[str, Logo] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.content.programme.time_zone)

    def clients(self) -> Iterator[tuple[str | None, Path_, ClientModel]]:
        """Every client: the code of its partner (None: the operator's), its place, itself."""
        for place, partner in enumerate(self.content.partners):
            for inner, client in enumerate(partner.clients):
                yield partner.code, ("partners", place, "clients", inner), client
        for inner, client in enumerate(self.content.operator.clients):
            yield None, ("operator", "clients", inner), client

    def mistake(self, at: Path_, message: str) -> Mistake:
        return Mistake(line_of(self.lines, at), spelled(at), message)


def line_of(lines: Mapping[Path_, int], at: Path_) -> int:
    """The line of a field, or of the nearest part of the file around it that stands there."""
    while at not in lines and at:
        at = at[:-1]
    return lines.get(at, 1)


def spelled(at: Path_) -> str:
    """A place as people write it: partners[0].currency."""
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
