"""Records of a file, from pieces of its bytes. Pure: it is given bytes and gives bytes.

At no time is more of a file in memory than a piece and one record: a record that does not end is
given up.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from coalition.files.errors import FileBroken

LONGEST_RECORD: Final = 256 * 1024
_MOST_BLANK = 100_000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Record:
    """One record's bytes without its line end. `line`: where it begins, from 1."""

    line: int
    data: bytes


class Records:
    """Lines; with `quoted` a line end between quotes belongs to its record (RFC 4180).
    `longest`: bytes that a record may have.
    """

    def __init__(self, *, quoted: bool, longest: int = LONGEST_RECORD) -> None:
        self._quoted = quoted
        self._longest = longest
        self._rest = b""
        self._line = 1
        self._begun: list[bytes] = []
        self._begun_size = 0
        self._begun_line = 1
        self._open = False
        self._blank = 0
        self._first = True

    def feed(self, data: bytes) -> Iterator[Record]:
        """Blank lines are passed over. Raises `FileBroken`."""
        data = self._rest + data
        if self._first:
            if len(data) < len(_BOM) and _BOM.startswith(data):
                self._rest = data
                return
            data = data.removeprefix(_BOM)
            self._first = False
        lines = data.split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            yield from self._add(line)
            self._line += 1
        if self._begun_size + len(self._rest) > self._longest:
            self._too_long()

    def end(self) -> Iterator[Record]:
        """What stands behind the last line end. Raises `FileBroken`."""
        if self._rest:
            yield from self._add(self._rest)
        if self._open:
            raise FileBroken(
                f"A quote is opened in line {self._begun_line} and never closed.",
                line=self._begun_line,
            )

    def _add(self, line: bytes) -> Iterator[Record]:
        if self._quoted and line.count(b'"') % 2:
            self._open = not self._open
        if not self._begun:
            self._begun_line = self._line
        self._begun_size += len(line) + 1
        if self._begun_size > self._longest:
            self._too_long()
        self._begun.append(line)
        if self._open:
            return
        whole = self._begun[0] if len(self._begun) == 1 else b"\n".join(self._begun)
        self._begun, self._begun_size = [], 0
        whole = whole.removesuffix(b"\r")
        if whole.strip():
            yield Record(self._begun_line, whole)
            return
        self._blank += 1
        if self._blank > _MOST_BLANK:
            raise FileBroken(f"More than {_MOST_BLANK:,} lines are blank.", line=self._line)

    def _too_long(self) -> None:
        line = self._begun_line if self._begun else self._line
        raise FileBroken(
            f"The record in line {line} is longer than {self._longest:,} bytes: a line end, or a"
            " closing quote, is missing.",
            line=line,
        )


def text_of(record: Record) -> str:
    """Raises `FileBroken`: another encoding in one record is another encoding in all."""
    try:
        return record.data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileBroken(
            f"Line {record.line} is not UTF-8 (byte {error.start + 1}): send the file in UTF-8.",
            line=record.line,
        ) from None


def cells_of(record: Record) -> list[str]:
    """The cells of a CSV record. Raises `FileBroken`, and `ValueError` for quotes astray."""
    try:
        (cells,) = csv.reader([text_of(record)], strict=True)
    except csv.Error as error:
        raise ValueError(str(error)) from None
    return cells
