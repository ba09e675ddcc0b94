"""Many tills and one balance: it is spent once, whatever comes at the same moment."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from datetime import timedelta

import pytest

from coalition.kit.claims import IdempotencyKeyReused
from coalition.redemption.errors import HoldAlreadyResolved, HoldExpired, NotEnoughPoints
from tests.support import Person, World, a_bakery, a_fuel, a_grocer, assert_books_balance

BRANDS = ("bakery", "grocer", "fuel")


async def _ada_with(world: World, *points: int) -> Person:
    await world.apply(brands=[a_bakery(), a_grocer(), a_fuel()])
    ada = await world.enrol("Ada")
    for one in points:
        await world.award("grocer", ada, str(one))
    return ada


async def _at_once(acts: Sequence[Awaitable[object]]) -> Counter[str]:
    """What came of them: DONE, or the name of the refusal. Anything else is raised."""
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    return Counter(
        type(one).__name__ if isinstance(one, BaseException) else "DONE" for one in outcomes
    )


async def test_of_twenty_redemptions_at_once_of_what_covers_one_exactly_one_is_done(
    world: World,
) -> None:
    ada = await _ada_with(world, 40, 60)
    found = await _at_once([world.redeem(BRANDS[turn % 3], ada, 60) for turn in range(20)])
    assert found == {"DONE": 1, "NotEnoughPoints": 19}
    assert (await world.balance(ada)).available == 40
    await assert_books_balance(world)


async def test_of_twenty_holds_at_once_as_many_are_made_as_there_are_points_for(
    world: World,
) -> None:
    ada = await _ada_with(world, 100, 25)
    found = await _at_once([world.hold(BRANDS[turn % 3], ada, 30) for turn in range(20)])
    assert found == {"DONE": 4, "NotEnoughPoints": 16}
    balance = await world.balance(ada)
    assert (balance.available, balance.held) == (5, 120)
    await assert_books_balance(world)


async def test_holds_and_redemptions_at_once_never_spend_more_than_there_is(
    world: World,
) -> None:
    ada = await _ada_with(world, 50, 50, 50)
    acts = [
        (world.hold if turn % 2 else world.redeem)(BRANDS[turn % 3], ada, 20) for turn in range(24)
    ]
    found = await _at_once(acts)
    assert found == {"DONE": 7, "NotEnoughPoints": 17}
    balance = await world.balance(ada)
    spent = await world.rows("SELECT coalesce(sum(points), 0)::int FROM redemption")
    assert (balance.available, balance.held + int(str(spent[0][0]))) == (10, 140)
    await assert_books_balance(world)


async def test_capture_release_and_the_end_of_time_at_once_come_to_one_end(world: World) -> None:
    ada = await _ada_with(world, 100)
    ends: Counter[str] = Counter()
    for turn in range(8):
        before = (await world.balance(ada)).available
        hold = await world.hold("bakery", ada, 10, seconds=60)
        late = world.now + timedelta(seconds=60)

        async def sweep(late: object = late) -> None:
            # Of another server, whose clock is already past the hold's time.
            await world.database.call("sweep_holds", late, 500)

        acts = [
            world.capture("bakery", hold, 4),
            world.release("bakery", hold),
            sweep(),
            world.capture("bakery", hold),
        ]
        outcomes = await asyncio.gather(
            *acts[turn % 4 :], *acts[: turn % 4], return_exceptions=True
        )
        refusals = {type(one) for one in outcomes if isinstance(one, BaseException)}
        assert refusals <= {HoldAlreadyResolved, HoldExpired}
        ((state,),) = await world.rows(
            "SELECT state FROM hold WHERE member_id = $1 AND seq = $2", *hold
        )
        ends[str(state)] += 1
        done = len(outcomes) - sum(isinstance(one, BaseException) for one in outcomes)
        # The sweep is never refused: it finds nothing to do when it comes later.
        assert done == (1 if state == "expired" else 2)
        left = (await world.balance(ada)).available
        assert left in ((before - 4, before - 10) if state == "captured" else (before,))
        assert (await world.balance(ada)).held == 0
    assert sum(ends.values()) == 8
    await assert_books_balance(world)


@pytest.mark.parametrize("verb", ["redeem", "hold"])
async def test_the_same_key_twenty_times_at_once_is_one_answer(world: World, verb: str) -> None:
    ada = await _ada_with(world, 100)
    act = world.redeem if verb == "redeem" else world.hold
    places = await asyncio.gather(*(act("bakery", ada, 60, key="k") for _ in range(20)))
    assert len(set(places)) == 1
    assert (await world.balance(ada)).available == 40
    await assert_books_balance(world)


async def test_the_same_capture_at_once_is_one_answer(world: World) -> None:
    ada = await _ada_with(world, 100)
    hold = await world.hold("bakery", ada, 60)
    places = await asyncio.gather(*(world.capture("bakery", hold, 50, key="k") for _ in range(20)))
    assert len(set(places)) == 1
    assert (await world.balance(ada)).available == 50
    await assert_books_balance(world)


async def test_one_key_for_two_baskets_at_once_pays_for_one_and_leaves_no_trace_of_the_other(
    world: World,
) -> None:
    ada = await _ada_with(world, 1000)
    acts = [world.redeem("bakery", ada, 10 + turn % 2, key="k") for turn in range(20)]
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, BaseException)]
    assert [type(one) for one in refused] == [IdempotencyKeyReused] * 10
    assert await world.rows("SELECT count(*) FROM redemption") == [(1,)]
    assert (await world.balance(ada)).available in {990, 989}
    await assert_books_balance(world)


async def test_earning_spending_returning_and_the_jobs_at_once_leave_the_books_balanced(
    world: World,
) -> None:
    ada = await _ada_with(world, 200)
    bo = await world.enrol("Bo")
    awards = [await world.award("bakery", who, "50") for who in (ada, bo) for _ in range(4)]
    spent = [await world.redeem("fuel", who, 50) for who in (ada, bo)]
    for who in (ada, bo):
        await world.hold("grocer", who, 25, seconds=1)
    world.now += timedelta(seconds=2)
    acts: list[Awaitable[object]] = []
    for turn in range(8):
        who = (ada, bo)[turn % 2]
        acts += [
            world.award("grocer", who, "7"),
            world.redeem(BRANDS[turn % 3], who, 90),
            world.hold(BRANDS[turn % 3], who, 40),
            world.bring_back("bakery", awards[turn].place),
            world.refund("fuel", spent[turn % 2], 20),
            world.sweep(),
            world.expire(),
        ]
    found = await _at_once(acts)
    assert set(found) <= {"DONE", NotEnoughPoints.__name__, "MoreThanRedeemed"}
    assert found["MoreThanRedeemed"] == 4
    await assert_books_balance(world)
