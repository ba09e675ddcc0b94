"""The money book of a period, as it stands."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.amounts import Money
from coalition.ledger.chart import MoneyAccount
from coalition.settlement.queries import StatementRecord
from coalition.settlement.records import money_entry, settlement_run, statement

_OWN = (MoneyAccount.RECEIVABLE, MoneyAccount.PAYABLE)
# What a row adds to what its partner owes.
_SIGNED = sa.case((money_entry.c.debit.in_(_OWN), 1), else_=0) - sa.case(
    (money_entry.c.credit.in_(_OWN), 1), else_=0
)


@dataclass(frozen=True, slots=True)
class MoneyEntry:
    """`amount`, above zero, goes from `credit` to `debit`. `statement` is a number."""

    id: int
    debit: MoneyAccount
    credit: MoneyAccount
    amount: Money
    partner_id: int | None
    statement: str | None
    line: int | None
    source: str
    reverses: int | None
    recorded_at: datetime


async def money_entries(
    connection: AsyncConnection, period_id: int, *, up_to: int | None = None
) -> list[MoneyEntry]:
    """In the order in which they were written; up to the one of this id, or all."""
    found = (
        sa.select(money_entry, statement.c.number)
        .outerjoin(statement, statement.c.id == money_entry.c.statement_id)
        .where(money_entry.c.period_id == period_id)
        .order_by(money_entry.c.id)
    )
    if up_to is not None:
        found = found.where(money_entry.c.id <= up_to)
    return [
        MoneyEntry(
            id=row.id,
            debit=MoneyAccount(row.debit),
            credit=MoneyAccount(row.credit),
            amount=Money(row.amount, row.currency),
            partner_id=row.partner_id,
            statement=row.number,
            line=row.line,
            source=row.source_kind,
            reverses=row.reverses,
            recorded_at=row.recorded_at,
        )
        for row in await connection.execute(found)
    ]


async def currencies_owed(connection: AsyncConnection) -> list[tuple[int, str]]:
    """Each partner with each currency in which it owes by now, or is owed."""
    minor = sa.func.sum(_SIGNED * money_entry.c.amount)
    rows = await connection.execute(
        sa.select(money_entry.c.partner_id, money_entry.c.currency)
        .where(
            money_entry.c.partner_id.is_not(None),
            sa.or_(money_entry.c.debit.in_(_OWN), money_entry.c.credit.in_(_OWN)),
        )
        .group_by(money_entry.c.partner_id, money_entry.c.currency)
        .having(minor != 0)
        .order_by(money_entry.c.partner_id, money_entry.c.currency)
    )
    return [(row.partner_id, row.currency) for row in rows]


async def balance_before(connection: AsyncConnection, record: StatementRecord) -> Money:
    """What a partner owed in a statement's currency, below zero: was owed, when it was calculated:
    its receivables and payables of everything posted until then. The same at any later time.
    """
    calculated = (
        sa.select(settlement_run.c.recorded_at)
        .where(settlement_run.c.id == record.run_id)
        .scalar_subquery()
    )
    minor = await connection.scalar(
        sa.select(sa.cast(sa.func.sum(_SIGNED * money_entry.c.amount), sa.BigInteger)).where(
            money_entry.c.partner_id == record.partner_id,
            money_entry.c.currency == record.net.currency,
            money_entry.c.statement_id.is_distinct_from(record.id),
            # One that was issued before there were runs is as old as it says.
            money_entry.c.recorded_at <= sa.func.coalesce(calculated, record.issued_at),
        )
    )
    return Money(minor or 0, record.net.currency)
