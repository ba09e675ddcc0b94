"""Many members want the last one at once."""

import asyncio
from collections.abc import Sequence

from coalition import catalogue
from coalition.access import load_keys
from coalition.catalogue import Claimed
from coalition.catalogue.errors import OutOfStock, VoucherUsed
from tests.support import Person, World, assert_books_balance
from tests.support.catalogue import Counter, a_reward, a_voucher

CLAIMS = 50


async def _crowd(world: World, size: int) -> list[Person]:
    people = [await world.enrol(f"Member {number}") for number in range(size)]
    for who in people:
        await world.award("grocer", who, "300.00")
    return people


async def _all_claim(
    counter: Counter, people: Sequence[Person], reward: int
) -> list[Claimed | BaseException]:
    return await asyncio.gather(
        *(counter.claim(who, reward) for who in people), return_exceptions=True
    )


async def test_the_last_item_goes_to_one_of_fifty(world: World, counter: Counter) -> None:
    people = await _crowd(world, 10)
    last = await counter.put("bakery", a_reward(stock=1))
    found = await _all_claim(counter, people * (CLAIMS // len(people)), last)
    assert [type(one) for one in found if isinstance(one, Claimed)] == [Claimed]
    assert {type(one) for one in found} == {Claimed, OutOfStock}
    assert (await counter.reward(last)).stock == 0
    await assert_books_balance(world)


async def test_no_code_is_given_twice_and_none_is_lost(world: World, counter: Counter) -> None:
    people = await _crowd(world, CLAIMS)
    voucher = await counter.put("bakery", a_voucher())
    await counter.load("bakery", voucher, *(f"CODE-{number}" for number in range(30)))
    found = await _all_claim(counter, people, voucher)
    got = [one for one in found if isinstance(one, Claimed)]
    assert len(got) == 30
    assert {type(one) for one in found if not isinstance(one, Claimed)} == {OutOfStock}
    key = (await load_keys(world.database)).codes
    partner = world.partner("bakery").id
    shown = [
        catalogue.open_code(key, partner, record.sealed_code or b"")
        for record in [await counter.record(one.place) for one in got]
    ]
    assert sorted(shown) == sorted(f"CODE-{number}" for number in range(30))
    await assert_books_balance(world)


async def test_a_code_shown_at_two_tills_is_taken_at_one(world: World, counter: Counter) -> None:
    (ada,) = await _crowd(world, 1)
    voucher = await counter.put("bakery", a_voucher())
    await counter.load("bakery", voucher, "ONCE")
    await counter.claim(ada, voucher)
    found = await asyncio.gather(
        *(counter.use("bakery", "ONCE") for _ in range(10)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in found) == ["Used"] + ["VoucherUsed"] * 9
    assert any(isinstance(one, VoucherUsed) for one in found)
