"""Reading rewards, draws and images. Every function reads in a `Sight` that its caller opened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.catalogue.order import RewardOrder, columns_of, values_of
from coalition.catalogue.records import (
    member_wish,
    prize_draw,
    reward,
    reward_image,
    reward_version,
)
from coalition.catalogue.rules import (
    CostBasis,
    Place,
    RewardKind,
    RewardTerms,
    Texts,
)
from coalition.kit.amounts import exponent_of


@dataclass(frozen=True, slots=True)
class RewardRecord:
    """One version of a reward; `stock`, `withdrawn_at` and `is_current` as they are now. `claim`:
    of the key that it was put with (kit/claims.py).
    """

    id: int
    partner_id: int
    version: int
    currency: str
    stock: int | None
    withdrawn_at: datetime | None
    created_at: datetime
    is_current: bool
    claim: UUID
    terms: RewardTerms

    def is_open(self, now: datetime) -> bool:
        """Whether it may be claimed now, if there is any left."""
        begun = self.terms.from_at is None or self.terms.from_at <= now
        over = self.terms.until_at is not None and self.terms.until_at <= now
        return self.withdrawn_at is None and begun and not over


@dataclass(frozen=True, slots=True)
class DrawRecord:
    reward_id: int
    commitment: bytes
    seed: bytes | None
    drawn_at: datetime | None
    tickets: int
    winners: int | None


@dataclass(frozen=True, slots=True)
class ImageRecord:
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class RewardFilter:
    """`open_at`: only what may be claimed at an instant. `partner_ids`: of these brands."""

    partner_ids: Sequence[int] | None = None
    kinds: Sequence[RewardKind] = ()
    category: str | None = None
    at_least: int | None = None
    at_most: int | None = None
    place: Place | None = None
    open_at: datetime | None = None


_OF_NOW = (reward.c.id == reward_version.c.reward_id) & (
    reward.c.version == reward_version.c.version
)


async def reward_numbered(connection: AsyncConnection, reward_id: int) -> RewardRecord | None:
    """As it stands now."""
    found = await _read(connection, sa.select(1), reward.c.id == reward_id, _OF_NOW)
    return found[0] if found else None


async def wish_of(connection: AsyncConnection, member_id: int) -> RewardRecord | None:
    """What a member saves for, as it stands now."""
    wished = sa.select(member_wish.c.reward_id).where(member_wish.c.member_id == member_id)
    found = await _read(connection, sa.select(1), reward.c.id.in_(wished), _OF_NOW)
    return found[0] if found else None


async def rewards_at(
    connection: AsyncConnection, places: Collection[tuple[int, int]]
) -> dict[tuple[int, int], RewardRecord]:
    """Versions of rewards by (reward, version): what claims were made under."""
    same = reward.c.id == reward_version.c.reward_id
    wanted = sa.tuple_(reward_version.c.reward_id, reward_version.c.version).in_(list(places))
    found = await _read(connection, sa.select(1), wanted, same)
    return {(one.id, one.version): one for one in found}


async def reward_coded(
    connection: AsyncConnection, partner_id: int, code: str
) -> RewardRecord | None:
    """A brand's own, by its own key."""
    wanted = (reward.c.partner_id == partner_id) & (reward.c.code == code)
    found = await _read(connection, sa.select(1), wanted, _OF_NOW)
    return found[0] if found else None


async def rewards_of(connection: AsyncConnection, partner_id: int) -> list[RewardRecord]:
    """All of a brand's as they stand now, the withdrawn ones too, in the order of their making."""
    query = sa.select(1).order_by(reward.c.id)
    return await _read(connection, query, reward.c.partner_id == partner_id, _OF_NOW)


async def list_rewards(
    connection: AsyncConnection,
    asked: RewardFilter,
    order: RewardOrder,
    *,
    home: str,
    after: RewardRecord | None,
    limit: int,
) -> list[RewardRecord]:
    """In `order`, equal ones by number, from behind one of them. `home`: the programme's
    currency.
    """
    keys = columns_of(order, home)
    conditions = list(_conditions(asked))
    if after is not None:
        there = values_of(
            order, home, after.terms, currency=after.currency, created_at=after.created_at
        )
        position = [sa.literal(one, key.type) for one, key in zip(there, keys, strict=True)]
        behind = sa.tuple_(*position, sa.literal(after.id))
        conditions.append(sa.tuple_(*keys, reward.c.id) > behind)
    query = sa.select(1).order_by(*keys, reward.c.id).limit(limit)
    return await _read(connection, query, sa.and_(*conditions), _OF_NOW)


