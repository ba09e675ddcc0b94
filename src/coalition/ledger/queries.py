"""Reading the points book. Every function reads in a `Sight` that its caller opened."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.ledger.calendar import is_label
from coalition.ledger.chart import Account, Kind, effect_on_member
from coalition.ledger.records import entry, lot, lot_use, period

# A purchase may be returned line by line.
MOST_FOLLOWERS = 50


class EntryState(StrEnum):
    """How an entry stands. Nothing of it is stored: time and later entries say it."""

    PENDING = "PENDING"  # its points may not be spent yet, or are set aside
    REVERSED = "REVERSED"  # later entries took all of it back
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class Standing:
    """By what entries are judged: an instant, and the places of the holds that are open then."""

    now: datetime
    open_holds: Collection[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry of a member's ledger; `points` is signed as the member sees it. `reverses`: where
    the earlier one is that it returns, refunds, frees or spends; None: it stands by itself.
    """

    member_id: int
    seq: int
    kind: Kind
    points: int
    partner_id: int
    occurred_at: datetime
    recorded_at: datetime
    reverses: int | None


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """None: whatever it is. From `since` on, and before `until`, by when it happened."""

    partner_id: int | None = None
    kinds: Collection[Kind] | None = None
    since: datetime | None = None
    until: datetime | None = None
    states: Collection[EntryState] | None = None


_ALL = HistoryFilter()


@dataclass(frozen=True, slots=True)
class SpentLot:
    """`points` of a redemption that came from points which `issuer_id` gave at `earned_at`, and
    whose last day was `expires_on`; None: they did not end.
    """

    issuer_id: int
    points: int
    earned_at: datetime
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class LotState:
    """What is left of an award's points."""

    member_id: int
    seq: int
    remaining: int
    held: int


@dataclass(frozen=True, slots=True)
class Period:
    """`calendar` is the name of a `ZonedCalendar`; a label is unique in it. `packs_unbilled`: it
    was calculated before packs were billed.
    """

    id: int
    calendar: str
    label: str
    starts_at: datetime
    ends_at: datetime
    state: str
    closed_at: datetime | None
    packs_unbilled: bool | None = None


_HISTORY = (
    entry.c.member_id, entry.c.seq, entry.c.kind, entry.c.debit, entry.c.credit, entry.c.points,
    entry.c.partner_id, entry.c.occurred_at, entry.c.recorded_at, entry.c.reverses,
)  # fmt: skip


