"""What stops a thief who has a member's card or telephone, and lets the member through."""

from datetime import timedelta

import pytest

from coalition.members import StepUpRequired, confirm_spending, unlock_spending
from coalition.redemption import SpendLocked, VelocityLimit
from tests.support import (
    Person,
    World,
    a_bakery,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)
from tests.support.catalogue import Counter, a_reward, lock, member_actor
from tests.support.edge import HOLD, REDEEM, codes, edge_of


async def _ada(world: World, spending: dict[str, object] | None = None) -> Person:
    await world.apply(spending=spending or {})
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000.00")
    return ada


async def _blocked(world: World) -> int:
    (row,) = await world.rows("SELECT count(*) FROM event WHERE kind = 15")
    return int(str(row[0]))


async def test_a_small_test_and_then_most_of_it_within_the_hour_is_stopped_and_told(
    world: World,
) -> None:
    """By default: no file says so."""
    ada = await _ada(world)
    await world.hold("bakery", ada, 10)
    with pytest.raises(StepUpRequired):
        await world.redeem("grocer", ada, 495)
    with pytest.raises(StepUpRequired):
        await world.hold("bakery", ada, 990)
    assert (await world.balance(ada)).available == 990
    assert await _blocked(world) == 2
    await world.redeem("bakery", ada, 494)
    world.now += timedelta(hours=1)
    await world.redeem("bakery", ada, 400)


async def test_who_has_just_shown_that_it_is_it_passes(world: World) -> None:
    ada = await _ada(world)
    counter = Counter(world)
    hamper = await counter.put("bakery", a_reward(points=600))
    await world.redeem("bakery", ada, 10)
    stale = await counter.proof(ada, age=timedelta(minutes=11))
    for grant in (None, stale):
        with pytest.raises(StepUpRequired):
            await counter.claim(ada, hamper, grant=grant)
    with pytest.raises(StepUpRequired):
        await confirm_spending(
            world.office, actor=member_actor(ada, stale), idempotency_key="c", now=world.now
        )
    fresh = await counter.proof(ada)
    await counter.claim(ada, hamper, grant=fresh)
    # At a till, which knows nothing of her telephone, after she has confirmed there.
    with pytest.raises(StepUpRequired):
        await world.redeem("grocer", ada, 390)
    await confirm_spending(
        world.office, actor=member_actor(ada, fresh), idempotency_key="c", now=world.now
    )
    await world.redeem("grocer", ada, 390)


@pytest.mark.parametrize("answer", ["step_up", "refuse"])
async def test_limits_count_spends_and_points_in_a_time_in_all_or_at_a_brand(
    world: World, answer: str
) -> None:
    refusal = {"step_up": StepUpRequired, "refuse": VelocityLimit}[answer]
    limits = [
        {"minutes": "60", "points": "300", "then": answer},
        {"minutes": "1440", "times": "3", "per_brand": "true", "then": answer},
    ]
    ada = await _ada(world, spending={"drain": None, "limits": limits})
    await world.redeem("bakery", ada, 200)
    await world.hold("bakery", ada, 50)
    with pytest.raises(refusal):
        await world.redeem("grocer", ada, 51)
    await world.redeem("bakery", ada, 50)
    world.now += timedelta(minutes=61)
    # Two spends are left of the day: the hold has ended by itself.
    await world.redeem("bakery", ada, 10)
    with pytest.raises(refusal):
        await world.redeem("bakery", ada, 10)
    await world.redeem("grocer", ada, 10)
    world.now += timedelta(days=1)
    await world.redeem("bakery", ada, 10)


