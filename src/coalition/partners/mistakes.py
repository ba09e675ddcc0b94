"""A partners' file that was read, and where each of its fields stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from coalition.kit.mistakes import Mistake, MistakesInFile, Path_, line_of, spelled
from coalition.partners.logos import Logo
from coalition.partners.models import ClientModel, PartnersFile

__all__ = [
    "LoadedFile",
    "Mistake",
    "MistakesInFile",
    "Path_",
    "line_of",
    "spelled",
]


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
