"""Reading bulk awards, their files and results. Every function reads in a `Sight` of its caller."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.bulk.records import bulk_award, bulk_chunk, bulk_result
from coalition.earning import refusal_of

Place = tuple[int, int]


class BulkState(StrEnum):
    UPLOADING = "UPLOADING"
    CHECKING = "CHECKING"
    AWARDING = "AWARDING"
    DONE = "DONE"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class BulkRecord:
    """A bulk award as it stands. `rows` is known when the file was read to its end."""

    id: int
    partner_id: int
    format: str
    compression: str
    file_name: str | None
    state: str
    bytes: int | None
    rows: int | None
    awarded: int
    replayed: int
    rejected: int
    points: int
    reason_code: str | None
    reason: str | None
    reason_line: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    results_gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class RowResult:
    """What came of one row. `place`: its number in the file; `award`: where its award stands."""

    place: int
    line: int
    outcome: str
    idempotency_key: str | None
    reference: str | None
    award: Place | None
    points: int | None
    code: str | None
    message: str | None
    field: str | None


_COLUMNS = [bulk_award.c[name] for name in BulkRecord.__dataclass_fields__]


async def bulk_awards_at(
    connection: AsyncConnection, ids: Collection[int]
) -> dict[int, BulkRecord]:
    query = sa.select(*_COLUMNS).where(bulk_award.c.id.in_(list(ids)))
    return {row.id: BulkRecord(**row._asdict()) for row in await connection.execute(query)}


async def list_bulk_awards(
    connection: AsyncConnection, partner_id: int | None, *, before: int | None, limit: int
) -> list[BulkRecord]:
    """The latest first, from before the one of id `before`; of a partner, or of all."""
    query = sa.select(*_COLUMNS).order_by(bulk_award.c.id.desc()).limit(limit)
    if partner_id is not None:
        query = query.where(bulk_award.c.partner_id == partner_id)
    if before is not None:
        query = query.where(bulk_award.c.id < before)
    return [BulkRecord(**row._asdict()) for row in await connection.execute(query)]


async def results_after(
    connection: AsyncConnection, bulk_id: int, *, place: int, limit: int, only_rejected: bool
) -> list[RowResult]:
    """The results of the rows behind `place`, in their order."""
    query = (
        sa.select(bulk_result)
        .where(bulk_result.c.bulk_id == bulk_id, bulk_result.c.place > place)
        .order_by(bulk_result.c.place)
        .limit(limit)
    )
    if only_rejected:
        query = query.where(bulk_result.c.outcome == "REJECTED")
    return [_result(row) for row in await connection.execute(query)]


async def chunk_of(
    connection: AsyncConnection, bulk_id: int, upload: UUID, place: int
) -> bytes | None:
    found: bytes | None = await connection.scalar(
        sa.select(bulk_chunk.c.data).where(
            bulk_chunk.c.bulk_id == bulk_id,
            bulk_chunk.c.upload == upload,
            bulk_chunk.c.place == place,
        )
    )
    return found


def _result(row: sa.Row[tuple[object, ...]]) -> RowResult:
    fields = row._asdict()
    message, field = fields["message"], fields["field"]
    if fields["code"] is not None and message is None:
        refusal = refusal_of(
            fields["code"],
            key=fields["idempotency_key"] or "",
            reference=fields["reference"] or "",
        )
        message, field = refusal.message, ".".join(refusal.field)
    return RowResult(
        place=fields["place"],
        line=fields["line"],
        outcome=fields["outcome"],
        idempotency_key=fields["idempotency_key"],
        reference=fields["reference"],
        award=None if fields["seq"] is None else (fields["member_id"], fields["seq"]),
        points=fields["points"],
        code=fields["code"],
        message=message,
        field=field,
    )
