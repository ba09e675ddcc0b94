"""Reading disputes. Every function reads in a `Sight` that its caller opened."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.disputes.ladder import DisputeState, Side, Standing, StepKind
from coalition.disputes.records import dispute, dispute_item, dispute_step
from coalition.kit.amounts import Money


@dataclass(frozen=True, slots=True)
class Dispute:
    """`amount` is asked for; `authorised` of it the partner has got, None while it is open.
    `source`: the kind and id of what it came from, when it came from something.
    """

    id: int
    partner_id: int
    period_id: int
    statement_id: int
    line: int
    amount: Money
    frozen_as: str
    source: tuple[str, str] | None
    opened_at: datetime
    standing: Standing
    authorised: Money | None
    adjustment_id: int | None


@dataclass(frozen=True, slots=True)
class DisputeStep:
    """One thing that happened; both sides see the same. `evidence_hash`: hexadecimal SHA-256."""

    id: int
    dispute_id: int
    side: Side
    kind: StepKind
    state: DisputeState
    round: int
    reason: str | None
    amount: Money | None
    message: str | None
    is_late: bool
    due_at: datetime | None
    evidence_name: str | None
    evidence_type: str | None
    evidence_hash: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeFilter:
    partner_id: int | None = None
    dispute_id: int | None = None
    period_id: int | None = None
    only_open: bool = False
    about_item: int | None = None


async def list_disputes(
    connection: AsyncConnection,
    asked: DisputeFilter,
    *,
    after: int | None = None,
    limit: int | None = None,
) -> list[Dispute]:
    """Disputes, newest first, from behind the one numbered `after`."""
    query = sa.select(dispute).order_by(dispute.c.id.desc())
    for column, value in (
        (dispute.c.partner_id, asked.partner_id),
        (dispute.c.id, asked.dispute_id),
        (dispute.c.period_id, asked.period_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if asked.only_open:
        query = query.where(dispute.c.authorised.is_(None))
    if asked.about_item is not None:
        about = sa.select(dispute_item.c.dispute_id).where(
            dispute_item.c.item_id == asked.about_item
        )
        query = query.where(dispute.c.id.in_(about))
    if after is not None:
        query = query.where(dispute.c.id < after)
    if limit is not None:
        query = query.limit(limit)
    return [
        Dispute(
            id=row.id,
            partner_id=row.partner_id,
            period_id=row.period_id,
            statement_id=row.statement_id,
            line=row.line,
            amount=Money(row.amount, row.currency),
            frozen_as=row.frozen_as,
            source=None if row.source_kind is None else (row.source_kind, row.source_id),
            opened_at=row.opened_at,
            standing=Standing(DisputeState(row.state), row.round, row.due_at),
            authorised=None if row.authorised is None else Money(row.authorised, row.currency),
            adjustment_id=row.adjustment_id,
        )
        for row in await connection.execute(query)
    ]


async def overdue_disputes(connection: AsyncConnection, now: datetime) -> list[Dispute]:
    """Those whose deadline has passed, the longest overdue first."""
    rows = await connection.execute(
        sa.select(dispute.c.id)
        .where(dispute.c.authorised.is_(None), dispute.c.due_at < now)
        .order_by(dispute.c.due_at, dispute.c.id)
    )
    found: list[Dispute] = []
    for row in rows.all():
        found += await list_disputes(connection, DisputeFilter(dispute_id=row.id))
    return found


async def steps_of_dispute(connection: AsyncConnection, dispute_id: int) -> list[DisputeStep]:
    """What happened to a dispute, oldest first."""
    rows = await connection.execute(
        sa.select(*(one for one in dispute_step.c if one.name != "evidence"), dispute.c.currency)
        .join(dispute, dispute.c.id == dispute_step.c.dispute_id)
        .where(dispute_step.c.dispute_id == dispute_id)
        .order_by(dispute_step.c.id)
    )
    return [
        DisputeStep(
            id=row.id,
            dispute_id=row.dispute_id,
            side=Side(row.side),
            kind=StepKind(row.kind),
            state=DisputeState(row.state),
            round=row.round,
            reason=row.reason,
            amount=None if row.amount is None else Money(row.amount, row.currency),
            message=row.message,
            is_late=row.is_late,
            due_at=row.due_at,
            evidence_name=row.evidence_name,
            evidence_type=row.evidence_type,
            evidence_hash=None if row.evidence_hash is None else row.evidence_hash.hex(),
            occurred_at=row.occurred_at,
        )
        for row in rows
    ]


async def evidence_of(connection: AsyncConnection, step_id: int) -> bytes | None:
    """The file that was handed in with a step."""
    found: bytes | None = await connection.scalar(
        sa.select(dispute_step.c.evidence).where(dispute_step.c.id == step_id)
    )
    return found


async def items_of_dispute(connection: AsyncConnection, dispute_id: int) -> list[int]:
    """The ids of the differences of a reconciliation that it is about, oldest first; of one that a
    corrected file has still, both.
    """
    query = sa.select(dispute_item.c.item_id).where(dispute_item.c.dispute_id == dispute_id)
    return list(await connection.scalars(query.order_by(dispute_item.c.item_id)))
