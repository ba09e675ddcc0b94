"""A file as it comes, in pieces, into its records. Pure: it is given bytes and gives bytes.

At no time is more of a file in memory than a piece and one record, whatever was sent: what a
piece unpacks to is taken in small steps, and a record that does not end is given up.
"""

import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from coalition.bulk.errors import FileBroken, FileTooLarge

MOST_UNPACKED: Final = 2 * 1024 * 1024 * 1024
MOST_ROWS: Final = 1_000_000
LONGEST_RECORD: Final = 256 * 1024
# Purchases shrink to a tenth; what shrinks to a two-hundredth was made to be unpacked.
_MOST_RATIO = 200
_MOST_BLANK = 100_000
# Who appends a day to a file makes a member more; empty ones by the hundred thousand are work.
_MOST_MEMBERS = 1000
_STEP = 256 * 1024
_GZIP = 31  # zlib: expect the header and the trailer of RFC 1952
_BOM = b"\xef\xbb\xbf"


class Unpacking:
    """The bytes of a file, unpacked in steps of at most 256 KiB."""

    def __init__(self, compression: str, *, most: int = MOST_UNPACKED) -> None:
        self._most = most
        self._packed = compression == "GZIP"
        self._inflate = zlib.decompressobj(_GZIP)
        self._came = 0
        self._unpacked = 0
        self._between_members = False
        self._members = 1

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises `FileBroken`, `FileTooLarge`."""
        self._came += len(data)
        if not self._packed:
            yield data
            return
        while data:
            if self._between_members:
                # Several gzip files one after the other are one gzip file (RFC 1952, 2.2).
                self._inflate = zlib.decompressobj(_GZIP)
                self._between_members = False
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise FileBroken(
                        f"The file is made of more than {_MOST_MEMBERS:,} gzip files. Send one."
                    )
            try:
                step = self._inflate.decompress(data, _STEP)
            except zlib.error:
                raise FileBroken("The file is not gzip, or was damaged on its way.") from None
            if step:
                self._count(len(step))
                yield step
            data = self._inflate.unconsumed_tail
            if self._inflate.eof:
                data = self._inflate.unused_data
                self._between_members = True

    def end(self) -> None:
        """Raises `FileBroken` when the file was cut off."""
        if self._packed and self._came and not (self._between_members or self._inflate.eof):
            raise FileBroken("The gzip file ends in its middle: send it whole.")

    def _count(self, size: int) -> None:
        self._unpacked += size
        if self._unpacked > self._most:
            raise FileTooLarge(f"The file unpacks to more than {self._most:,} bytes.")
        if self._unpacked > _MOST_RATIO * max(self._came, _STEP // 4):
            raise FileTooLarge(
                f"The file unpacks to more than {_MOST_RATIO} times its size: that is no file of"
                " purchases."
            )


@dataclass(frozen=True, slots=True)
class Record:
    """One record's bytes without its line end. `line`: where it begins, from 1."""

    line: int
    data: bytes


class Records:
    """Lines; with `quoted` a line end between quotes belongs to its record (RFC 4180)."""

    def __init__(self, *, quoted: bool) -> None:
        self._quoted = quoted
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
        if self._begun_size + len(self._rest) > LONGEST_RECORD:
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
        if self._begun_size > LONGEST_RECORD:
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
            f"The record in line {line} is longer than {LONGEST_RECORD:,} bytes: a line end, or a"
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
