"""What every sending of a file shares: how large it may be, and what it was announced as."""

from collections.abc import AsyncIterator
from typing import Final

from coalition.files.errors import (
    ChecksumNotAllowed,
    FileNotAsAnnounced,
    FileTooLarge,
    UploadReplaced,
)

_SHA256_BYTES: Final = 32


async def at_most(pieces: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """`pieces`, as long as they are no more than `most` bytes. Raises `FileTooLarge`."""
    came = 0
    async for piece in pieces:
        came += len(piece)
        if came > most:
            raise too_large(most)
        yield piece


async def in_chunks(pieces: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """`pieces` in chunks of one size but for the last."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def checksum_of(text: str) -> bytes:
    """An announced SHA-256. Raises `ChecksumNotAllowed`."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != _SHA256_BYTES or not text.isalnum():
        raise ChecksumNotAllowed("sha256 must be 64 hexadecimal digits.", field=("sha256",))
    return found


def check_announced(announced: bytes | None, came: bytes) -> None:
    """Raises `FileNotAsAnnounced` when another file came than the one that was announced."""
    if announced is not None and announced != came:
        raise FileNotAsAnnounced(
            f"What came has the SHA-256 {came.hex()}, and {announced.hex()} was announced."
            " It was not taken: send the file again."
        )


def too_large(most: int) -> FileTooLarge:
    return FileTooLarge(f"A file has at most {most:,} bytes. Pack it with gzip, or send several.")


def replaced() -> UploadReplaced:
    return UploadReplaced(
        "The file is being sent once more, or its place is gone: this sending has ended."
    )
