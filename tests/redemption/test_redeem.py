"""Points are spent soonest-ending first, once, at partners that take that many."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coalition import ledger, redemption
from coalition.kit.claims import IdempotencyKeyReused
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed, Refusal
from coalition.members import MemberStatus, change_status
from coalition.partners import Office, PartnerSuspended
from coalition.redemption.errors import BelowMinimum, NotEnoughPoints, SpendLocked
from tests.support import (
    World,
    a_bakery,
    a_fuel,
    a_grocer,
    a_promotion,
    assert_books_balance,
    nothing_moves,
)

ROLLING = {"kind": "rolling", "months": "12"}


async def _spent(world: World, place: tuple[int, int]) -> list[tuple[int, int, date]]:
    """Issuer, points and day of purchase of every lot that paid."""
    async with world.database.reading(EVERYTHING) as connection:
        lots = await ledger.spent_lots(connection, *place)
    return [(one.issuer_id, one.points, one.earned_at.date()) for one in lots]


async def test_what_ends_soonest_is_spent_first_and_every_issuer_is_recorded(
    world: World,
) -> None:
    await world.apply(brands=[a_bakery(), a_grocer(), a_fuel()], expiry=ROLLING)
    ada = await world.enrol("Ada")
    days = {"grocer": 3, "bakery": 1, "fuel": 2}
    for brand, day in days.items():
        await world.award(brand, ada, "100", at=datetime(2026, 3, day, 16, tzinfo=UTC))
    place = await world.redeem("fuel", ada, 280)
    assert await _spent(world, place) == [
        (world.partner("bakery").id, 200, date(2026, 3, 1)),
        (world.partner("fuel").id, 50, date(2026, 3, 2)),
        (world.partner("grocer").id, 30, date(2026, 3, 3)),
    ]
    assert (await world.balance(ada)).available == 70
    await assert_books_balance(world)


async def test_of_points_that_end_together_or_never_the_earliest_earned_are_spent_first(
    world: World,
) -> None:
    """Whenever they were posted; what was taken last goes back first."""
    await world.apply()
    ada = await world.enrol("Ada")
    for day in (5, 4, 6):
        await world.award("grocer", ada, "10", at=datetime(2026, 3, day, 16, tzinfo=UTC))
    place = await world.redeem("bakery", ada, 15)
    assert {(day.day, points) for _, points, day in await _spent(world, place)} == {(4, 10), (5, 5)}
    await world.refund("bakery", place, 7)
    assert await world.rows("SELECT seq, remaining FROM lot ORDER BY seq") == [
        (1, 10), (2, 2), (3, 10),
    ]  # fmt: skip
    hold = await world.hold("bakery", ada, 5)
    await world.capture("bakery", hold, 3)
    assert await world.rows("SELECT seq, remaining FROM lot ORDER BY seq") == [
        (1, 9), (2, 0), (3, 10),
    ]  # fmt: skip
    await assert_books_balance(world)


async def test_of_points_of_one_purchase_those_of_the_first_brand_are_spent_first(
    world: World,
) -> None:
    await world.apply(
        brands=[a_bakery(), a_grocer(), a_fuel()], promotions=[a_promotion(points_per_unit="1")]
    )
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "10", promotion="spring")
    place = await world.redeem("bakery", ada, 7)
    spent = {(brand, points) for brand, points, _ in await _spent(world, place)}
    assert spent == {(world.partner("grocer").id, 6), (world.partner("fuel").id, 1)}
    await assert_books_balance(world)


async def test_points_that_never_end_are_spent_last(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "10", at=datetime(2026, 3, 1, 16, tzinfo=UTC))
    await world.apply(expiry=ROLLING)
    await world.award("grocer", ada, "10", at=datetime(2026, 3, 9, 16, tzinfo=UTC))
    place = await world.redeem("bakery", ada, 12)
    assert [(points, day.day) for _, points, day in await _spent(world, place)] == [(10, 9), (2, 1)]
    await assert_books_balance(world)


async def test_pending_points_cannot_be_spent_before_their_day(world: World) -> None:
    await world.apply(pending_days="14")
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    world.now += timedelta(days=14, microseconds=-1)
    async with nothing_moves(world):
        with pytest.raises(NotEnoughPoints):
            await world.redeem("bakery", ada, 1)
    world.now += timedelta(microseconds=1)
    await world.redeem("bakery", ada, 100)
    await assert_books_balance(world)


async def test_a_partners_minimum_holds_at_the_time_of_the_purchase(world: World) -> None:
    later = {"valid_from": "2026-03-10", "minimum_redemption": "200"}
    await world.apply(brands=[a_grocer(), a_bakery(minimum_redemption="100", later=[later])])
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    async with nothing_moves(world):
        for points, at in ((199, world.now), (99, datetime(2026, 3, 9, 12, tzinfo=UTC))):
            with pytest.raises(BelowMinimum):
                await world.redeem("bakery", ada, points, at=at)
        with pytest.raises(BelowMinimum):
            await world.hold("bakery", ada, 199)
    await world.redeem("bakery", ada, 100, at=datetime(2026, 3, 9, 12, tzinfo=UTC))
    await world.redeem("bakery", ada, 200)
    await world.redeem("grocer", ada, 1)
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("points", "at", "code"),
    [
        (0, None, "AMOUNT_NOT_POSITIVE"),
        (-5, None, "AMOUNT_NOT_POSITIVE"),
        (2**63, None, "AMOUNT_NOT_POSITIVE"),
        (101, None, "NOT_ENOUGH_POINTS"),
        (2**63 - 1, None, "NOT_ENOUGH_POINTS"),
        (10, datetime(2026, 3, 16, tzinfo=UTC), "IN_THE_FUTURE"),
        (10, datetime(2024, 12, 1, tzinfo=UTC), "NO_AGREEMENT_ON_DATE"),
        (10, datetime(2010, 12, 1, tzinfo=UTC), "TOO_LONG_AGO"),
    ],
)
async def test_what_may_not_be_spent_leaves_no_trace(
    world: World, points: int, at: datetime | None, code: str
) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    async with nothing_moves(world):
        with pytest.raises(Refusal) as refused:
            await world.redeem("bakery", ada, points, at=at)
    assert refused.value.code == code
    assert "100" not in refused.value.message, "a partner is not told what a member has"
    await assert_books_balance(world)


async def test_who_has_locked_spending_earns_on_and_spends_nothing(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    hold = await world.hold("bakery", ada, 30)
    for turn, status in enumerate((MemberStatus.LOCKED, MemberStatus.ACTIVE)):
        await change_status(
            world.office, actor=world.operator(), idempotency_key=f"{turn}",
            member_id=ada.member_id, status=status, reason="asked for it",
        )  # fmt: skip
        if status is MemberStatus.LOCKED:
            async with nothing_moves(world):
                for act in (world.redeem, world.hold):
                    with pytest.raises(SpendLocked):
                        await act("bakery", ada, 10)
            await world.award("grocer", ada, "10")
    # What was set aside before is still the till's.
    await world.capture("bakery", hold)
    await world.redeem("bakery", ada, 80)
    await assert_books_balance(world)


async def test_a_suspended_partner_spends_nothing_and_a_leaving_one_does(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery(), a_fuel(status="leaving")])
    ada = await world.enrol("Ada", brand="grocer")
    await world.award("grocer", ada, "100")
    hold = await world.hold("bakery", ada, 10)
    spent = await world.redeem("bakery", ada, 10)
    brands = [a_grocer(), a_bakery(status="suspended"), a_fuel(status="leaving")]
    await world.apply(brands=brands)
    async with nothing_moves(world):
        for act in (
            world.redeem("bakery", ada, 10),
            world.hold("bakery", ada, 10),
            world.capture("bakery", hold),
            world.release("bakery", hold),
            world.refund("bakery", spent),
        ):
            with pytest.raises(PartnerSuspended):
                await act
    await world.redeem("fuel", ada, 10)
    await assert_books_balance(world)


async def test_the_operator_spends_nothing(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    async with nothing_moves(world):
        with pytest.raises(NotAllowed):
            await redemption.redeem_points(
                world.office,
                actor=world.operator(),
                request=redemption.SpendRequest("k", ada.ref, 10, "basket"),
                now=world.now,
            )


async def test_the_same_redemption_again_is_answered_with_the_first(world: World) -> None:
    await world.apply()
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    for who in (ada, bo):
        await world.award("grocer", who, "100")
    first = await world.redeem("bakery", ada, 100, key="k")
    async with nothing_moves(world):
        assert await world.redeem("bakery", ada, 100, key="k") == first
        for who, points in ((ada, 99), (bo, 100)):
            with pytest.raises(IdempotencyKeyReused):
                await world.redeem("bakery", who, points, key="k")
    # The same text for another verb or at another partner is another key.
    await world.hold("bakery", bo, 10, key="k")
    await world.redeem("grocer", bo, 10, key="k")
    await assert_books_balance(world)


async def test_a_refused_redemption_may_be_sent_again_once_the_points_are_there(
    world: World,
) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    with pytest.raises(NotEnoughPoints):
        await world.redeem("bakery", ada, 50, key="k")
    await world.award("grocer", ada, "50")
    await world.redeem("bakery", ada, 50, key="k")
    await assert_books_balance(world)


async def test_a_redemption_posted_late_frees_a_hold_that_ended_in_the_new_month(
    world: World,
) -> None:
    await world.apply()
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    for who in (ada, bo):
        await world.award("grocer", who, "100")
        await world.hold("bakery", who, 80)
    bought_at = world.now
    # Nothing has been posted in April yet, so its period is not open.
    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    await world.redeem("bakery", ada, 90, at=bought_at)
    await world.redeem("bakery", bo, 90)
    assert (await world.balance(ada)).available == 10
    await assert_books_balance(world)


@pytest.mark.parametrize("way", ["redeem", "capture"])
async def test_points_are_spent_at_the_terms_in_force_though_the_till_knows_older_ones(
    world: World, way: str
) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()])
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    hold = await world.hold("bakery", ada, 40)
    till = Office(world.database)
    await till.terms()
    later = {"valid_from": "2026-03-15T11:00:00Z", "redeem_price": "0.0500"}
    await world.apply(brands=[a_grocer(), a_bakery(later=[later])])
    world.office = till
    if way == "redeem":
        await world.redeem("bakery", ada, 40)
    else:
        await world.capture("bakery", hold)
    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    await world.close("2026-03")
    assert (await world.statements("2026-03"))["bakery"].redeemed.minor == 200
    await assert_books_balance(world)
