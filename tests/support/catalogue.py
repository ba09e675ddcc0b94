"""Rewards and members' acts for tests: what the world of `world.py` does about a catalogue."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from uuid import UUID, uuid4

from coalition import catalogue, members
from coalition.access import MEMBER_SCOPES, Actor, ActorKind
from coalition.kit.database import EVERYTHING
from tests.support.world import Person, Place, World

_numbers = count(1)


def a_reward(**overrides: object) -> catalogue.RewardTerms:
    """A coffee that is handed over, for 300 points, unless something else is said."""
    terms = catalogue.RewardTerms("coffee", catalogue.RewardKind.ITEM, {}, 300)
    return replace(terms, **overrides)  # type: ignore[arg-type]  # fields by their names


def a_voucher(**overrides: object) -> catalogue.RewardTerms:
    said: dict[str, object] = {
        "code": "five-off", "kind": catalogue.RewardKind.VOUCHER, "cancel_hours": 24,
        "valid_days": 90,
    }  # fmt: skip
    return a_reward(**said | overrides)


def member_actor(who: Person, grant: UUID | None = None) -> Actor:
    """The member, through a program of our own; `grant`: the leave that it stands on."""
    return Actor(
        ActorKind.MEMBER, "app", MEMBER_SCOPES, member_id=who.member_id,
        login_id=None if grant is None else 1, grant_id=grant,
    )  # fmt: skip


@dataclass(frozen=True)
class Counter:
    """A brand's desk and its members' apps, in one world."""

    world: World

    async def put(
        self,
        brand: str,
        terms: catalogue.RewardTerms,
        *,
        key: str | None = None,
        texts: Mapping[str, catalogue.Texts] | None = None,
    ) -> int:
        """`texts` by language; without any, in English after its code."""
        english = catalogue.Texts(terms.code.replace("-", " ").title())
        put = await catalogue.put_reward(
            self.world.office,
            actor=self.world.actor(brand),
            idempotency_key=key or f"put-{next(_numbers)}",
            terms=terms,
            texts=list((texts or {"en": english}).items()),
            now=self.world.now,
        )
        return put.reward_id

    async def load(self, brand: str, reward: int, *codes: str) -> catalogue.Loaded:
        return await catalogue.load_codes(
            self.world.office, actor=self.world.actor(brand), reward_id=reward, codes=codes
        )

    async def claim(
        self,
        who: Person,
        reward: int,
        *,
        key: str | None = None,
        points: int | None = None,
        grant: UUID | None = None,
    ) -> catalogue.Claimed:
        return await catalogue.claim_reward(
            self.world.office,
            actor=member_actor(who, grant),
            request=catalogue.ClaimRequest(key or f"claim-{next(_numbers)}", reward, points),
            now=self.world.now,
        )

    async def wish(self, who: Person, reward: int | None) -> None:
        await catalogue.wish_for_reward(
            self.world.office, actor=member_actor(who), reward_id=reward, now=self.world.now
        )

    async def cancel(self, who: Person | str, claim: Place, *, key: str | None = None) -> bool:
        """By the member, or by a brand."""
        actor = member_actor(who) if isinstance(who, Person) else self.world.actor(who)
        return await catalogue.cancel_claim(
            self.world.office,
            actor=actor,
            idempotency_key=key or f"cancel-{next(_numbers)}",
            claim=claim,
            reason="not wanted",
            now=self.world.now,
        )

    async def give(self, who: Person, claim: Place) -> bool:
        """A link of it is made, or stood already."""
        return await catalogue.give_voucher(
            self.world.database, actor=member_actor(who), claim=claim, now=self.world.now
        )

    async def use(self, brand: str, code: str, *, key: str | None = None) -> catalogue.Used:
        return await catalogue.use_voucher(
            self.world.office,
            actor=self.world.actor(brand),
            idempotency_key=key or f"use-{next(_numbers)}",
            code=code,
            reference="basket",
            now=self.world.now,
        )

    async def advance(
        self, brand: str, claim: Place, to: catalogue.ClaimState | catalogue.MoneyState
    ) -> bool:
        return await catalogue.advance_claim(
            self.world.office,
            actor=self.world.actor(brand),
            claim=claim,
            to=to,
            note=None,
            now=self.world.now,
        )

    async def record(self, claim: Place) -> catalogue.ClaimRecord:
        async with self.world.database.reading(EVERYTHING) as connection:
            return (await catalogue.claims_at(connection, [claim]))[claim]

    async def reward(self, number: int) -> catalogue.RewardRecord:
        async with self.world.database.reading(EVERYTHING) as connection:
            found = await catalogue.reward_numbered(connection, number)
        assert found is not None
        return found

    async def proof(self, who: Person, *, age: timedelta = timedelta(0)) -> UUID:
        """A grant of the member's, who showed its password so long ago."""
        grant = uuid4()
        login = await self.world.superuser.fetchval(
            "INSERT INTO login (email, kind, member_id, roles, status, password_hash)"
            " VALUES ($1, 'MEMBER', $2, '{member}', 'active', 'x') RETURNING id",
            f"{hashlib.sha256(grant.bytes).hexdigest()[:12]}@example.com", who.member_id,
        )  # fmt: skip
        await self.world.superuser.execute(
            "INSERT INTO oauth_grant (id, client_id, login_id, scopes, began_at, proved_at)"
            " VALUES ($1, 'app', $2, '{}', $3, $3)",
            grant, login, self.world.now - age,
        )  # fmt: skip
        return grant


async def lock(world: World, who: Person, key: str = "lock") -> members.Enrolled:
    return await members.lock_spending(
        world.office, actor=member_actor(who), idempotency_key=key, now=world.now
    )


async def unlock(world: World, who: Person, key: str = "unlock") -> members.Enrolled:
    """With a fresh proof."""
    actor = member_actor(who, await Counter(world).proof(who))
    return await members.unlock_spending(
        world.office, actor=actor, idempotency_key=key, now=world.now
    )
