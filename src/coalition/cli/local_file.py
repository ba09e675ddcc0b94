"""A file of this machine that a command takes: how it is written and packed, and its bytes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from coalition.cli.running import progress
from coalition.kit.errors import Misconfigured

_FORMATS = {".csv": "CSV", ".ndjson": "NDJSON", ".jsonl": "NDJSON"}
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class LocalFile:
    """`format` CSV or NDJSON, `compression` NONE or GZIP, by what its name ends in."""

    path: Path
    format: str
    compression: str

    @property
    def name(self) -> str:
        return self.path.name[:200]

    def read(self) -> Iterator[bytes]:
        with self.path.open("rb") as content:
            while piece := content.read(_PIECE):
                yield piece

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its bytes, with a bar for whoever is watching."""
        with progress() as bar:
            task = bar.add_task("Reading", total=self.path.stat().st_size)
            for piece in self.read():
                yield piece
                bar.advance(task, len(piece))


def local_file(path: Path) -> LocalFile:
    """Raises `Misconfigured`."""
    if not path.is_file():
        raise Misconfigured(f"{path} is not a file.")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compression = "GZIP" if suffixes[-1:] == [".gz"] else "NONE"
    plain = suffixes[-2 if compression == "GZIP" else -1 :][:1]
    format_ = _FORMATS.get(plain[0] if plain else "")
    if format_ is None:
        raise Misconfigured(f"{path} must end in .csv or .ndjson, and may have .gz behind.")
    return LocalFile(path, format_, compression)
