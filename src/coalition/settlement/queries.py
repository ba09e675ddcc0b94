"""Reading statements. Every function reads in a `Sight` that its caller opened."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access import Actor, Scope, require
from coalition.kit.amounts import Money
from coalition.partners import Office
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.records import statement, statement_line


@dataclass(frozen=True, slots=True)
class StatementLineRecord:
    kind: str
    description: str
    points: int
    price: Decimal | None
    amount: Money
    entries: int


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """`net` positive: the partner pays the pool."""

    id: int
    period_id: int
    partner_id: int
    number: str
    issued: Money
    redeemed: Money
    net: Money
    hash: str
    issued_at: datetime
    lines: tuple[StatementLineRecord, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """Points of one issuer that were spent at one redeemer in a period, refunds taken off."""

    issuer_id: int
    redeemer_id: int
    points: int


@dataclass(frozen=True, slots=True)
class StatementFilter:
    partner_id: int | None = None
    period_id: int | None = None
    statement_id: int | None = None


async def list_statements(
    connection: AsyncConnection,
    asked: StatementFilter,
    *,
    after: int | None = None,
    limit: int | None = None,
) -> list[StatementRecord]:
    """Statements with their lines, newest first, from behind the one numbered `after`."""
    query = sa.select(statement).order_by(statement.c.id.desc())
    if asked.partner_id is not None:
        query = query.where(statement.c.partner_id == asked.partner_id)
    if asked.period_id is not None:
        query = query.where(statement.c.period_id == asked.period_id)
    if asked.statement_id is not None:
        query = query.where(statement.c.id == asked.statement_id)
    if after is not None:
        query = query.where(statement.c.id < after)
    if limit is not None:
        query = query.limit(limit)
    rows = (await connection.execute(query)).all()
    lines = await _lines(connection, [row.id for row in rows])
    return [
        StatementRecord(
            id=row.id,
            period_id=row.period_id,
            partner_id=row.partner_id,
            number=row.number,
            issued=Money(row.issued, row.currency),
            redeemed=Money(row.redeemed, row.currency),
            net=Money(row.net, row.currency),
            hash=row.hash.hex(),
            issued_at=row.issued_at,
            lines=tuple(
                StatementLineRecord(
                    line.kind,
                    line.description,
                    line.points,
                    line.price,
                    Money(line.amount, row.currency),
                    line.entries,
                )
                for line in lines.get(row.id, ())
            ),
        )
        for row in rows
    ]


async def flows(
    office: Office, *, actor: Actor, label: str, calendar: str | None = None
) -> list[Flow]:
    """Who issued what was spent where in a period of a calendar (`calendar_asked`): the operator
    all, a partner its own row and column.

    Raises `NotAllowed`, `PeriodNotFound`.
    """
    require(actor, Scope.SETTLEMENT_READ, Scope.OPERATOR_READ)
    of = calendar_asked(await office.terms(), actor, calendar)
    rows = await office.database.call("flows", of.name, label, actor.partner_id)
    return [Flow(**dict(row)) for row in rows]


async def _lines(
    connection: AsyncConnection, statement_ids: list[int]
) -> dict[int, list[sa.Row[tuple[object, ...]]]]:
    query = (
        sa.select(statement_line)
        .where(statement_line.c.statement_id.in_(statement_ids))
        .order_by(statement_line.c.statement_id, statement_line.c.line)
    )
    found: dict[int, list[sa.Row[tuple[object, ...]]]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.statement_id, []).append(row)
    return found
