"""What the points book of a period sums to, for who is billed and who is paid. Every function reads
in a `Sight` that its caller opened.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.ledger.allowances import AllowanceKind
from coalition.ledger.chart import Account, Kind
from coalition.ledger.records import allowance, cost_share, entry, lot, lot_use, period


@dataclass(frozen=True, slots=True)
class PeriodSum:
    """All entries of one kind, accounts, partner and agreement in a period, summed. What takes
    back something of an earlier period names that one in `original_id`. `cost`: of rewards with a
    cost of their own, which are summed apart, in minor units of the partner's currency.
    """

    partner_id: int
    agreement_id: int
    kind: Kind
    debit: Account
    promotion_id: int | None
    original_id: int | None
    points: int
    entries: int
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class OwnUseSum:
    """Points of an issuer's lots, given under `agreement_id`, that were spent at a redeemer under
    its agreement `spent_under_id`, or given back there. `cost`: as of a `PeriodSum`, the part of
    these points in it, in the redeemer's currency.
    """

    issuer_id: int
    agreement_id: int
    redeemer_id: int
    spent_under_id: int
    refunded: bool
    original_id: int | None
    points: int
    entries: int
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class IssuerRoll:
    """What became of an issuer's points in a period, by its entries and the uses of its lots.

    `returned` is what returns took out of lots, `repaid` what new points paid of debts, `opened`
    what was carried over from another system.
    """

    issuer_id: int
    issued: int
    returned: int
    redeemed: int
    refunded: int
    expired: int
    repaid: int
    opened: int

    @property
    def outstanding(self) -> int:
        """What all this leaves to be spent."""
        given = self.issued + self.opened + self.refunded
        return given - self.returned - self.redeemed - self.expired - self.repaid


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The points redeemed in a period, refunds taken off, by its entries and by their lots."""

    by_entries: int
    by_lots: int


_BILLED = frozenset(
    {Kind.AWARD, Kind.AWARD_REVERSAL, Kind.REDEMPTION, Kind.REDEMPTION_REVERSAL, Kind.EXPIRY}
)


async def sums_of_period(
    connection: AsyncConnection, period_id: int, *, before: datetime | None = None
) -> list[PeriodSum]:
    """What partners are billed and paid for in a period, or for what of it happened before an
    instant, by agreement, promotion and original period. One pass over its part, in whatever order
    its entries lie.
    """
    keys = (
        entry.c.partner_id, entry.c.agreement_id, entry.c.kind, entry.c.debit,
        entry.c.promotion_id, entry.c.reverses_period_id, entry.c.cost.is_not(None),
    )  # fmt: skip
    query = (
        sa.select(
            *keys,
            sa.cast(sa.func.sum(entry.c.points), sa.BigInteger).label("points"),
            sa.func.count().label("entries"),
            sa.cast(sa.func.sum(entry.c.cost), sa.BigInteger).label("cost"),
        )
        .where(entry.c.period_id == period_id, _in_time(before))
        .group_by(*keys)
    )
    # A brand has few agreements, and an agreement one brand. The planner takes them for
    # independent, expects a group for every other entry and would sort all of them to find forty.
    await connection.exec_driver_sql("SET LOCAL enable_sort = off")
    rows = (await connection.execute(query)).all()
    await connection.exec_driver_sql("SET LOCAL enable_sort = on")
    return [
        PeriodSum(
            partner_id=row.partner_id,
            agreement_id=row.agreement_id,
            kind=Kind(row.kind),
            debit=Account(row.debit),
            promotion_id=row.promotion_id,
            original_id=None if row.reverses_period_id == period_id else row.reverses_period_id,
            points=row.points,
            entries=row.entries,
            cost=row.cost,
        )
        # Holds and repaid debts are few, and are no one's bill: left out here, not row by row.
        for row in sorted(rows, key=_place)
        if row.kind in _BILLED
    ]


def _place(row: sa.Row[*tuple[Any, ...]]) -> tuple[int, ...]:
    """Sums are told in the order of their keys, those without a promotion or period last."""
    return tuple(_LAST if key is None else key for key in tuple(row)[:7])


_LAST = 2**63


async def parts_with_uses(connection: AsyncConnection, period_id: int) -> list[int]:
    """The periods whose part of the book can hold uses that are billed to issuers in this one: its
    own, and those of other calendars. Brands that share a calendar share the period of a use, so
    what a close reads does not grow with the periods before it.
    """
    other = period.alias()
    calendar = sa.select(other.c.calendar).where(other.c.id == period_id).scalar_subquery()
    query = sa.select(period.c.id).where(
        sa.or_(period.c.id == period_id, period.c.calendar != calendar)
    )
    return list(await connection.scalars(query.order_by(period.c.id)))


