"""Files under a contract: a header, rows, and a trailer with their count and sums. Pure.

CSV and NDJSON say the same. In CSV a line whose first cell is the name of a part (HEADER, TRAILER)
is that part; the first other line names the columns. In NDJSON each object has its `type`. Whatever
does not keep to the contract refuses the file as a whole, with the line: figures that were read
half are worse than none.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from coalition.files.cells import shown
from coalition.files.errors import ContractBroken
from coalition.files.lines import Record, Records, cells_of, text_of
from coalition.files.unpacking import Unpacking
from coalition.kit.strict_json import read_json

HEADER: Final = "HEADER"
ROW: Final = "ROW"
TRAILER: Final = "TRAILER"
LONGEST_ROW: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Layout:
    """The names that a contract knows. `parts`: what each part but a row says, in its order;
    HEADER and TRAILER are among them. `needed`: columns that must be there, the first one first.
    `most`: bytes of the unpacked file.
    """

    parts: Mapping[str, tuple[str, ...]]
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a file: a part or a row, and its texts by name; what is empty may be absent."""

    line: int
    part: str
    texts: Mapping[str, str]


class ContractFile:
    """Reads one file, piece by piece, and sees to its order: one header, at the beginning, and one
    trailer, at the end.
    """

    def __init__(self, format_: str, compression: str, layout: Layout) -> None:
        self._layout = layout
        self._is_csv = format_ == "CSV"
        self._unpacking = Unpacking(compression, most=layout.most)
        self._records = Records(quoted=self._is_csv, longest=LONGEST_ROW)
        self._digest = hashlib.sha256()
        self._columns: list[str] | None = None
        self._begun = False
        self._ended_at: int | None = None

    @property
    def sha256(self) -> bytes:
        """Of the unpacked file, once it has ended: whatever its packing, the same content."""
        return self._digest.digest()

    def feed(self, piece: bytes) -> Iterator[Iterator[Said]]:
        """The lines of a piece, some thousands at a time, to be read in their order. Raises
        `FileBroken` and what is one.
        """
        for step in self._unpacking.feed(piece):
            self._digest.update(step)
            yield self._lines(self._records.feed(step))

    def end(self) -> Iterator[Iterator[Said]]:
        """What stands behind the last line end. Raises `FileBroken` and what is one."""
        self._unpacking.end()
        yield self._lines(self._records.end())
        if not self._begun:
            raise ContractBroken("The file is empty: it must begin with its header.")
        if self._ended_at is None:
            raise ContractBroken("The file ends without its trailer: send it whole.")

    def _lines(self, records: Iterable[Record]) -> Iterator[Said]:
        for record in records:
            said = self._of_csv(record) if self._is_csv else self._of_json(record)
            if said is not None:
                self._check_order(said)
                yield said

    def _check_order(self, said: Said) -> None:
        if self._ended_at is not None:
            raise ContractBroken(
                f"it stands behind the trailer in line {self._ended_at}.", line=said.line
            )
        if said.part == HEADER:
            if self._begun:
                raise ContractBroken("a file has one header.", line=said.line)
            self._begun = True
        elif not self._begun:
            raise ContractBroken("the file must begin with its header.", line=said.line)
        elif said.part == TRAILER:
            self._ended_at = said.line

    def _of_csv(self, record: Record) -> Said | None:
        """None for the line that names the columns."""
        line = record.line
        if b"\n" in record.data:
            raise ContractBroken("a cell holds a line end.", line=line)
        try:
            cells = cells_of(record)
        except ValueError as error:
            raise ContractBroken(f"it is not CSV: {error}.", line=line) from None
        names = self._layout.parts.get(cells[0])
        if names is not None:
            if len(cells) != len(names) + 1:
                raise ContractBroken(
                    f"it must be {cells[0]},{','.join(names)}, and has {len(cells)} cells.",
                    line=line,
                )
            return Said(line, cells[0], dict(zip(names, cells[1:], strict=True)))
        if not self._begun:
            raise ContractBroken("the file must begin with its header.", line=line)
        if self._columns is None:
            if self._ended_at is None:
                self._columns = self._checked_columns(line, cells)
                return None
            return Said(line, ROW, {})
        if len(cells) != len(self._columns):
            raise ContractBroken(
                f"it has {len(cells)} cells, and there are {len(self._columns)} columns.", line=line
            )
        return Said(line, ROW, dict(zip(self._columns, cells, strict=True)))

    def _checked_columns(self, line: int, cells: list[str]) -> list[str]:
        known, needed = self._layout.columns, self._layout.needed
        unknown = [name for name in cells if name not in known]
        missing = [name for name in needed if name not in cells]
        if unknown or missing or len(set(cells)) != len(cells) or cells[0] != needed[0]:
            others = [name for name in known if name not in needed]
            raise ContractBroken(
                f"the columns must begin with {needed[0]}, have {', '.join(needed[1:])}, each once,"
                f" and may have {', '.join(others)}. This line has"
                f" {', '.join(map(shown, cells))[:200]}.",
                line=line,
            )
        return cells

    def _of_json(self, record: Record) -> Said:
        line = record.line
        text_of(record)  # another encoding is told as such
        try:
            said = read_json(record.data)
        except ValueError as error:
            raise ContractBroken(
                f"it is not JSON as the contract wants it: {error}", line=line
            ) from None
        if not isinstance(said, dict):
            raise ContractBroken("it is not a JSON object.", line=line)
        part = said.pop("type", None)
        if part == ROW:
            known = self._layout.columns
        elif isinstance(part, str) and part in self._layout.parts:
            known = self._layout.parts[part]
        else:
            types = ", ".join((*self._layout.parts, ROW))
            raise ContractBroken(f"type must be one of {types}, not {shown(str(part))}.", line=line)
        return Said(line, part, dict(_texts(line, said, known)))


def _texts(
    line: int, said: Mapping[str, object], known: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """The values of a JSON object as the cells of CSV would say them."""
    for name, value in said.items():
        if name not in known:
            raise ContractBroken(f"{shown(name)} is not a name of it.", line=line)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ContractBroken(f"{name} must be a text, not {shown(str(value))}.", line=line)
        yield name, str(value)
