"""Logos of brands: small pictures that stand beside the partners' file."""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

_LARGEST = 64 * 1024
_SIDES = range(32, 1025)
_PNG = b"\x89PNG\r\n\x1a\n"
# RIFF, the kind of picture, and as much of it as says its size.
_WEBP_HEADER = 30


@dataclass(frozen=True, slots=True)
class Logo:
    """`sha256` in hexadecimal digits."""

    content: bytes
    media_type: str
    sha256: str


def read_logo(path: Path) -> Logo:
    """Raises `ValueError` for what is no picture of a kind and size that pages show."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot be read: {error}") from None
    if len(content) > _LARGEST:
        raise ValueError(f"is larger than {_LARGEST // 1024} KiB")
    media_type, width, height = _kind_and_size(content)
    if width not in _SIDES or height not in _SIDES:
        raise ValueError(
            f"is {width} by {height} pixels; each side must have {_SIDES[0]} to {_SIDES[-1]}"
        )
    return Logo(content, media_type, hashlib.sha256(content).hexdigest())


def _kind_and_size(content: bytes) -> tuple[str, int, int]:
    """PNG (W3C, section 11.2.1) and WebP (RFC 9649 section 2): raster pictures, in which nothing
    runs. Raises `ValueError` for others.
    """
    if content.startswith(_PNG) and content[12:16] == b"IHDR":
        if not _is_whole_png(content):
            raise ValueError("is a PNG picture that is cut off or damaged")
        return ("image/png", *struct.unpack(">II", content[16:24]))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP" and len(content) > _WEBP_HEADER:
        sides = _size_of_webp(content)
        if int.from_bytes(content[4:8], "little") > len(content) - 8:
            raise ValueError("is a WebP picture that is cut off")
        return ("image/webp", *sides)
    if b"<svg" in content:
        raise ValueError("is an SVG picture, in which scripts can run: save it as PNG or WebP")
    raise ValueError("must be a PNG or WebP picture")


def _is_whole_png(content: bytes) -> bool:
    """Whether each chunk up to the last one is what its own checksum says (W3C, section 5.3)."""
    at = len(_PNG)
    while at + 12 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4], "big")
        if zlib.crc32(content[at + 4 : end]) != int.from_bytes(content[end : end + 4], "big"):
            return False
        if content[at + 4 : at + 8] == b"IEND":
            return True
        at = end + 4
    return False


def _size_of_webp(content: bytes) -> tuple[int, int]:
    match content[12:16]:
        case b"VP8X":
            sides = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
            return next(sides), next(sides)
        case b"VP8L":
            bits = int.from_bytes(content[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack("<HH", content[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case _:
            raise ValueError("must be a PNG or WebP picture")