async def own_uses_of_period(
    connection: AsyncConnection,
    period_id: int,
    agreements: Collection[int],
    *,
    of_packs_too: bool = False,
    before: datetime | None = None,
) -> list[OwnUseSum]:
    """Where the points that were given under these agreements were spent, and given back, in a
    period of their issuers' calendar, or before an instant of it. Points out of packs were paid
    with these, and are left out unless they are asked for.
    """
    if not agreements:
        return []
    keys = (
        lot_use.c.issuer_id,
        lot.c.agreement_id,
        lot_use.c.partner_id.label("redeemer_id"),
        entry.c.agreement_id.label("spent_under_id"),
        (lot_use.c.debit == Account.REDEEMED).label("refunded"),
        sa.func.nullif(entry.c.reverses_period_id, entry.c.period_id).label("original_id"),
        entry.c.cost.is_not(None).label("costed"),
    )
    parts = await parts_with_uses(connection, period_id)
    numbers: tuple[sa.ColumnElement[int], ...] = tuple(
        sa.literal_column(str(place)) for place in range(1, len(keys) + 1)
    )
    query = (
        sa.select(
            *keys,
            sa.cast(sa.func.sum(lot_use.c.points), sa.BigInteger).label("points"),
            sa.func.count().label("entries"),
            sa.cast(sa.func.sum(cost_share.c.cost), sa.BigInteger).label("cost"),
        )
        .select_from(_uses_with_their_cost())
        .where(
            lot_use.c.issuer_period_id == period_id,
            lot_use.c.period_id.in_(parts),
            entry.c.period_id.in_(parts),
            sa.or_(lot_use.c.credit == Account.REDEEMED, lot_use.c.debit == Account.REDEEMED),
            lot.c.agreement_id.in_(agreements),
            *(() if of_packs_too else (_not_out_of_a_pack(),)),
            _in_time(before),
        )
        .group_by(*numbers)
        .order_by(*numbers)
    )
    return [
        OwnUseSum(**{name: value for name, value in row._asdict().items() if name != "costed"})
        for row in await connection.execute(query)
    ]


def _uses_with_their_cost() -> sa.FromClause:
    """Each use with its lot, its entry, and its share of the cost where that entry has one."""
    same_lot = (lot.c.member_id == lot_use.c.member_id) & (lot.c.seq == lot_use.c.lot_seq)
    same_entry = (
        (entry.c.member_id == lot_use.c.member_id)
        & (entry.c.seq == lot_use.c.seq)
        & (entry.c.period_id == lot_use.c.period_id)
    )
    same_use = (
        (cost_share.c.member_id == lot_use.c.member_id)
        & (cost_share.c.seq == lot_use.c.seq)
        & (cost_share.c.lot_seq == lot_use.c.lot_seq)
    )
    return (
        lot_use.join(lot, same_lot)
        .join(entry, same_entry)
        .outerjoin(cost_share, entry.c.cost.is_not(None) & same_use)
    )


def _not_out_of_a_pack() -> sa.ColumnElement[bool]:
    has_packs = sa.exists().where(
        allowance.c.partner_id == lot_use.c.issuer_id, allowance.c.kind == AllowanceKind.PACKS
    )
    return ~(has_packs & sa.func.coalition.is_out_of_pack(lot_use.c.member_id, lot_use.c.lot_seq))


def _in_time(before: datetime | None) -> sa.ColumnElement[bool]:
    return sa.true() if before is None else entry.c.occurred_at < before


async def redeemed_in(connection: AsyncConnection, period_id: int) -> Redeemed:
    """Both figures at one instant: they are the same unless a row was tampered with."""

    def total(book: sa.Table) -> sa.ScalarSelect[int]:
        signed = sa.case(
            (book.c.credit == Account.REDEEMED, book.c.points),
            (book.c.debit == Account.REDEEMED, -book.c.points),
            else_=0,
        )
        summed = sa.cast(sa.func.coalesce(sa.func.sum(signed), 0), sa.BigInteger)
        return sa.select(summed).where(book.c.period_id == period_id).scalar_subquery()

    row = (await connection.execute(sa.select(total(entry), total(lot_use)))).one()
    return Redeemed(by_entries=row[0], by_lots=row[1])
