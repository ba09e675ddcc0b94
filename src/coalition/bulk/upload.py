"""Take the file of a bulk award, piece by piece, into the database: any worker can read it then."""

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from coalition.access import Actor, Scope, acting_partner
from coalition.bulk.create import sender
from coalition.bulk.errors import (
    BulkAwardHasItsFile,
    BulkAwardNotFound,
    FileNotAsAnnounced,
    FileTooLarge,
    UploadReplaced,
)
from coalition.partners import Office, PartnerSuspended

CHUNK: Final = 512 * 1024


async def take_file(
    office: Office,
    *,
    actor: Actor,
    bulk_id: int,
    pieces: AsyncIterator[bytes],
    most: int,
    now: datetime,
) -> int:
    """How many bytes came, at most `most`. Until all of them have, nothing counts, and the file can
    be sent again.

    Raises what `pieces` raises, `NotAllowed`, `BulkAwardNotFound`, `BulkAwardHasItsFile`,
    `PartnerSuspended`, `FileTooLarge`, `FileNotAsAnnounced`, `UploadReplaced`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_AWARD)
    upload = uuid4()
    (begun,) = await office.database.call(
        "begin_bulk_upload", partner_id, bulk_id, upload, *sender(actor)
    )
    _refuse(begun["outcome"])
    came, chunks, digest = 0, 0, hashlib.sha256()
    async for chunk in _in_chunks(pieces, most):
        await _add(office, bulk_id, upload, chunks, chunk)
        digest.update(chunk)
        came += len(chunk)
        chunks += 1
    announced: bytes | None = begun["announced_sha256"]
    if announced is not None and announced != digest.digest():
        raise FileNotAsAnnounced(
            f"What came has the SHA-256 {digest.hexdigest()}, and {announced.hex()} was announced."
            " It was not taken: send the file again."
        )
    (done,) = await office.database.call(
        "finish_bulk_upload", bulk_id, upload, chunks, came, digest.digest(), now
    )
    if not done["finished"]:
        raise _replaced()
    return came


async def _in_chunks(pieces: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """`pieces` in chunks of one size but for the last. Raises `FileTooLarge`."""
    came, waiting = 0, bytearray()
    async for piece in pieces:
        came += len(piece)
        if came > most:
            raise too_large(most)
        waiting += piece
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)


async def _add(office: Office, bulk_id: int, upload: UUID, place: int, chunk: bytes) -> None:
    (row,) = await office.database.call("add_bulk_chunk", bulk_id, upload, place, chunk)
    if not row["added"]:
        raise _replaced()


def too_large(most: int) -> FileTooLarge:
    return FileTooLarge(f"A file has at most {most:,} bytes. Pack it with gzip, or send several.")


def _replaced() -> UploadReplaced:
    return UploadReplaced(
        "The file is being sent once more, or the bulk award was cancelled: this sending has ended."
    )


def _refuse(outcome: str) -> None:
    match outcome:
        case BulkAwardNotFound.code:
            raise BulkAwardNotFound("No such bulk award of this partner.")
        case BulkAwardHasItsFile.code:
            raise BulkAwardHasItsFile("The bulk award takes no file any more: open another one.")
        case PartnerSuspended.code:
            raise PartnerSuspended("The partner is suspended: it awards nothing.")
