"""Reading what a period did to points, by earn month. Reads in a `Sight` that its caller opened."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.ledger.chart import Account, Kind
from coalition.ledger.cohorts import FIGURES, CohortRoll
from coalition.ledger.queries import parts_with_uses
from coalition.ledger.records import entry, lot, lot_use

# Holds move points of a lot, and leave them what they are.
_ENDS = (Account.ISSUED, Account.REDEEMED, Account.EXPIRED, Account.OWED)


async def cohort_rolls(
    connection: AsyncConnection, period_id: int, *, time_zone: str, before: datetime | None = None
) -> list[CohortRoll]:
    """What a period did, or what of it happened before an instant; months of that zone. One pass
    over the period's part of each table, and a look at each lot that was used.
    """

    def month(instant: sa.ColumnElement[datetime]) -> sa.ColumnElement[date]:
        return sa.cast(sa.func.date_trunc("month", sa.func.timezone(time_zone, instant)), sa.Date)

    def used(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.case((condition, lot_use.c.points), else_=0)

    nothing = sa.literal(0, sa.BigInteger)
    in_time = sa.true() if before is None else entry.c.occurred_at < before
    issued = sa.select(
        entry.c.partner_id.label("issuer_id"), entry.c.agreement_id,
        month(entry.c.occurred_at).label("earned_in"), month(entry.c.occurred_at).label("used_in"),
        entry.c.points.label("issued"), *(nothing.label(name) for name in FIGURES[1:]),
    ).where(entry.c.period_id == period_id, entry.c.kind == Kind.AWARD, in_time)  # fmt: skip
    opened = (
        sa.select(
            entry.c.partner_id, entry.c.agreement_id, month(lot.c.earned_at),
            month(entry.c.occurred_at), *(nothing for _ in FIGURES[1:]), entry.c.points,
        )
        .select_from(entry.join(lot, (lot.c.member_id == entry.c.member_id)
                                & (lot.c.seq == entry.c.seq)))
        .where(entry.c.period_id == period_id, entry.c.kind == Kind.OPENING, in_time)
    )  # fmt: skip
    parts = await parts_with_uses(connection, period_id)
    same_lot = (lot.c.member_id == lot_use.c.member_id) & (lot.c.seq == lot_use.c.lot_seq)
    same_entry = (
        (entry.c.member_id == lot_use.c.member_id)
        & (entry.c.seq == lot_use.c.seq)
        & (entry.c.period_id == lot_use.c.period_id)
    )
    uses = (
        sa.select(
            lot_use.c.issuer_id, lot.c.agreement_id, month(lot.c.earned_at),
            month(entry.c.occurred_at), nothing,
            used(lot_use.c.credit == Account.ISSUED), used(lot_use.c.credit == Account.REDEEMED),
            used(lot_use.c.debit == Account.REDEEMED), used(lot_use.c.credit == Account.EXPIRED),
            used(lot_use.c.credit == Account.OWED), nothing,
        )
        .select_from(lot_use.join(lot, same_lot).join(entry, same_entry))
        .where(
            lot_use.c.issuer_period_id == period_id,
            lot_use.c.period_id.in_(parts),
            entry.c.period_id.in_(parts),
            sa.or_(lot_use.c.credit.in_(_ENDS), lot_use.c.debit == Account.REDEEMED),
            in_time,
        )
    )  # fmt: skip
    moved = sa.union_all(issued, opened, uses).subquery()
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
