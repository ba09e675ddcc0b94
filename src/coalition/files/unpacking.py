"""The bytes of a file as it comes, packed or not, in small steps. Pure.

At no time is more of a file in memory than a piece and a step, whatever was sent: what a piece
unpacks to is taken little by little, and what was made to be unpacked is given up.
"""

import zlib
from collections.abc import Iterator
from typing import Final

from coalition.files.errors import FileBroken, FileTooLarge

MOST_UNPACKED: Final = 2 * 1024 * 1024 * 1024
# Rows shrink to a tenth; what shrinks to a two-hundredth was made to be unpacked.
_MOST_RATIO = 200
# Who appends a day to a file makes a member more; empty ones by the hundred thousand are work.
_MOST_MEMBERS = 1000
_STEP = 256 * 1024
_GZIP = 31  # zlib: expect the header and the trailer of RFC 1952


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
            self._count(len(data))
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
            raise FileTooLarge(f"The file has more than {self._most:,} bytes, unpacked.")
        if self._unpacked > _MOST_RATIO * max(self._came, _STEP // 4):
            raise FileTooLarge(
                f"The file unpacks to more than {_MOST_RATIO} times its size: those are no rows."
            )
