"""Reading awards. Every function reads in a `Sight` that its caller opened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.earning.records import award, award_reversal, award_share
from coalition.kit.listing import of_each_brand

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AwardRecord:
    """An award as it was written; (`member_id`, `seq`) is where. Amounts in minor units."""

    member_id: int
    seq: int
    partner_id: int
    agreement_id: int
    reference: str
    purchased_at: datetime
    amount: int
    basis: int
    points: int
    spendable_from: datetime
    expires_on: date | None
    recorded_at: datetime
    promotion_id: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one funder gave of an award, and how much of it returns have left to it.

    `seq` is the place of its entry and lot.
    """

    partner_id: int
    seq: int
    points: int
    left: int


@dataclass(frozen=True, slots=True)
class Returned:
    """What has come back of an award's purchase, in minor units, and the points that cost."""

    amount: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class ReversalRecord:
    """One return; (`member_id`, `award_seq`) is the award's place. Of `points`, `clawed_back`
    were still in the member's balance.
    """

    member_id: int
    seq: int
    award_seq: int
    points: int
    clawed_back: int


@dataclass(frozen=True, slots=True)
class AwardFilter:
    """Which awards a list asks for. `partner_ids`: of these brands only."""

    partner_ids: Sequence[int] | None = None
    member_id: int | None = None
    purchased_from: datetime | None = None
    purchased_until: datetime | None = None


_COLUMNS = [award.c[name] for name in AwardRecord.__dataclass_fields__]
_REVERSAL = [award_reversal.c[name] for name in ReversalRecord.__dataclass_fields__]
_ORDER = (award.c.purchased_at, award.c.member_id, award.c.seq)
_NEWEST_FIRST = [column.desc() for column in _ORDER]


async def awards_at(
    connection: AsyncConnection, places: Collection[Place]
) -> dict[Place, AwardRecord]:
    """The awards at (member, seq) that the reading may see."""
    query = sa.select(*_COLUMNS).where(sa.tuple_(award.c.member_id, award.c.seq).in_(list(places)))
    return {
        (row.member_id, row.seq): AwardRecord(**row._asdict())
        for row in await connection.execute(query)
    }


async def shares_of(
    connection: AsyncConnection, places: Collection[Place]
) -> dict[Place, tuple[Share, ...]]:
    """The shares of each award that was funded together, by the funders' numbers."""
    keys = (award_share.c.member_id, award_share.c.award_seq)
    given = sa.func.sum(award_share.c.points).filter(award_share.c.points > 0)
    query = (
        sa.select(
            *keys,
            award_share.c.partner_id,
            award_share.c.entry_seq,
            sa.cast(given, sa.BigInteger).label("given"),
            sa.cast(sa.func.sum(award_share.c.points), sa.BigInteger).label("left"),
        )
        .where(sa.tuple_(*keys).in_(list(places)))
        .group_by(*keys, award_share.c.partner_id, award_share.c.entry_seq)
        .order_by(*keys, award_share.c.partner_id)
    )
    found: dict[Place, tuple[Share, ...]] = {}
    for row in await connection.execute(query):
        place = (row.member_id, row.award_seq)
        share = Share(row.partner_id, row.entry_seq, row.given, row.left)
        found[place] = (*found.get(place, ()), share)
    return found


async def award_of_purchase(
    connection: AsyncConnection, partner_id: int, reference: str
) -> AwardRecord | None:
    query = sa.select(*_COLUMNS).where(
        award.c.partner_id == partner_id, award.c.reference == reference
    )
    row = (await connection.execute(query)).one_or_none()
    return AwardRecord(**row._asdict()) if row else None


async def list_awards(
    connection: AsyncConnection,
    asked: AwardFilter,
    *,
    after: tuple[datetime, int, int] | None,
    limit: int,
) -> list[AwardRecord]:
    """Awards by time of purchase, newest first, from behind (purchased_at, member, seq)."""
    places = sa.select(*_ORDER).order_by(*_NEWEST_FIRST).limit(limit)
    if asked.member_id is not None:
        places = places.where(award.c.member_id == asked.member_id)
    if asked.purchased_from is not None:
        places = places.where(award.c.purchased_at >= asked.purchased_from)
    if asked.purchased_until is not None:
        places = places.where(award.c.purchased_at < asked.purchased_until)
    if after is not None:
        places = places.where(sa.tuple_(*_ORDER) < sa.tuple_(*map(sa.literal, after)))
    if asked.partner_ids is not None:
        names = [column.name for column in _ORDER]
        places = of_each_brand(places, award.c.partner_id, asked.partner_ids, names, limit)
    found = places.subquery()
    here = (found.c.member_id == award.c.member_id) & (found.c.seq == award.c.seq)
    query = sa.select(*_COLUMNS).join(found, here).order_by(*_NEWEST_FIRST)
    return [AwardRecord(**row._asdict()) for row in await connection.execute(query)]


async def reversals_at(
    connection: AsyncConnection, places: Collection[Place]
) -> dict[Place, ReversalRecord]:
    """The returns at (member, seq) that the reading may see."""
    query = sa.select(*_REVERSAL).where(
        sa.tuple_(award_reversal.c.member_id, award_reversal.c.seq).in_(list(places))
    )
    return {
        (row.member_id, row.seq): ReversalRecord(**row._asdict())
        for row in await connection.execute(query)
    }


async def returns_of(
    connection: AsyncConnection, places: Collection[Place]
) -> dict[Place, Returned]:
    """What has come back of each award; awards without a return are absent."""
    keys = (award_reversal.c.member_id, award_reversal.c.award_seq)
    query = (
        sa.select(
            *keys,
            sa.cast(sa.func.sum(award_reversal.c.returned), sa.BigInteger).label("amount"),
            sa.cast(sa.func.sum(award_reversal.c.points), sa.BigInteger).label("points"),
        )
        .where(sa.tuple_(*keys).in_(list(places)))
        .group_by(*keys)
    )
    return {
        (row.member_id, row.award_seq): Returned(row.amount, row.points)
        for row in await connection.execute(query)
    }
