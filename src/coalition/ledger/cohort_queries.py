"""Reading what a period did to points, by earn month. Reads in a `Sight` that its caller opened."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.ledger.chart import Account, Kind
from coalition.ledger.cohorts import FIGURES, CohortRoll
from coalition.ledger.period_sums import parts_with_uses
from coalition.ledger.records import entry, lot, lot_use

# Holds move points of a lot, and leave them what they are.
_ENDS = (Account.ISSUED, Account.REDEEMED, Account.EXPIRED, Account.OWED)


async def cohort_rolls(
    connection: AsyncConnection, period_id: int, *, time_zone: str, before: datetime | None = None
) -> list[CohortRoll]:
    """What a period did, or what of it happened before an instant; months of that zone. One pass
    over the period's part of each table, and a look at each lot that was used.
    """
    in_time = sa.true() if before is None else entry.c.occurred_at < before
    parts = await parts_with_uses(connection, period_id)
    moved = sa.union_all(
        _given(period_id, time_zone).where(in_time),
        _carried_over(period_id, time_zone).where(in_time),
        _used(period_id, parts, time_zone).where(in_time),
    ).subquery()
    keys = (moved.c.issuer_id, moved.c.agreement_id, moved.c.earned_in, moved.c.used_in)
    query = sa.select(
        *keys,
        *(sa.cast(sa.func.sum(moved.c[name]), sa.BigInteger).label(name) for name in FIGURES),
    ).group_by(*keys)
    # Few months and agreements, where the planner expects a group for every other entry: counted
    # in memory, as the sums of a period are.
    await connection.exec_driver_sql("SET LOCAL enable_sort = off")
    rows = (await connection.execute(query)).all()
    await connection.exec_driver_sql("SET LOCAL enable_sort = on")
    return [CohortRoll(**row._asdict()) for row in sorted(rows, key=lambda row: tuple(row)[:4])]


def _month(instant: sa.ColumnElement[datetime], time_zone: str) -> sa.ColumnElement[date]:
    return sa.cast(sa.func.date_trunc("month", sa.func.timezone(time_zone, instant)), sa.Date)


def _figures(**points: sa.ColumnElement[int]) -> Iterable[sa.ColumnElement[int]]:
    """In the order of `FIGURES`; nothing where none is given."""
    nothing = sa.literal(0, sa.BigInteger)
    return [points.get(name, nothing).label(name) for name in FIGURES]


def _given(period_id: int, time_zone: str) -> sa.Select[Any]:
    earned = _month(entry.c.occurred_at, time_zone)
    return sa.select(
        entry.c.partner_id.label("issuer_id"), entry.c.agreement_id, earned.label("earned_in"),
        earned.label("used_in"), *_figures(issued=entry.c.points),
    ).where(entry.c.period_id == period_id, entry.c.kind == Kind.AWARD)  # fmt: skip


def _carried_over(period_id: int, time_zone: str) -> sa.Select[Any]:
    """By the month in which the other system gave the points."""
    own_lot = (lot.c.member_id == entry.c.member_id) & (lot.c.seq == entry.c.seq)
    return (
        sa.select(
            entry.c.partner_id, entry.c.agreement_id, _month(lot.c.earned_at, time_zone),
            _month(entry.c.occurred_at, time_zone), *_figures(opened=entry.c.points),
        )
        .select_from(entry.join(lot, own_lot))
        .where(entry.c.period_id == period_id, entry.c.kind == Kind.OPENING)
    )  # fmt: skip


def _used(period_id: int, parts: Sequence[int], time_zone: str) -> sa.Select[Any]:
    def where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.case((condition, lot_use.c.points), else_=0)

    same_lot = (lot.c.member_id == lot_use.c.member_id) & (lot.c.seq == lot_use.c.lot_seq)
    same_entry = (
        (entry.c.member_id == lot_use.c.member_id)
        & (entry.c.seq == lot_use.c.seq)
        & (entry.c.period_id == lot_use.c.period_id)
    )
    return (
        sa.select(
            lot_use.c.issuer_id,
            lot.c.agreement_id,
            _month(lot.c.earned_at, time_zone),
            _month(entry.c.occurred_at, time_zone),
            *_figures(
                returned=where(lot_use.c.credit == Account.ISSUED),
                redeemed=where(lot_use.c.credit == Account.REDEEMED),
                refunded=where(lot_use.c.debit == Account.REDEEMED),
                expired=where(lot_use.c.credit == Account.EXPIRED),
                repaid=where(lot_use.c.credit == Account.OWED),
            ),
        )
        .select_from(lot_use.join(lot, same_lot).join(entry, same_entry))
        .where(
            lot_use.c.issuer_period_id == period_id,
            lot_use.c.period_id.in_(parts),
            entry.c.period_id.in_(parts),
            sa.or_(lot_use.c.credit.in_(_ENDS), lot_use.c.debit == Account.REDEEMED),
        )
    )
