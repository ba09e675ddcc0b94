"""Reading the points book. Every function reads in a `Sight` that its caller opened."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.ledger.chart import Account, Kind, effect_on_member
from coalition.ledger.records import entry, lot, lot_use, period


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry of a member's ledger; `points` is signed as the member sees it."""

    member_id: int
    seq: int
    kind: Kind
    points: int
    partner_id: int
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class SpentLot:
    """`points` of a redemption that came from points which `issuer_id` gave at `earned_at`."""

    issuer_id: int
    points: int
    earned_at: datetime


@dataclass(frozen=True, slots=True)
class LotState:
    """What is left of an award's points."""

    member_id: int
    seq: int
    remaining: int
    held: int


@dataclass(frozen=True, slots=True)
class Period:
    """`calendar` is the name of a `ZonedCalendar`; a label is unique in it."""

    id: int
    calendar: str
    label: str
    starts_at: datetime
    ends_at: datetime
    state: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PeriodSum:
    """All entries of one kind, accounts, partner and agreement in a period, summed."""

    partner_id: int
    agreement_id: int
    kind: Kind
    debit: Account
    points: int
    entries: int


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The points redeemed in a period, refunds taken off, by its entries and by their lots."""

    by_entries: int
    by_lots: int


async def history_of(
    connection: AsyncConnection, member_id: int, *, before: int | None, limit: int
) -> list[HistoryEntry]:
    """A member's entries, newest first, from before the place `before` in its ledger."""
    query = (
        sa.select(
            entry.c.member_id, entry.c.seq, entry.c.kind, entry.c.debit, entry.c.credit,
            entry.c.points, entry.c.partner_id, entry.c.occurred_at, entry.c.recorded_at,
        )
        .where(entry.c.member_id == member_id)
        .order_by(entry.c.seq.desc())
        .limit(limit)
    )  # fmt: skip
    if before is not None:
        query = query.where(entry.c.seq < before)
    return [
        HistoryEntry(
            member_id=row.member_id,
            seq=row.seq,
            kind=Kind(row.kind),
            points=effect_on_member(Account(row.debit), Account(row.credit), row.points),
            partner_id=row.partner_id,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
        )
        for row in await connection.execute(query)
    ]


async def spent_lots(connection: AsyncConnection, member_id: int, seq: int) -> list[SpentLot]:
    """Which lots paid for the redemption at place `seq`, soonest-expiring first."""
    query = (
        sa.select(lot_use.c.issuer_id, lot_use.c.points, lot.c.earned_at)
        .join(lot, (lot.c.member_id == lot_use.c.member_id) & (lot.c.seq == lot_use.c.lot_seq))
        .where(lot_use.c.member_id == member_id, lot_use.c.seq == seq)
        .order_by(sa.func.coalesce(lot.c.extended_from, lot.c.expires_on), lot.c.seq)
    )
    return [
        SpentLot(row.issuer_id, row.points, row.earned_at)
        for row in await connection.execute(query)
    ]


async def lot_states(
    connection: AsyncConnection, places: list[tuple[int, int]]
) -> dict[tuple[int, int], LotState]:
    """What is left of each award at (member, seq)."""
    query = sa.select(lot.c.member_id, lot.c.seq, lot.c.remaining, lot.c.held).where(
        sa.tuple_(lot.c.member_id, lot.c.seq).in_(places)
    )
    return {
        (row.member_id, row.seq): LotState(row.member_id, row.seq, row.remaining, row.held)
        for row in await connection.execute(query)
    }


async def period_named(connection: AsyncConnection, calendar: str, label: str) -> Period | None:
    """The period of that label in the calendar of that name."""
    query = sa.select(period).where(period.c.calendar == calendar, period.c.label == label)
    row = (await connection.execute(query)).one_or_none()
    return Period(**row._asdict()) if row else None


async def period_numbered(connection: AsyncConnection, period_id: int) -> Period | None:
    row = (
        await connection.execute(sa.select(period).where(period.c.id == period_id))
    ).one_or_none()
    return Period(**row._asdict()) if row else None


async def all_periods(connection: AsyncConnection) -> list[Period]:
    """Every period that has been opened, oldest first."""
    rows = await connection.execute(sa.select(period).order_by(period.c.starts_at, period.c.id))
    return [Period(**row._asdict()) for row in rows]


async def sums_of_period(connection: AsyncConnection, period_id: int) -> list[PeriodSum]:
    """What partners are billed and paid for in a period, by agreement. One pass over its part."""
    billed = (Kind.AWARD, Kind.AWARD_REVERSAL, Kind.REDEMPTION, Kind.REDEMPTION_REVERSAL)
    keys = (entry.c.partner_id, entry.c.agreement_id, entry.c.kind, entry.c.debit)
    query = (
        sa.select(
            *keys,
            sa.cast(sa.func.sum(entry.c.points), sa.BigInteger).label("points"),
            sa.func.count().label("entries"),
        )
        .where(entry.c.period_id == period_id, entry.c.kind.in_(billed))
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        PeriodSum(
            partner_id=row.partner_id,
            agreement_id=row.agreement_id,
            kind=Kind(row.kind),
            debit=Account(row.debit),
            points=row.points,
            entries=row.entries,
        )
        for row in await connection.execute(query)
    ]


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