async def history_of(
    connection: AsyncConnection,
    member_id: int,
    *,
    before: int | None,
    limit: int,
    asked: HistoryFilter = _ALL,
    standing: Standing | None = None,
) -> list[HistoryEntry]:
    """A member's entries, newest first, from before the place `before` in its ledger. `standing` is
    needed where states are asked for.
    """
    query = (
        sa.select(*_HISTORY)
        .where(entry.c.member_id == member_id)
        .order_by(entry.c.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(entry.c.seq < before)
    if asked.partner_id is not None:
        query = query.where(entry.c.partner_id == asked.partner_id)
    if asked.kinds is not None:
        query = query.where(entry.c.kind.in_(list(asked.kinds)))
    if asked.since is not None:
        query = query.where(entry.c.occurred_at >= asked.since)
    if asked.until is not None:
        query = query.where(entry.c.occurred_at < asked.until)
    if asked.states is not None and standing is not None:
        source, state = _judged([member_id], standing)
        query = query.select_from(source).where(state.in_([one.value for one in asked.states]))
    return [_history_entry(row) for row in await connection.execute(query)]


async def entry_states(
    connection: AsyncConnection, places: Collection[tuple[int, int]], standing: Standing
) -> dict[tuple[int, int], EntryState]:
    """How the entries at (member, seq) stand."""
    source, state = _judged({place[0] for place in places}, standing)
    query = (
        sa.select(entry.c.member_id, entry.c.seq, state.label("state"))
        .select_from(source)
        .where(sa.tuple_(entry.c.member_id, entry.c.seq).in_(list(places)))
    )
    return {
        (row.member_id, row.seq): EntryState(row.state) for row in await connection.execute(query)
    }


def _judged(
    members: Collection[int], standing: Standing
) -> tuple[sa.FromClause, sa.ColumnElement[str]]:
    """Entries of members with what says how each stands, and that. What took back is summed once
    for a member, not looked for under each entry: there may be ten thousand.
    """
    back = entry.alias("back")
    taken = (
        sa.select(back.c.member_id, back.c.reverses, sa.func.sum(back.c.points).label("points"))
        .where(
            back.c.member_id.in_(list(members)),
            back.c.kind.in_([Kind.AWARD_REVERSAL, Kind.REDEMPTION_REVERSAL]),
        )
        .group_by(back.c.member_id, back.c.reverses)
        .subquery("taken")
    )
    source = entry.outerjoin(
        taken, (taken.c.member_id == entry.c.member_id) & (taken.c.reverses == entry.c.seq)
    ).outerjoin(lot, (lot.c.member_id == entry.c.member_id) & (lot.c.seq == entry.c.seq))
    held = sa.tuple_(entry.c.member_id, entry.c.seq).in_(list(standing.open_holds))
    state = sa.case(
        (taken.c.points >= entry.c.points, EntryState.REVERSED.value),
        (lot.c.spendable_from > standing.now, EntryState.PENDING.value),
        ((entry.c.kind == Kind.HOLD) & held, EntryState.PENDING.value),
        else_=EntryState.DONE.value,
    )
    return source, state


async def points_after(
    connection: AsyncConnection, places: Collection[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """What each member had after its entry at (member, seq): pending and held points among it, what
    it owed taken off.
    """
    of_member = [Account.MEMBER, Account.OWED]
    effect = entry.c.points * (
        sa.cast(entry.c.credit.in_(of_member), sa.Integer)
        - sa.cast(entry.c.debit.in_(of_member), sa.Integer)
    )
    running = sa.func.sum(effect).over(partition_by=entry.c.member_id, order_by=entry.c.seq)
    counted = (
        sa.select(entry.c.member_id, entry.c.seq, sa.cast(running, sa.BigInteger).label("points"))
        .where(
            entry.c.member_id.in_({place[0] for place in places}),
            entry.c.seq <= max(place[1] for place in places),
        )
        .subquery()
    )
    query = sa.select(counted).where(sa.tuple_(counted.c.member_id, counted.c.seq).in_(places))
    return {(row.member_id, row.seq): row.points for row in await connection.execute(query)}


async def entry_at(connection: AsyncConnection, place: tuple[int, int]) -> HistoryEntry | None:
    """The entry at (member, seq)."""
    query = sa.select(*_HISTORY).where(entry.c.member_id == place[0], entry.c.seq == place[1])
    row = (await connection.execute(query)).one_or_none()
    return _history_entry(row) if row else None


async def followers_of(
    connection: AsyncConnection, places: Collection[tuple[int, int]]
) -> dict[tuple[int, int], list[HistoryEntry]]:
    """The entries that return, refund, free or spend the one at (member, seq): the first
    `MOST_FOLLOWERS`, in their order.
    """
    turn = sa.func.row_number().over(
        partition_by=(entry.c.member_id, entry.c.reverses), order_by=entry.c.seq
    )
    counted = (
        sa.select(*_HISTORY, turn.label("turn"))
        .where(
            entry.c.member_id.in_({place[0] for place in places}),
            sa.tuple_(entry.c.member_id, entry.c.reverses).in_(list(places)),
        )
        .subquery()
    )
    query = (
        sa.select(counted)
        .where(counted.c.turn <= MOST_FOLLOWERS)
        .order_by(counted.c.member_id, counted.c.seq)
    )
    found: dict[tuple[int, int], list[HistoryEntry]] = {}
    for row in await connection.execute(query):
        found.setdefault((row.member_id, row.reverses), []).append(_history_entry(row))
    return found


async def release_of(connection: AsyncConnection, hold: tuple[int, int]) -> HistoryEntry | None:
    """The entry that gave what was left of the hold at (member, seq) back."""
    query = sa.select(*_HISTORY).where(
        entry.c.member_id == hold[0],
        entry.c.reverses == hold[1],
        entry.c.kind == Kind.HOLD_RELEASE,
    )
    row = (await connection.execute(query)).one_or_none()
    return _history_entry(row) if row else None


def _history_entry(row: sa.Row[*tuple[Any, ...]]) -> HistoryEntry:
    return HistoryEntry(
        member_id=row.member_id,
        seq=row.seq,
        kind=Kind(row.kind),
        points=effect_on_member(Account(row.debit), Account(row.credit), row.points),
        partner_id=row.partner_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        reverses=row.reverses,
    )


async def spent_lots(connection: AsyncConnection, member_id: int, seq: int) -> list[SpentLot]:
    """Which lots paid for the redemption at place `seq`, soonest-expiring first."""
    query = (
        sa.select(lot_use.c.issuer_id, lot_use.c.points, lot.c.earned_at, lot.c.expires_on)
        .join(lot, (lot.c.member_id == lot_use.c.member_id) & (lot.c.seq == lot_use.c.lot_seq))
        .where(lot_use.c.member_id == member_id, lot_use.c.seq == seq)
        .order_by(
            sa.func.coalesce(lot.c.extended_from, lot.c.expires_on), lot.c.earned_at, lot.c.seq
        )
    )
    return [
        SpentLot(row.issuer_id, row.points, row.earned_at, row.expires_on)
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


async def days_ended(connection: AsyncConnection, today: date) -> list[date]:
    """The last days, before today, of points whose end is not posted yet."""
    query = (
        sa.select(lot.c.expires_on)
        .where(lot.c.remaining > 0, lot.c.expires_on < today)
        .distinct()
        .order_by(lot.c.expires_on)
    )
    return list(await connection.scalars(query))


async def period_named(connection: AsyncConnection, calendar: str, label: str) -> Period | None:
    """The period of that label in the calendar of that name."""
    if not is_label(label):
        return None  # a NUL or half a character would be an error of the database
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


async def labels_of_periods(
    connection: AsyncConnection, period_ids: Collection[int]
) -> dict[int, str]:
    """What these periods are called."""
    rows = await connection.execute(
        sa.select(period.c.id, period.c.label).where(period.c.id.in_(period_ids))
    )
    return {row.id: row.label for row in rows}
