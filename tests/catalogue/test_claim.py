"""A member claims rewards: what it costs, what it gets, and what it may not have."""

from datetime import timedelta

import pytest

from coalition.catalogue import ClaimState
from coalition.catalogue.errors import (
    ClaimNotFound,
    OutOfStock,
    RewardChanged,
    RewardLimitReached,
    RewardNotAvailable,
    RewardNotFound,
    TierTooLow,
)
from coalition.kit.claims import IdempotencyKeyReused
from coalition.members import set_tier
from coalition.redemption import NotEnoughPoints, RefundRequest, refund_redemption
from coalition.redemption.errors import SpentOnAReward
from tests.support import World, assert_books_balance, nothing_moves
from tests.support.catalogue import Counter, a_reward, a_voucher


async def test_a_voucher_costs_its_points_and_gives_a_code_that_is_its_owners(
    world: World, counter: Counter
) -> None:
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "500.00")
    voucher = await counter.put("bakery", a_voucher())
    loaded = await counter.load("bakery", voucher, "AAAA 1111", "BBBB-2222")
    assert (loaded.loaded, loaded.refused) == (2, ())
    claimed = await counter.claim(ada, voucher)
    record = await counter.record(claimed.place)
    assert (record.state, record.points) == (ClaimState.CLAIMED, 300)
    assert record.cancel_until == world.now + timedelta(hours=24)
    assert record.valid_until == world.now + timedelta(days=90)
    assert record.sealed_code is not None
    assert b"AAAA" not in record.sealed_code
    assert (await world.balance(ada)).available == 200
    assert (await counter.reward(voucher)).stock == 1
    await assert_books_balance(world)


async def test_the_same_request_twice_is_one_claim(world: World, counter: Counter) -> None:
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "900.00")
    coffee = await counter.put("bakery", a_reward(stock=5))
    first = await counter.claim(ada, coffee, key="double")
    async with nothing_moves(world):
        again = await counter.claim(ada, coffee, key="double")
        with pytest.raises(IdempotencyKeyReused):
            await counter.claim(ada, coffee, key="double", points=300)
    assert (again.place, again.replayed) == (first.place, True)
    assert (await counter.reward(coffee)).stock == 4


async def test_a_claim_keeps_the_price_that_it_was_made_at(world: World, counter: Counter) -> None:
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "2000.00")
    coffee = await counter.put("bakery", a_reward())
    before = await counter.claim(ada, coffee)
    await counter.put("bakery", a_reward(points=400))
    async with nothing_moves(world):
        with pytest.raises(RewardChanged):
            await counter.claim(ada, coffee, points=300)
    after = await counter.claim(ada, coffee, points=400)
    assert [(await counter.record(one.place)).points for one in (before, after)] == [300, 400]
    assert [(await counter.record(one.place)).version for one in (before, after)] == [1, 2]


async def test_what_cannot_be_had_is_refused_and_nothing_moves(
    world: World, counter: Counter
) -> None:
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000.00")
    gone = await counter.put("bakery", a_reward(code="gone", stock=0))
    dear = await counter.put("bakery", a_reward(code="dear", points=1001))
    later = await counter.put(
        "bakery", a_reward(code="later", from_at=world.now + timedelta(minutes=1))
    )
    past = await counter.put("bakery", a_reward(code="past", until_at=world.now))
    once = await counter.put("bakery", a_reward(code="once", per_member=1))
    codeless = await counter.put("bakery", a_voucher())
    await counter.claim(ada, once)
    async with nothing_moves(world):
        for reward, refusal in (
            (gone, OutOfStock), (dear, NotEnoughPoints), (later, RewardNotAvailable),
            (past, RewardNotAvailable), (once, RewardLimitReached), (codeless, OutOfStock),
            (0, RewardNotFound), (10_000, RewardNotFound),
        ):  # fmt: skip
            with pytest.raises(refusal):
                await counter.claim(ada, reward)


async def test_a_reward_of_a_tier_is_for_it_and_those_above(world: World) -> None:
    await world.apply(
        tiers=[{"code": "blue", "name": "Blue"}, {"code": "gold", "name": "Gold"},
               {"code": "jet", "name": "Jet"}]
    )  # fmt: skip
    counter = Counter(world)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000.00")
    lounge = await counter.put("bakery", a_reward(tier="gold"))
    for place, (tier, is_in) in enumerate(((None, False), ("blue", False), ("gold", True),
                                           ("jet", True))):  # fmt: skip
        await set_tier(
            world.office, actor=world.operator(), idempotency_key=f"tier-{place}",
            member_id=ada.member_id, tier=tier, reason="a good year",
        )  # fmt: skip
        if is_in:
            await counter.claim(ada, lounge)
        else:
            async with nothing_moves(world):
                with pytest.raises(TierTooLow):
                    await counter.claim(ada, lounge)


async def test_points_of_a_reward_come_back_by_its_claim_only(
    world: World, counter: Counter
) -> None:
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "500.00")
    coffee = await counter.put("bakery", a_reward(cancel_hours=1))
    claimed = await counter.claim(ada, coffee)
    async with nothing_moves(world):
        with pytest.raises(SpentOnAReward):
            await refund_redemption(
                world.office,
                actor=world.actor("bakery"),
                request=RefundRequest("refund", claimed.place, 1, "by another door"),
                now=world.now,
            )
        with pytest.raises(ClaimNotFound):
            await counter.cancel("grocer", claimed.place)
    await counter.cancel(ada, claimed.place)
    assert (await world.balance(ada)).available == 500
    await assert_books_balance(world)