async def categories_of(
    connection: AsyncConnection, asked: RewardFilter, *, limit: int
) -> list[str]:
    """The brands' own words for the shelves of what is `asked` for, by letter."""
    query = (
        sa.select(reward_version.c.category)
        .select_from(reward.join(reward_version, _OF_NOW))
        .where(reward_version.c.category.is_not(None), *_conditions(asked))
        .distinct()
        .order_by(reward_version.c.category)
        .limit(limit)
    )
    return list((await connection.scalars(query)).all())


def _conditions(asked: RewardFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [sa.true()]
    if asked.partner_ids is not None:
        found.append(reward.c.partner_id.in_(list(asked.partner_ids)))
    if asked.kinds:
        found.append(reward.c.kind.in_([kind.value for kind in asked.kinds]))
    if asked.category is not None:
        found.append(reward_version.c.category == asked.category)
    if asked.at_least is not None:
        found.append(reward_version.c.points >= asked.at_least)
    if asked.at_most is not None:
        found.append(reward_version.c.points <= asked.at_most)
    if asked.place is not None:
        places = [Place.BOTH.value, asked.place.value]
        found.append(reward_version.c.place.in_(places))
    if asked.open_at is not None:
        found += [
            reward.c.withdrawn_at.is_(None),
            sa.func.coalesce(reward_version.c.from_at <= asked.open_at, sa.true()),
            sa.func.coalesce(reward_version.c.until_at > asked.open_at, sa.true()),
        ]
    return found


async def _read(
    connection: AsyncConnection,
    query: sa.Select[Any],
    wanted: sa.ColumnElement[bool],
    same: sa.ColumnElement[bool],
) -> list[RewardRecord]:
    columns = query.with_only_columns(
        reward.c.id,
        reward.c.code,
        reward.c.kind,
        reward.c.stock,
        reward.c.withdrawn_at,
        reward.c.created_at,
        (reward.c.version == reward_version.c.version).label("is_current"),
        *list(reward_version.c)[1:],
    ).select_from(reward.join(reward_version, same))
    rows = await connection.execute(columns.where(wanted))
    return [_reward(row) for row in rows.mappings()]


def _reward(row: sa.RowMapping) -> RewardRecord:
    return RewardRecord(
        id=row["id"],
        partner_id=row["partner_id"],
        version=row["version"],
        currency=row["currency"],
        stock=row["stock"],
        withdrawn_at=row["withdrawn_at"],
        created_at=row["created_at"],
        is_current=row["is_current"],
        claim=row["claim"],
        terms=RewardTerms(
            code=row["code"],
            kind=RewardKind(row["kind"]),
            texts=_texts(row["texts"]),
            points=row["points"],
            money=row["money"],
            category=row["category"],
            image_hash=row["image_hash"],
            stock=row["stock"],
            per_member=row["per_member"],
            from_at=row["from_at"],
            until_at=row["until_at"],
            tier=row["tier"],
            place=Place(row["place"]),
            face_value=row["face_value"],
            cost_basis=CostBasis(row["cost_basis"]),
            cost=row["cost"],
            cancel_hours=row["cancel_hours"],
            valid_days=row["valid_days"],
            winners=row["winners"],
            charity=row["charity"],
        ),
    )


def _texts(kept: list[tuple[str, dict[str, str]]] | dict[str, dict[str, str]]) -> dict[str, Texts]:
    """In the order in which they were given; of what was put before that was kept, in any."""
    pairs = kept.items() if isinstance(kept, dict) else kept
    return {locale: Texts(**said) for locale, said in pairs}


async def draws_of(
    connection: AsyncConnection, reward_ids: Collection[int]
) -> dict[int, DrawRecord]:
    query = sa.select(*(prize_draw.c[name] for name in DrawRecord.__dataclass_fields__)).where(
        prize_draw.c.reward_id.in_(list(reward_ids))
    )
    return {row.reward_id: DrawRecord(**row._asdict()) for row in await connection.execute(query)}


async def image_of(connection: AsyncConnection, hash_: bytes) -> ImageRecord | None:
    query = sa.select(reward_image.c.media_type, reward_image.c.content).where(
        reward_image.c.hash == hash_
    )
    row = (await connection.execute(query)).one_or_none()
    return ImageRecord(row.media_type, row.content) if row else None


def units_of(minor: int | None, currency: str) -> Decimal | None:
    """Minor units as a decimal of the currency."""
    return None if minor is None else Decimal(minor).scaleb(-exponent_of(currency))
