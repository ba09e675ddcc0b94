"""A file as it comes, in pieces, into numbered lines. Pure: it is given bytes and gives text.

At no time is more of a file in memory than a piece, a step of what it unpacks to, and one line.
"""

import hashlib
import zlib
from collections.abc import Iterator
from typing import Final

from coalition.reconciliation.errors import ReconciliationFileBroken, ReconciliationFileTooLarge

MOST_BYTES: Final = 1024 * 1024 * 1024
LONGEST_LINE: Final = 16 * 1024
# Blank lines are passed over, but not for ever.
MOST_LINES: Final = 4_000_000
# Rows shrink to a tenth; what shrinks to a five-hundredth was made to be unpacked.
_MOST_RATIO = 500
_SMALL = 64 * 1024
_STEP = 256 * 1024
_GZIP = 31  # zlib: expect the header and the trailer of RFC 1952
_BOM = b"\xef\xbb\xbf"

Numbered = tuple[int, list[str]]


class Lines:
    """Feeds give (number of the first line, lines); `sha256` is that of the unpacked file."""

    def __init__(self, compression: str) -> None:
        self._packed = compression == "GZIP"
        self._inflate = zlib.decompressobj(_GZIP)
        self._between_members = False
        self._came = 0
        self._unpacked = 0
        self._rest = b""
        self._next = 1
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> bytes:
        return self._digest.digest()

    def feed(self, piece: bytes) -> Iterator[Numbered]:
        """Raises `ReconciliationFileBroken`, `ReconciliationFileTooLarge`."""
        for step in self._steps(piece):
            self._digest.update(step)
            self._unpacked += len(step)
            self._refuse_too_large()
            whole, end, rest = (self._rest + step).rpartition(b"\n")
            self._rest = rest
            if len(rest) > LONGEST_LINE:
                self._too_long(self._next + whole.count(b"\n") + bool(end))
            if end:
                yield self._decoded(whole)

    def end(self) -> Iterator[Numbered]:
        """What stands behind the last line end. Raises `ReconciliationFileBroken`."""
        if self._packed and not (self._between_members or self._inflate.eof):
            raise ReconciliationFileBroken("The gzip file ends in its middle: send it whole.")
        if self._rest:
            yield self._decoded(self._rest)

    def _steps(self, piece: bytes) -> Iterator[bytes]:
        self._came += len(piece)
        if not self._packed:
            yield piece
            return
        while piece:
            if self._between_members:
                # Several gzip files one after the other are one gzip file (RFC 1952, 2.2).
                self._inflate = zlib.decompressobj(_GZIP)
                self._between_members = False
            try:
                yield self._inflate.decompress(piece, _STEP)
            except zlib.error:
                raise ReconciliationFileBroken(
                    "The file is not gzip, or was damaged on its way."
                ) from None
            piece = self._inflate.unconsumed_tail
            if self._inflate.eof:
                piece = self._inflate.unused_data
                self._between_members = True

    def _refuse_too_large(self) -> None:
        if self._unpacked > MOST_BYTES:
            raise ReconciliationFileTooLarge(
                f"The file has more than {MOST_BYTES:,} bytes. Reconcile a shorter period."
            )
        if self._packed and self._unpacked > _MOST_RATIO * max(self._came, _SMALL):
            raise ReconciliationFileTooLarge(
                f"The file unpacks to more than {_MOST_RATIO} times its size: those are no rows."
            )

    def _decoded(self, block: bytes) -> Numbered:
        first = self._next
        if first == 1:
            block = block.removeprefix(_BOM)
        try:
            lines = block.decode("utf-8").split("\n")
        except UnicodeDecodeError as error:
            line = first + block.count(b"\n", 0, error.start)
            raise ReconciliationFileBroken(
                "it is not UTF-8. Send the file in UTF-8.", line=line
            ) from None
        for place, one in enumerate(lines):
            if len(one) > LONGEST_LINE:
                self._too_long(first + place)
        self._next += len(lines)
        if self._next > MOST_LINES:
            raise ReconciliationFileTooLarge(f"The file has more than {MOST_LINES:,} lines.")
        return first, lines

    def _too_long(self, line: int) -> None:
        raise ReconciliationFileBroken(
            f"it has more than {LONGEST_LINE:,} characters: a line end is missing.", line=line
        )
