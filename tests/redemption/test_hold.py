"""Points set aside are nobody else's until the hold ends, and a hold ends once."""

from datetime import UTC, datetime, timedelta

import pytest

from coalition import ledger, redemption
from coalition.kit.amounts import AmountNotPositive
from coalition.kit.claims import IdempotencyKeyReused
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.errors import Refusal
from coalition.redemption.errors import (
    HoldAlreadyResolved,
    HoldExpired,
    HoldNotFound,
    HoldTimeNotAllowed,
    MoreThanHeld,
    NotEnoughPoints,
)
from tests.support import Person, World, assert_books_balance, nothing_moves

ROLLING = {"kind": "rolling", "months": "12"}


async def _ada_with(world: World, points: int) -> Person:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, str(points))
    return ada


async def _shown(world: World, who: Person) -> tuple[int, int]:
    balance = await world.balance(who)
    return balance.available, balance.held


async def _state(world: World, hold: tuple[int, int]) -> str:
    async with world.database.reading(EVERYTHING) as connection:
        found = await redemption.hold_at(connection, hold)
    assert found is not None
    return found.state_at(world.now)


async def test_a_hold_lessens_what_is_available_at_once_at_every_partner(world: World) -> None:
    ada = await _ada_with(world, 100)
    await world.hold("bakery", ada, 70)
    assert await _shown(world, ada) == (30, 70)
    async with nothing_moves(world):
        for act in (world.hold, world.redeem):
            with pytest.raises(NotEnoughPoints):
                await act("grocer", ada, 31)
    await world.redeem("grocer", ada, 30)
    await assert_books_balance(world)


async def test_a_hold_is_captured_whole(world: World) -> None:
    ada = await _ada_with(world, 100)
    hold = await world.hold("bakery", ada, 70)
    place = await world.capture("bakery", hold)
    assert await _shown(world, ada) == (30, 0)
    assert await _state(world, hold) == "captured"
    async with world.database.reading(EVERYTHING) as connection:
        (record,) = (await redemption.redemptions_at(connection, [place])).values()
    assert (record.points, record.reference, record.refunded) == (70, "basket", 0)
    await assert_books_balance(world)


async def test_what_a_capture_leaves_goes_back_to_the_lots_taken_last(world: World) -> None:
    await world.apply(expiry=ROLLING)
    ada = await world.enrol("Ada")
    for day in (3, 1, 2):
        await world.award("grocer", ada, "100", at=datetime(2026, 3, day, 12, tzinfo=UTC))
    hold = await world.hold("bakery", ada, 250)
    place = await world.capture("bakery", hold, 120)
    async with world.database.reading(EVERYTHING) as connection:
        lots = await ledger.spent_lots(connection, *place)
    assert [(one.points, one.earned_at.day) for one in lots] == [(100, 1), (20, 2)]
    assert await world.rows("SELECT remaining, held FROM lot ORDER BY seq") == [
        (100, 0), (0, 0), (80, 0),
    ]  # fmt: skip
    assert await _shown(world, ada) == (180, 0)
    await assert_books_balance(world)


async def test_a_released_hold_gives_all_of_it_back(world: World) -> None:
    ada = await _ada_with(world, 100)
    hold = await world.hold("bakery", ada, 70)
    await world.release("bakery", hold)
    assert await _shown(world, ada) == (100, 0)
    assert await _state(world, hold) == "released"
    await assert_books_balance(world)


@pytest.mark.parametrize("end", ["capture", "release"])
async def test_a_hold_that_has_ended_cannot_end_again(world: World, end: str) -> None:
    ada = await _ada_with(world, 100)
    hold = await world.hold("bakery", ada, 70)
    if end == "capture":
        await world.capture("bakery", hold, 50)
    else:
        await world.release("bakery", hold)
    async with nothing_moves(world):
        for act in (
            world.capture("bakery", hold),
            world.capture("bakery", hold, 20),
            world.release("bakery", hold),
        ):
            with pytest.raises(HoldAlreadyResolved):
                await act
    await assert_books_balance(world)


