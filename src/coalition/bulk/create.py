"""Open a bulk award, and cancel one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from coalition.access import EXPLORER, Actor, Scope, acting_partner
from coalition.bulk.errors import (
    BulkAwardEnded,
    BulkAwardNotFound,
    RowsNotAllowed,
    TooManyBulkAwards,
)
from coalition.files import checksum_of
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.text import clean
from coalition.partners import Office, PartnerSuspended

MOST_AT_ONCE: Final = 20
MOST_ROWS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """`format` NDJSON or CSV, `compression` NONE or GZIP; `sha256`, `rows`: as announced."""

    idempotency_key: str
    format: str
    compression: str
    file_name: str | None = None
    sha256: str | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Created:
    bulk_id: int
    replayed: bool


async def create_bulk_award(
    office: Office, *, actor: Actor, request: BulkRequest, now: datetime
) -> Created:
    """A place for a file to be sent to; the same again for the same key.

    Raises `NotAllowed`, `IdempotencyKeyReused`, `TextNotAllowed`, `ChecksumNotAllowed`,
    `RowsNotAllowed`, `PartnerSuspended`, `TooManyBulkAwards`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_AWARD)
    claim = claim_of(partner_id, "createBulkAward", request.idempotency_key)
    name = None if request.file_name is None else clean(request.file_name, ("fileName",))
    checksum = None if request.sha256 is None else checksum_of(request.sha256)
    if request.rows is not None and not 1 <= request.rows <= MOST_ROWS:
        raise RowsNotAllowed(
            f"A file has 1 to {MOST_ROWS:,} rows, not {request.rows:,}.", field=("rows",)
        )
    fingerprint = hash_of_request(
        request.format, request.compression, name, checksum and checksum.hex(), request.rows
    )
    (row,) = await office.database.call(
        "create_bulk_award", partner_id, claim, fingerprint, *sender(actor), request.format,
        request.compression, name, checksum, request.rows, MOST_AT_ONCE, now,
    )  # fmt: skip
    match row["outcome"]:
        case "CREATED" | "REPLAYED" as outcome:
            return Created(row["id"], replayed=outcome == "REPLAYED")
        case PartnerSuspended.code:
            raise PartnerSuspended.awarding()
        case TooManyBulkAwards.code:
            raise TooManyBulkAwards(
                f"{MOST_AT_ONCE} bulk awards of this partner are under way. Wait until one has"
                " ended, or cancel one."
            )
        case _:
            raise reused(request.idempotency_key)


async def cancel_bulk_award(office: Office, *, actor: Actor, bulk_id: int, now: datetime) -> bool:
    """Award no further row; what was awarded stands. Whether it had been cancelled before.

    Raises `NotAllowed`, `BulkAwardNotFound`, `BulkAwardEnded`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_AWARD)
    (row,) = await office.database.call("cancel_bulk_award", partner_id, bulk_id, now)
    match row["outcome"]:
        case BulkAwardNotFound.code:
            raise BulkAwardNotFound("No such bulk award of this partner.", field=("bulkAwardId",))
        case BulkAwardEnded.code:
            raise BulkAwardEnded(
                "The bulk award has ended. To take points back, return the purchases.",
                field=("bulkAwardId",),
            )
        case outcome:
            return bool(outcome == "REPLAYED")


def sender(actor: Actor) -> tuple[str, bool, str | None, str | None, int | None]:
    """For whom a file's rows are awarded: client, whether it is our own, store, terminal, login."""
    is_own = actor.client_id == EXPLORER
    return actor.client_id, is_own, actor.store_code, actor.terminal_code, actor.login_id
