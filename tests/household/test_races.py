"""Those who spend one pool at once, while others come and go."""

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable, Sequence
from datetime import timedelta

from coalition.redemption import NotEnoughPoints
from tests.support import Person, World, assert_books_balance
from tests.support.sharing import Sharing


async def _family(sharing: Sharing, size: int, amount: str) -> list[Person]:
    people = [await sharing.world.enrol(f"Member {number}") for number in range(size)]
    for who in people:
        await sharing.world.award("grocer", who, amount)
    await sharing.found(people[-1])
    for who in people[:-1]:
        await sharing.take_in(people[-1], who)
    return people


async def _at_once(acts: Sequence[Awaitable[object]]) -> Tally[str]:
    found = await asyncio.gather(*acts, return_exceptions=True)
    return Tally(type(one).__name__ if isinstance(one, BaseException) else "DONE" for one in found)


async def _sum(world: World, people: Sequence[Person]) -> int:
    return sum([(await world.balance(who)).available for who in people])


async def test_a_pool_is_never_overspent_by_any_of_them(sharing: Sharing) -> None:
    world = sharing.world
    people = await _family(sharing, 4, "100")
    found = await _at_once([world.redeem("bakery", people[turn % 4], 90) for turn in range(12)])
    assert found == {"DONE": 4, NotEnoughPoints.__name__: 8}
    assert await _sum(world, people) == 40
    await assert_books_balance(world)


async def test_spending_releasing_refunding_and_earning_at_once_lose_no_point(
    sharing: Sharing,
) -> None:
    world = sharing.world
    people = await _family(sharing, 3, "300")
    holds = [await world.hold("bakery", who, 100) for who in people]
    spent = [await world.redeem("grocer", who, 60) for who in people]
    for who in people:
        await world.hold("grocer", who, 30, seconds=1)
    world.now += timedelta(seconds=2)
    acts: list[Awaitable[object]] = [world.sweep(), world.sweep(), world.expire()]
    for turn, who in enumerate(people):
        acts += [
            world.release("bakery", holds[turn]),
            world.refund("grocer", spent[turn], 25),
            world.award("grocer", who, "10"),
            world.redeem("bakery", who, 50),
        ]
    assert set(await _at_once(acts)) == {"DONE"}
    await world.sweep()
    assert await _sum(world, people) == 900 - 3 * (60 - 25) + 30 - 150
    await assert_books_balance(world)


async def test_a_spending_is_before_somebody_leaves_or_does_without_it(sharing: Sharing) -> None:
    world = sharing.world
    people = await _family(sharing, 3, "100")
    found = await _at_once([world.redeem("bakery", people[-1], 250), sharing.leave(people[0])])
    assert found in ({"DONE": 2}, {"DONE": 1, NotEnoughPoints.__name__: 1})
    left = await _sum(world, people)
    assert left == (50 if found["DONE"] == 2 else 300)
    await assert_books_balance(world)
