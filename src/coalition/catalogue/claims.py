"""Reading claims, with the links that give them away. Every function reads in a `Sight` that its
caller opened.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.catalogue.records import reward_claim, voucher_gift
from coalition.catalogue.rules import ClaimState, MoneyState, RewardKind
from coalition.kit.listing import of_each_brand

Where = tuple[int, int]


@dataclass(frozen=True, slots=True)
class GiftRecord:
    """A link that gives a claim's code away. `opened_at` None: nobody has opened it yet."""

    id: int
    given_at: datetime
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """`gift`: the link of it that stands, which no brand may see; None: there is none."""

    member_id: int
    seq: int
    partner_id: int
    reward_id: int
    version: int
    kind: RewardKind
    points: int
    money: int | None
    sealed_code: bytes | None
    claimed_at: datetime
    cancel_until: datetime | None
    valid_until: datetime | None
    state: ClaimState
    money_state: MoneyState | None
    changed_at: datetime
    note: str | None
    ticket: int | None
    gift: GiftRecord | None

    @property
    def is_given(self) -> bool:
        """Whether its code was shown to whom the member gave it."""
        return self.gift is not None and self.gift.opened_at is not None

    def state_at(self, now: datetime) -> ClaimState:
        """A code past its time has expired, and nothing needs to be posted for that."""
        if self.state is not ClaimState.CLAIMED:
            return self.state
        if self.valid_until is not None and self.valid_until <= now:
            return ClaimState.EXPIRED
        return ClaimState.GIVEN if self.is_given else ClaimState.CLAIMED


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    partner_ids: Sequence[int] | None = None
    member_id: int | None = None
    reward_id: int | None = None
    states: Sequence[ClaimState] = ()
    now: datetime | None = field(default=None)


_CLAIM = [
    *(reward_claim.c[name] for name in ClaimRecord.__dataclass_fields__ if name != "gift"),
    *(voucher_gift.c[name].label(f"gift_{name}") for name in GiftRecord.__dataclass_fields__),
]
_OF_CLAIM = (voucher_gift.c.member_id == reward_claim.c.member_id) & (
    voucher_gift.c.claim_seq == reward_claim.c.seq
)
_CLAIMS = reward_claim.outerjoin(voucher_gift, _OF_CLAIM & voucher_gift.c.taken_back_at.is_(None))
_CLAIM_ORDER = (reward_claim.c.claimed_at, reward_claim.c.member_id, reward_claim.c.seq)


async def claims_at(
    connection: AsyncConnection, places: Collection[Where]
) -> dict[Where, ClaimRecord]:
    """The claims at (member, seq) that the reading may see."""
    here = sa.tuple_(reward_claim.c.member_id, reward_claim.c.seq).in_(list(places))
    query = sa.select(*_CLAIM).select_from(_CLAIMS).where(here)
    return {(row.member_id, row.seq): _claim(row) for row in await connection.execute(query)}


async def list_claims(
    connection: AsyncConnection,
    asked: ClaimFilter,
    *,
    after: tuple[datetime, int, int] | None,
    limit: int,
) -> list[ClaimRecord]:
    """By their time, newest first, from behind (claimed_at, member, seq)."""
    newest_first = [column.desc() for column in _CLAIM_ORDER]
    places = sa.select(*_CLAIM_ORDER).order_by(*newest_first).limit(limit)
    if asked.member_id is not None:
        places = places.where(reward_claim.c.member_id == asked.member_id)
    if asked.reward_id is not None:
        places = places.where(reward_claim.c.reward_id == asked.reward_id)
    if asked.states and asked.now is not None:
        places = places.where(_in_states(asked.states, asked.now))
    if after is not None:
        places = places.where(sa.tuple_(*_CLAIM_ORDER) < sa.tuple_(*map(sa.literal, after)))
    if asked.partner_ids is not None:
        names = [column.name for column in _CLAIM_ORDER]
        partner = reward_claim.c.partner_id
        places = of_each_brand(places, partner, asked.partner_ids, names, limit)
    found = places.subquery()
    here = (found.c.member_id == reward_claim.c.member_id) & (found.c.seq == reward_claim.c.seq)
    query = sa.select(*_CLAIM).select_from(_CLAIMS.join(found, here)).order_by(*newest_first)
    return [_claim(row) for row in await connection.execute(query)]


def _in_states(states: Sequence[ClaimState], now: datetime) -> sa.ColumnElement[bool]:
    """As `ClaimRecord.state_at` tells them."""
    is_claimed = reward_claim.c.state == ClaimState.CLAIMED.value
    over = sa.func.coalesce(reward_claim.c.valid_until <= now, sa.false())
    was_opened = sa.exists().where(_OF_CLAIM, voucher_gift.c.opened_at.is_not(None))
    told = {
        ClaimState.EXPIRED: is_claimed & over,
        ClaimState.GIVEN: is_claimed & ~over & was_opened,
        ClaimState.CLAIMED: is_claimed & ~over & ~was_opened,
    }
    stored = reward_claim.c.state.in_([one.value for one in states if one not in told])
    return sa.or_(stored, *(told[one] for one in states if one in told))


def _claim(row: sa.Row[Any]) -> ClaimRecord:
    said = row._asdict()
    gift = GiftRecord(
        **{name: said.pop(f"gift_{name}") for name in GiftRecord.__dataclass_fields__}
    )
    money_state = said["money_state"]
    return ClaimRecord(
        **said
        | {
            "kind": RewardKind(said["kind"]),
            "state": ClaimState(said["state"]),
            "money_state": None if money_state is None else MoneyState(money_state),
            "gift": None if gift.id is None else gift,
        }
    )
