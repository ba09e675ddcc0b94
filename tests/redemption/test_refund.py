"""A refund gives points back to the very lots that paid, never more than they paid."""

import asyncio
from datetime import UTC, datetime

import pytest

from coalition.kit.amounts import AmountNotPositive
from coalition.kit.claims import IdempotencyKeyReused
from coalition.redemption import Refunded
from coalition.redemption.errors import MoreThanRedeemed, RedemptionNotFound
from tests.support import Person, World, a_bakery, a_grocer, assert_books_balance, nothing_moves

ROLLING = {"kind": "rolling", "months": "12"}
Place = tuple[int, int]


async def _ada_has_spent(world: World) -> tuple[Person, Place]:
    """150 points from lots of 100 (all of it) and 80 (50 of it); a third lot stays whole."""
    await world.apply(expiry=ROLLING)
    ada = await world.enrol("Ada")
    for brand, amount, day in (("grocer", "100", 1), ("bakery", "40", 2), ("grocer", "30", 3)):
        await world.award(brand, ada, amount, at=datetime(2026, 3, day, 12, tzinfo=UTC))
    return ada, await world.redeem("bakery", ada, 150)


async def _left(world: World) -> list[object]:
    return [row[0] for row in await world.rows("SELECT remaining FROM lot ORDER BY seq")]


async def test_a_refund_fills_the_lots_again_that_paid_last_first(world: World) -> None:
    ada, spent = await _ada_has_spent(world)
    assert await _left(world) == [0, 30, 30]
    lefts = []
    for points in (20, 40, None):
        refunded = await world.refund("bakery", spent, points)
        lefts.append((refunded.points, await _left(world)))
    assert lefts == [(20, [0, 50, 30]), (40, [10, 80, 30]), (90, [100, 80, 30])]
    assert (await world.balance(ada)).available == 210
    issuers = await world.rows(
        "SELECT lot_seq, issuer_id, sum(points) FROM lot_use WHERE debit = 30 GROUP BY 1, 2"
        " ORDER BY 1"
    )
    assert issuers == [
        (1, world.partner("grocer").id, 100), (2, world.partner("bakery").id, 50),
    ]  # fmt: skip
    await assert_books_balance(world)


async def test_a_captured_hold_is_refunded_like_any_redemption(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    hold = await world.hold("bakery", ada, 80)
    spent = await world.capture("bakery", hold, 60)
    assert (await world.refund("bakery", spent)).points == 60
    assert (await world.balance(ada)).available == 100
    await assert_books_balance(world)


async def test_refunded_points_may_be_spent_and_refunded_again(world: World) -> None:
    ada, spent = await _ada_has_spent(world)
    await world.refund("bakery", spent, 150)
    again = await world.redeem("grocer", ada, 210)
    await world.refund("grocer", again, 210)
    assert await _left(world) == [100, 80, 30]
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("before", "points", "refusal"),
    [
        (None, 151, MoreThanRedeemed),
        (100, 51, MoreThanRedeemed),
        (150, None, MoreThanRedeemed),
        (150, 1, MoreThanRedeemed),
        (None, 0, AmountNotPositive),
        (None, -1, AmountNotPositive),
    ],
)
async def test_no_more_is_refunded_than_was_redeemed(
    world: World, before: int | None, points: int | None, refusal: type[Exception]
) -> None:
    _, spent = await _ada_has_spent(world)
    if before is not None:
        await world.refund("bakery", spent, before)
    async with nothing_moves(world):
        with pytest.raises(refusal):
            await world.refund("bakery", spent, points)
    await assert_books_balance(world)


async def test_a_redemption_is_found_by_the_partner_that_took_the_points_only(
    world: World,
) -> None:
    ada, spent = await _ada_has_spent(world)
    async with nothing_moves(world):
        for brand, place in (("grocer", spent), ("bakery", (ada.member_id, 1)), ("bakery", (0, 0))):
            with pytest.raises(RedemptionNotFound):
                await world.refund(brand, place)
    await assert_books_balance(world)


async def test_the_same_refund_again_is_answered_with_the_first(world: World) -> None:
    _, spent = await _ada_has_spent(world)
    await world.refund("bakery", spent, key="k")
    async with nothing_moves(world):
        again = await world.refund("bakery", spent, key="k")
        with pytest.raises(IdempotencyKeyReused):
            await world.refund("bakery", spent, 10, key="k")
    assert again == Refunded(spent, 150, replayed=True)
    await assert_books_balance(world)


async def test_the_same_refund_at_once_is_one_refund(world: World) -> None:
    ada, spent = await _ada_has_spent(world)
    refunds = await asyncio.gather(*(world.refund("bakery", spent, 30, key="k") for _ in range(20)))
    assert sum(one.replayed for one in refunds) == 19
    assert (await world.balance(ada)).available == 90
    await assert_books_balance(world)


async def test_refunds_at_once_stop_when_everything_is_back(world: World) -> None:
    ada, spent = await _ada_has_spent(world)
    refunds = await asyncio.gather(
        *(world.refund("bakery", spent, 20) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(one, Refunded) for one in refunds) == 7
    assert sum(isinstance(one, MoreThanRedeemed) for one in refunds) == 13
    assert (await world.refund("bakery", spent)).points == 10
    assert (await world.balance(ada)).available == 210
    await assert_books_balance(world)


async def test_a_refund_is_billed_at_the_price_of_its_redemption(world: World) -> None:
    later = {"valid_from": "2026-03-10", "redeem_price": "0.0500"}
    await world.apply(brands=[a_grocer(), a_bakery(redeem_price="0.0100", later=[later])])
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    old = await world.redeem("bakery", ada, 300, at=datetime(2026, 3, 9, 12, tzinfo=UTC))
    new = await world.redeem("bakery", ada, 100)
    await world.refund("bakery", old, 200)
    await world.refund("bakery", new, 50)
    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    await world.close("2026-03")
    lines = (await world.statements("2026-03"))["bakery"].lines
    assert [(one.kind, one.points, one.amount.minor) for one in lines] == [
        ("REDEMPTION", 300, 300),
        ("REDEMPTION", 100, 500),
        ("REDEMPTION_REVERSAL", -200, -200),
        ("REDEMPTION_REVERSAL", -50, -250),
    ]
    await assert_books_balance(world)


async def test_who_has_a_debt_is_refunded_all_the_same_and_owes_on(world: World) -> None:
    returns = {"clawback": "unlimited", "shortfall_payer": "pool", "debt_limit": "1000"}
    await world.apply(returns=returns)
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    spent = await world.redeem("bakery", ada, 100)
    await world.bring_back("grocer", award.place)
    await world.refund("bakery", spent, 40)
    balance = await world.balance(ada)
    assert (balance.available, balance.owed) == (40, 100)
    await assert_books_balance(world)
