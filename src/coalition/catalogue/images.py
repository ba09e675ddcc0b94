"""Images of rewards: kept under their hash and served by this server, so that looking at a
catalogue tells nobody else.
"""

import hashlib
import struct
from dataclasses import dataclass

from coalition.access import Actor, Scope, acting_partner
from coalition.catalogue.errors import RewardImageNotValid
from coalition.catalogue.refusals import refusal_of
from coalition.partners import Office

MOST_BYTES = 512 * 1024
MOST_PIXELS = 2000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Of JPEG: the markers that begin a frame (ITU-T T.81, table B.1), without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARK = 0xFF
_ALONE = frozenset({0x01, *range(0xD0, 0xDA)})


@dataclass(frozen=True, slots=True)
class Picture:
    media_type: str
    width: int
    height: int


async def put_image(office: Office, *, actor: Actor, content: bytes) -> bytes:
    """The hash under which it is kept; the same image has the same.

    Raises `RewardImageNotValid`, `PartnerSuspended`.
    """
    partner_id = acting_partner(actor, Scope.CATALOGUE_WRITE)
    picture = picture_in(content)
    hashed = hashlib.sha256(content).digest()
    (row,) = await office.database.call(
        "put_image", partner_id, hashed, picture.media_type, picture.width, picture.height,
        content, *actor.trace,
    )  # fmt: skip
    if row["outcome"] != "KEPT":
        raise refusal_of(row["outcome"])
    return hashed


def picture_in(content: bytes) -> Picture:
    """What the bytes say that they are. A drawing (SVG) is none: it is a program. Pure.

    Raises `RewardImageNotValid`.
    """
    if len(content) > MOST_BYTES:
        raise _wrong(f"It has {len(content):,} bytes, and {MOST_BYTES:,} are allowed.")
    try:
        picture = _read(content)
    except (struct.error, IndexError):
        raise _wrong("It ends before it says how large it is.") from None
    if picture is None:
        raise _wrong("It is not PNG, JPEG or WebP.")
    if not (0 < picture.width <= MOST_PIXELS and 0 < picture.height <= MOST_PIXELS):
        raise _wrong(
            f"It is {picture.width} x {picture.height} pixels, and {MOST_PIXELS} x {MOST_PIXELS}"
            " are allowed."
        )
    return picture


def _read(content: bytes) -> Picture | None:
    if content.startswith(_PNG) and content[12:16] == b"IHDR":
        return Picture("image/png", *struct.unpack_from(">II", content, 16))
    if content.startswith(_JPEG):
        return _jpeg(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp(content)
    return None


def _jpeg(content: bytes) -> Picture | None:
    """The size stands in the first frame. Source: ITU-T T.81, B.2.2."""
    place = 2
    while content[place] == _MARK:
        marker = content[place + 1]
        if marker == _MARK or marker in _ALONE:
            place += 1 if marker == _MARK else 2
            continue
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, place + 5)
            return Picture("image/jpeg", width, height)
        (length,) = struct.unpack_from(">H", content, place + 2)
        place += 2 + length
    return None


def _webp(content: bytes) -> Picture | None:
    """Source: RFC 9649, section 2."""
    match content[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", content, 26)
            return Picture("image/webp", width & 0x3FFF, height & 0x3FFF)
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", content, 21)
            return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            width = int.from_bytes(content[24:27], "little") + 1
            height = int.from_bytes(content[27:30], "little") + 1
            return Picture("image/webp", width, height)
    return None


def _wrong(message: str) -> RewardImageNotValid:
    return RewardImageNotValid(message, field=("content",))
