"""Take the file of a bulk award, piece by piece, into the database: any worker can read it then."""

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from coalition.access import Actor, Scope, acting_partner
from coalition.bulk.create import sender
from coalition.bulk.errors import BulkAwardHasItsFile, BulkAwardNotFound
from coalition.files import at_most, check_announced, in_chunks, replaced
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
    async for chunk in in_chunks(at_most(pieces, most), CHUNK):
        await _add(office, bulk_id, upload, chunks, chunk)
        digest.update(chunk)
        came += len(chunk)
        chunks += 1
    check_announced(begun["announced_sha256"], digest.digest())
    (done,) = await office.database.call(
        "finish_bulk_upload", bulk_id, upload, chunks, came, digest.digest(), now
    )
    if not done["finished"]:
        raise replaced()
    return came


async def _add(office: Office, bulk_id: int, upload: UUID, place: int, chunk: bytes) -> None:
    (row,) = await office.database.call("add_bulk_chunk", bulk_id, upload, place, chunk)
    if not row["added"]:
        raise replaced()


def _refuse(outcome: str) -> None:
    match outcome:
        case BulkAwardNotFound.code:
            raise BulkAwardNotFound("No such bulk award of this partner.")
        case BulkAwardHasItsFile.code:
            raise BulkAwardHasItsFile("The bulk award takes no file any more: open another one.")
        case PartnerSuspended.code:
            raise PartnerSuspended.awarding()
