"""Reading holds and redemptions. Every function reads in a `Sight` that its caller opened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.listing import of_each_brand
from coalition.redemption.records import hold, redemption, refund

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class HoldRecord:
    member_id: int
    seq: int
    partner_id: int
    points: int
    reference: str
    state: str
    expires_at: datetime
    recorded_at: datetime

    def state_at(self, now: datetime) -> str:
        """A hold past its time has expired, whether or not a job has posted that."""
        return "expired" if self.state == "held" and self.expires_at <= now else self.state


@dataclass(frozen=True, slots=True)
class RedemptionRecord:
    member_id: int
    seq: int
    partner_id: int
    agreement_id: int
    points: int
    refunded: int
    reference: str
    redeemed_at: datetime
    cost: int | None


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """One refund; (`member_id`, `redemption_seq`) is the redemption's place."""

    member_id: int
    seq: int
    redemption_seq: int
    points: int


_REFUND = [refund.c[name] for name in RefundRecord.__dataclass_fields__]
_HOLD = [hold.c[name] for name in HoldRecord.__dataclass_fields__]
_REFUNDED = (
    sa.select(sa.cast(sa.func.coalesce(sa.func.sum(refund.c.points), 0), sa.BigInteger))
    .where(
        refund.c.member_id == redemption.c.member_id, refund.c.redemption_seq == redemption.c.seq
    )
    .scalar_subquery()
    .label("refunded")
)
_REDEMPTION = [
    _REFUNDED if name == "refunded" else redemption.c[name]
    for name in RedemptionRecord.__dataclass_fields__
]
_ORDER = (redemption.c.redeemed_at, redemption.c.member_id, redemption.c.seq)
_NEWEST_FIRST = [column.desc() for column in _ORDER]


async def hold_at(connection: AsyncConnection, place: Place) -> HoldRecord | None:
    query = sa.select(*_HOLD).where(hold.c.member_id == place[0], hold.c.seq == place[1])
    row = (await connection.execute(query)).one_or_none()
    return HoldRecord(**row._asdict()) if row else None


async def open_holds(
    connection: AsyncConnection, member_ids: Collection[int], *, now: datetime
) -> set[Place]:
    """Where holds of members stand that set points aside now."""
    query = sa.select(hold.c.member_id, hold.c.seq).where(
        hold.c.member_id.in_(list(member_ids)), hold.c.state == "held", hold.c.expires_at > now
    )
    return {(row.member_id, row.seq) for row in await connection.execute(query)}


async def refunds_at(
    connection: AsyncConnection, places: Collection[Place]
) -> dict[Place, RefundRecord]:
    """The refunds at (member, seq) that the reading may see."""
    query = sa.select(*_REFUND).where(sa.tuple_(refund.c.member_id, refund.c.seq).in_(list(places)))
    return {
        (row.member_id, row.seq): RefundRecord(**row._asdict())
        for row in await connection.execute(query)
    }


async def redemptions_at(
    connection: AsyncConnection, places: Collection[Place]
) -> dict[Place, RedemptionRecord]:
    """The redemptions at (member, seq) that the reading may see."""
    query = sa.select(*_REDEMPTION).where(
        sa.tuple_(redemption.c.member_id, redemption.c.seq).in_(list(places))
    )
    return {
        (row.member_id, row.seq): RedemptionRecord(**row._asdict())
        for row in await connection.execute(query)
    }


async def list_redemptions(
    connection: AsyncConnection,
    *,
    partner_ids: Sequence[int] | None,
    member_id: int | None,
    after: tuple[datetime, int, int] | None,
    limit: int,
) -> list[RedemptionRecord]:
    """Redemptions by their time, newest first, from behind (redeemed_at, member, seq)."""
    places = sa.select(*_ORDER).order_by(*_NEWEST_FIRST).limit(limit)
    if member_id is not None:
        places = places.where(redemption.c.member_id == member_id)
    if after is not None:
        places = places.where(sa.tuple_(*_ORDER) < sa.tuple_(*map(sa.literal, after)))
    if partner_ids is not None:
        names = [column.name for column in _ORDER]
        places = of_each_brand(places, redemption.c.partner_id, partner_ids, names, limit)
    found = places.subquery()
    here = (found.c.member_id == redemption.c.member_id) & (found.c.seq == redemption.c.seq)
    query = sa.select(*_REDEMPTION).join(found, here).order_by(*_NEWEST_FIRST)
    return [RedemptionRecord(**row._asdict()) for row in await connection.execute(query)]
