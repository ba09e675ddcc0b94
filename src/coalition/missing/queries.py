"""Missing purchases as they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.amounts import Money
from coalition.missing.records import missing_purchase, missing_receipt, missing_step
from coalition.missing.rules import MissingReason, MissingSide, MissingState, MissingStepKind


@dataclass(frozen=True, slots=True)
class MissingPurchase:
    """`due_at`: until when the brand is to answer; None: it waits for nobody, or for the member.
    `award_seq`: the place of what it was given in the member's ledger.
    """

    id: int
    member_id: int
    partner_id: int
    reference: str
    purchased_on: date
    amount: Money
    reported_at: datetime
    state: MissingState
    due_at: datetime | None
    changed_at: datetime
    award_seq: int | None

    def is_overdue(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class MissingStep:
    side: MissingSide
    kind: MissingStepKind
    state: MissingState
    reason: MissingReason | None
    message: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """`content` None: it was not asked for, or the member was forgotten."""

    number: int
    media_type: str
    size: int
    received_at: datetime
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class MissingFilter:
    """`overdue_at`: only those whose brand should have answered before that moment."""

    partner_ids: Sequence[int] | None = None
    member_id: int | None = None
    missing_id: int | None = None
    states: Sequence[MissingState] = ()
    overdue_at: datetime | None = None


async def list_missing(
    connection: AsyncConnection,
    asked: MissingFilter,
    *,
    after: int | None = None,
    limit: int | None = None,
    oldest_first: bool = False,
) -> list[MissingPurchase]:
    """What the reading may see of them, from behind the one numbered `after`."""
    number = missing_purchase.c.id
    query = sa.select(missing_purchase).order_by(number if oldest_first else number.desc())
    if asked.partner_ids is not None:
        query = query.where(missing_purchase.c.partner_id.in_(list(asked.partner_ids)))
    if asked.member_id is not None:
        query = query.where(missing_purchase.c.member_id == asked.member_id)
    if asked.missing_id is not None:
        query = query.where(number == asked.missing_id)
    if asked.states:
        query = query.where(missing_purchase.c.state.in_([one.value for one in asked.states]))
    if asked.overdue_at is not None:
        query = query.where(missing_purchase.c.due_at < asked.overdue_at)
    if after is not None:
        query = query.where(number > after if oldest_first else number < after)
    if limit is not None:
        query = query.limit(limit)
    return [_missing(row) for row in await connection.execute(query)]


def _missing(row: sa.Row[Any]) -> MissingPurchase:
    return MissingPurchase(
        id=row.id,
        member_id=row.member_id,
        partner_id=row.partner_id,
        reference=row.reference,
        purchased_on=row.purchased_on,
        amount=Money(row.amount, row.currency),
        reported_at=row.reported_at,
        state=MissingState(row.state),
        due_at=row.due_at,
        changed_at=row.changed_at,
        award_seq=row.award_seq,
    )


async def steps_of_missing(connection: AsyncConnection, missing_id: int) -> list[MissingStep]:
    """What happened to one, oldest first."""
    rows = await connection.execute(
        sa.select(missing_step)
        .where(missing_step.c.missing_id == missing_id)
        .order_by(missing_step.c.id)
    )
    return [
        MissingStep(
            side=MissingSide(row.side),
            kind=MissingStepKind(row.kind),
            state=MissingState(row.state),
            reason=None if row.reason is None else MissingReason(row.reason),
            message=row.message,
            occurred_at=row.occurred_at,
        )
        for row in rows
    ]


async def receipts_of(connection: AsyncConnection, missing_id: int) -> list[Receipt]:
    """Its pictures without their bytes, those that were removed left out."""
    columns = [missing_receipt.c[name] for name in ("number", "media_type", "size", "received_at")]
    rows = await connection.execute(
        sa.select(*columns)
        .where(missing_receipt.c.missing_id == missing_id, missing_receipt.c.content.is_not(None))
        .order_by(missing_receipt.c.number)
    )
    return [Receipt(**row._asdict()) for row in rows]


async def receipt_at(connection: AsyncConnection, missing_id: int, number: int) -> Receipt | None:
    """One picture with its bytes; None: there is none that the reading may see."""
    names = ("number", "media_type", "size", "received_at", "content")
    query = sa.select(*(missing_receipt.c[name] for name in names)).where(
        missing_receipt.c.missing_id == missing_id,
        missing_receipt.c.number == number,
        missing_receipt.c.content.is_not(None),
    )
    row = (await connection.execute(query)).one_or_none()
    return Receipt(**row._asdict()) if row else None
