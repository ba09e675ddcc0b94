"""A member shows a token at the till: good for a minute, once, and not for asking one's way up."""

import asyncio
from datetime import timedelta

import pytest

from coalition import redemption
from coalition.kit.amounts import Money
from coalition.kit.text import in_fours
from coalition.redemption import SpendLocked, TillRequest
from coalition.redemption.errors import (
    NotEnoughPoints,
    PriceNotKnown,
    TillTokenExpired,
    TillTokenForNobody,
    TillTokenNotFound,
    TillTokenUsed,
)
from coalition.redemption.hold import Spent
from tests.support import Person, World, assert_books_balance, nothing_moves
from tests.support.catalogue import Counter, lock, member_actor


async def _token(world: World, who: Person, counter: Counter | None = None) -> str:
    grant = await counter.proof(who) if counter else None
    issued = await redemption.issue_till_token(
        world.office, actor=member_actor(who, grant), now=world.now
    )
    assert issued.expires_at == world.now + timedelta(seconds=60)
    return issued.token


async def _hold(
    world: World, brand: str, token: str, points: int | None = 100, *, key: str = "scan",
    amount: Money | None = None,
) -> Spent:  # fmt: skip
    return await redemption.hold_with_till_token(
        world.office,
        actor=world.actor(brand),
        request=TillRequest(key, token, points, amount, "basket"),
        now=world.now,
    )


async def _ada(world: World) -> Person:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000.00")
    return ada


async def test_a_token_is_a_hold_at_any_brand_once_and_only_its_hash_is_kept(
    world: World,
) -> None:
    ada = await _ada(world)
    token = await _token(world, ada)
    held = await _hold(world, "bakery", token)
    assert held.place[0] == ada.member_id
    assert (await world.balance(ada)).held == 100
    async with nothing_moves(world):
        assert (await _hold(world, "bakery", " ".join(in_fours(token)))).replayed
        with pytest.raises(TillTokenUsed):
            await _hold(world, "bakery", token, key="again")
        with pytest.raises(TillTokenUsed):
            await _hold(world, "grocer", token)
    rows = await world.rows("SELECT * FROM till_token")
    assert token.encode() not in b"".join(one for row in rows for one in row if type(one) is bytes)
    await assert_books_balance(world)


async def test_after_a_minute_or_when_it_is_none_nothing_is_held(world: World) -> None:
    ada = await _ada(world)
    old = await _token(world, ada)
    token = await _token(world, ada)
    world.now += timedelta(seconds=59)
    async with nothing_moves(world):
        for unknown in (old, "none", ""):
            with pytest.raises(TillTokenNotFound):
                await _hold(world, "bakery", unknown)
        world.now += timedelta(seconds=1)
        with pytest.raises(TillTokenExpired):
            await _hold(world, "bakery", token)


async def test_a_token_for_one_brand_is_none_at_another(world: World) -> None:
    ada = await _ada(world)
    actor = member_actor(ada)
    issued = await redemption.issue_till_token(
        world.office, actor=actor, partner="bakery", now=world.now
    )
    async with nothing_moves(world):
        with pytest.raises(TillTokenNotFound):
            await _hold(world, "grocer", issued.token)
        with pytest.raises(TillTokenForNobody):
            await redemption.issue_till_token(
                world.office, actor=actor, partner="nobody", now=world.now
            )
    await _hold(world, "bakery", issued.token)


async def test_scanned_at_ten_tills_at_once_it_is_one_hold(world: World) -> None:
    ada = await _ada(world)
    token = await _token(world, ada)
    found = await asyncio.gather(
        *(_hold(world, ("bakery", "grocer")[place % 2], token, key=f"till-{place}")
          for place in range(10)),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(type(one).__name__ for one in found) == ["Spent"] + ["TillTokenUsed"] * 9
    assert (await world.balance(ada)).held == 100


async def test_the_third_refusal_ends_a_token_and_is_told(world: World) -> None:
    """So a till cannot ask its way up to what a member has."""
    ada = await _ada(world)
    token = await _token(world, ada)
    for place in range(3):
        with pytest.raises(NotEnoughPoints):
            await _hold(world, "bakery", token, 1001, key=f"try-{place}")
    with pytest.raises(TillTokenUsed):
        await _hold(world, "bakery", token)
    assert (await world.balance(ada)).held == 0
    assert await world.rows("SELECT kind, member_id FROM event WHERE kind = 15") == [
        (15, ada.member_id)
    ]


async def test_an_amount_is_turned_into_the_fewest_points_that_are_worth_it(
    world: World,
) -> None:
    ada = await _ada(world)
    held = await _hold(world, "bakery", await _token(world, ada), None, amount=Money(101, "USD"))
    assert await world.rows("SELECT points FROM hold WHERE seq = $1", held.place[1]) == [(202,)]
    token = await _token(world, ada)
    with pytest.raises(PriceNotKnown):
        await _hold(world, "bakery", token, None, key="euro", amount=Money(100, "EUR"))
    with pytest.raises(PriceNotKnown):
        await _hold(world, "bakery", token, 5, key="both", amount=Money(100, "USD"))


async def test_a_token_of_a_fresh_sign_in_confirms_what_it_is_shown_for(world: World) -> None:
    ada = await _ada(world)
    await world.redeem("bakery", ada, 10)
    await _hold(world, "grocer", await _token(world, ada, Counter(world)), 990)


async def test_who_has_locked_spending_gets_no_token(world: World) -> None:
    ada = await _ada(world)
    await lock(world, ada)
    async with nothing_moves(world):
        with pytest.raises(SpendLocked):
            await _token(world, ada)