async def test_a_member_locks_its_spending_and_only_a_fresh_proof_opens_it(world: World) -> None:
    ada = await _ada(world)
    counter = Counter(world)
    coffee = await counter.put("bakery", a_reward())
    hold = await world.hold("bakery", ada, 100)
    await lock(world, ada)
    async with nothing_moves(world):
        with pytest.raises(SpendLocked):
            await world.hold("bakery", ada, 50)
        with pytest.raises(SpendLocked):
            await world.redeem("grocer", ada, 50)
        with pytest.raises(SpendLocked):
            await counter.claim(ada, coffee)
        with pytest.raises(StepUpRequired):
            await unlock_spending(
                world.office, actor=member_actor(ada), idempotency_key="u", now=world.now
            )
    await world.award("bakery", ada, "10.00")
    # What was held before is paid: the basket was packed.
    await world.capture("bakery", hold)
    await unlock_spending(
        world.office, actor=member_actor(ada, await counter.proof(ada)), idempotency_key="u",
        now=world.now,
    )  # fmt: skip
    await counter.claim(ada, coffee)


async def test_every_brand_sees_at_once_that_a_member_has_locked_its_spending(
    world: World,
) -> None:
    applied = await world.apply(brands=[a_bakery(), a_grocer()])
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100.00")
    await lock(world, ada)
    async with edge_of(world, applied.new_secrets) as edge:
        for till in ("bakery-till", "grocer-till"):
            seen = await edge.ask(
                till,
                "query ($ref: MemberRef!) { member(ref: $ref)"
                ' { spendingLocked canSpend(points: "1") } }',
                ref={"card": ada.card},
            )
            assert seen == {"spendingLocked": True, "canSpend": False}


async def test_a_till_that_says_an_earlier_time_passes_no_limit(world: World) -> None:
    """Corner Bakery's till says that each spend was some days ago; what counts is when it asked.

    Security checklist, line 42.
    """
    limits = [{"minutes": "60", "points": "300", "then": "refuse"}]
    applied = await world.apply(spending={"limits": limits})
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000.00", at=world.now - timedelta(days=30))
    async with edge_of(world, applied.new_secrets) as edge:

        async def spend(document: str, points: int, *, days_ago: int) -> list[str]:
            said = {
                "idempotencyKey": f"spend-{points}-{days_ago}",
                "member": {"card": ada.card},
                "points": str(points),
                "reference": "basket",
                "occurredAt": (world.now - timedelta(days=days_ago)).isoformat(),
            }
            return codes(await edge.ask("bakery-till", document, input=said))

        assert await spend(REDEEM, 10, days_ago=3) == []
        async with nothing_moves(world, besides={"event"}):
            # Most of it, within the hour of a small test.
            assert await spend(REDEEM, 600, days_ago=5) == ["STEP_UP_REQUIRED"]
            assert await spend(HOLD, 600, days_ago=4) == ["STEP_UP_REQUIRED"]
        assert await spend(HOLD, 200, days_ago=2) == []
        async with nothing_moves(world, besides={"event"}):
            assert await spend(REDEEM, 91, days_ago=6) == ["VELOCITY_LIMIT"]
            assert await spend(HOLD, 91, days_ago=1) == ["VELOCITY_LIMIT"]
        assert await spend(REDEEM, 90, days_ago=6) == []
        world.now += timedelta(hours=1)
        assert await spend(REDEEM, 300, days_ago=0) == []
    await assert_books_balance(world)


async def test_points_of_a_hold_count_once_from_when_it_was_set_aside(world: World) -> None:
    limits = [{"minutes": "60", "points": "300", "then": "refuse"}]
    ada = await _ada(world, spending={"drain": None, "limits": limits})
    hold = await world.hold("bakery", ada, 200, seconds=86_400)
    world.now += timedelta(minutes=40)
    await world.capture("bakery", hold, 150)
    async with nothing_moves(world, besides={"event"}):
        with pytest.raises(VelocityLimit):
            await world.redeem("grocer", ada, 151)
    await world.redeem("grocer", ada, 150)
    # The hour of the hold is over, though not that of its capture.
    world.now += timedelta(minutes=20)
    await world.redeem("grocer", ada, 150)
    await assert_books_balance(world)