async def test_a_hold_ends_by_itself_to_the_second_without_any_job(world: World) -> None:
    ada = await _ada_with(world, 100)
    hold = await world.hold("bakery", ada, 70, seconds=90)
    world.now += timedelta(seconds=90) - timedelta(microseconds=1)
    assert (await _shown(world, ada), await _state(world, hold)) == ((30, 70), "held")
    world.now += timedelta(microseconds=1)
    assert (await _shown(world, ada), await _state(world, hold)) == ((100, 0), "expired")
    async with nothing_moves(world):
        for act in (world.capture("bakery", hold), world.release("bakery", hold)):
            with pytest.raises(HoldExpired):
                await act
    # Whoever spends now gets the points, and the end of the hold is posted with it.
    await world.redeem("grocer", ada, 100)
    assert await world.sweep() == 0
    async with nothing_moves(world):
        with pytest.raises(HoldExpired):
            await world.capture("bakery", hold)
    await assert_books_balance(world)


async def test_the_sweep_posts_the_end_of_every_hold_past_its_time_once(world: World) -> None:
    await world.apply(hold_seconds="60")
    people = [await world.enrol(name) for name in ("Ada", "Bo", "Cleo")]
    for who in people:
        await world.award("grocer", who, "100")
        await world.hold("bakery", who, 10)
        await world.hold("bakery", who, 20)
        await world.hold("bakery", who, 30, seconds=3600)
    world.now += timedelta(seconds=59)
    async with nothing_moves(world):
        assert await world.sweep() == 0
    world.now += timedelta(seconds=1)
    assert await world.sweep() == 6
    async with nothing_moves(world):
        assert await world.sweep() == 0
    assert [await _shown(world, who) for who in people] == [(70, 30)] * 3
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("points", "refusal"),
    [
        (71, MoreThanHeld),
        (0, AmountNotPositive),
        (-1, AmountNotPositive),
        (2**63, AmountNotPositive),
    ],
)
async def test_no_more_and_no_less_than_nothing_is_captured(
    world: World, points: int, refusal: type[Refusal]
) -> None:
    ada = await _ada_with(world, 100)
    hold = await world.hold("bakery", ada, 70)
    async with nothing_moves(world):
        with pytest.raises(refusal):
            await world.capture("bakery", hold, points)
    assert await _shown(world, ada) == (30, 70)
    await assert_books_balance(world)


async def test_a_hold_is_found_by_the_partner_that_made_it_only(world: World) -> None:
    ada = await _ada_with(world, 100)
    hold = await world.hold("bakery", ada, 70)
    async with nothing_moves(world):
        for brand, place in (("grocer", hold), ("bakery", (ada.member_id, 1)), ("bakery", (0, 0))):
            with pytest.raises(HoldNotFound):
                await world.capture(brand, place)
            with pytest.raises(HoldNotFound):
                await world.release(brand, place)
    for brand, seen in (("bakery", True), ("grocer", False)):
        sight = Sight(partner_id=world.partner(brand).id)
        async with world.database.reading(sight) as connection:
            assert (await redemption.hold_at(connection, hold) is not None) == seen
    await assert_books_balance(world)


@pytest.mark.parametrize("seconds", [0, -1, 7 * 86400 + 1])
async def test_a_hold_lasts_from_a_second_to_a_week(world: World, seconds: int) -> None:
    ada = await _ada_with(world, 100)
    async with nothing_moves(world):
        with pytest.raises(HoldTimeNotAllowed):
            await world.hold("bakery", ada, 10, seconds=seconds)
    await world.hold("bakery", ada, 10, seconds=7 * 86400)
    await world.hold("bakery", ada, 10, seconds=1)
    await assert_books_balance(world)


async def test_every_step_of_a_hold_again_is_answered_with_the_first(world: World) -> None:
    ada = await _ada_with(world, 100)
    hold = await world.hold("bakery", ada, 70, key="k")
    other = await world.hold("bakery", ada, 10, key="k2")
    place = await world.capture("bakery", hold, 50, key="k")
    await world.release("bakery", other, key="k")
    world.now += timedelta(days=3)
    async with nothing_moves(world):
        assert await world.hold("bakery", ada, 70, key="k") == hold
        assert await world.capture("bakery", hold, 50, key="k") == place
        await world.release("bakery", other, key="k")
        for act in (
            world.hold("bakery", ada, 70, key="k", seconds=60),
            world.capture("bakery", hold, 49, key="k"),
            world.capture("bakery", other, 50, key="k"),
            world.release("bakery", hold, key="k"),
        ):
            with pytest.raises(IdempotencyKeyReused):
                await act
    await assert_books_balance(world)
