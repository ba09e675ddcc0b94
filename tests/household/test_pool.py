"""A household spends together, and everybody's points stay its own."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from coalition.household import Role
from coalition.members import lock_spending
from coalition.redemption import NotEnoughPoints, SpendPaused
from tests.support import Person, World, assert_books_balance, nothing_moves
from tests.support.catalogue import Counter, a_voucher, member_actor
from tests.support.sharing import Sharing


@pytest.fixture
async def ada(sharing: Sharing) -> Person:
    """She has 100 points of the bakery, earned after those of her household, and owns it."""
    return await sharing.world.enrol("Ada")


async def _family(sharing: Sharing, ada: Person, role: Role = Role.SPENDER) -> Person:
    """Bo has 100 points of the grocer, which end a day before Ada's."""
    world = sharing.world
    bo = await world.enrol("Bo")
    await world.award("grocer", bo, "100")
    world.now += timedelta(days=1)
    await world.award("grocer", ada, "100")
    await sharing.found(ada)
    await sharing.take_in(ada, bo, role)
    return bo


async def _points(world: World, *people: Person) -> list[int]:
    return [(await world.balance(who)).available for who in people]


async def _lots(world: World, who: Person) -> list[tuple[object, ...]]:
    return await world.rows(
        "SELECT points, remaining, held, extended_from FROM lot WHERE member_id = $1 ORDER BY seq",
        who.member_id,
    )


async def test_the_points_that_end_first_are_spent_first_whoever_has_them(
    sharing: Sharing, ada: Person
) -> None:
    world = sharing.world
    bo = await _family(sharing, ada)
    place = await world.redeem("bakery", ada, 130)
    assert place[0] == ada.member_id
    assert await _points(world, ada, bo) == [70, 0]
    spent = await world.rows(
        "SELECT sum(points)::int, count(*)::int FROM lot_use WHERE (member_id, seq) = ($1, $2)",
        *place,
    )
    assert spent == [(130, 2)]
    await assert_books_balance(world)


async def test_a_refund_goes_home_into_the_very_lots(sharing: Sharing, ada: Person) -> None:
    world = sharing.world
    bo = await _family(sharing, ada)
    place = await world.redeem("bakery", ada, 130)
    await world.refund("bakery", place, 50)
    assert await _points(world, ada, bo) == [100, 20]
    await world.refund("bakery", place)
    assert await _points(world, ada, bo) == [100, 100]
    assert await _lots(world, bo) == [(100, 100, 0, None)]
    await assert_books_balance(world)


async def test_what_is_set_aside_goes_home_when_it_is_released_captured_in_part_or_forgotten(
    sharing: Sharing, ada: Person
) -> None:
    world = sharing.world
    bo = await _family(sharing, ada)
    await world.release("bakery", await world.hold("bakery", ada, 150))
    assert await _points(world, ada, bo) == [100, 100]
    await world.capture("bakery", await world.hold("bakery", ada, 150), 60)
    assert await _points(world, ada, bo) == [100, 40]
    await world.hold("bakery", ada, 140, seconds=60)
    world.now += timedelta(minutes=2)
    # Nobody has posted it yet: it is neither Ada's nor lost.
    assert await _points(world, ada, bo) == [100, 0]
    assert await world.sweep() == 1
    assert await _points(world, ada, bo) == [100, 40]
    await assert_books_balance(world)


async def test_a_voucher_is_claimed_with_everybodys_points_and_given_back(
    sharing: Sharing, ada: Person
) -> None:
    world, counter = sharing.world, Counter(sharing.world)
    bo = await _family(sharing, ada)
    reward = await counter.put("bakery", a_voucher(points=200))
    await counter.load("bakery", reward, "A")
    claim = await counter.claim(ada, reward)
    assert await _points(world, ada, bo) == [0, 0]
    await counter.cancel(ada, claim.place)
    assert await _points(world, ada, bo) == [100, 100]
    await assert_books_balance(world)


@pytest.mark.parametrize("role", [Role.COLLECTOR, Role.CHILD])
async def test_who_only_collects_spends_its_own(sharing: Sharing, ada: Person, role: Role) -> None:
    world = sharing.world
    bo = await _family(sharing, ada, role)
    async with nothing_moves(world):
        with pytest.raises(NotEnoughPoints):
            await world.redeem("bakery", bo, 101)
    await world.redeem("bakery", bo, 100)
    assert await _points(world, ada, bo) == [100, 0]
    await sharing.change(ada, bo, Role.SPENDER)
    await world.redeem("bakery", bo, 100)
    assert await _points(world, ada, bo) == [0, 0]
    await assert_books_balance(world)


async def test_who_has_locked_its_spending_gives_nothing(sharing: Sharing, ada: Person) -> None:
    world = sharing.world
    bo = await _family(sharing, ada)
    await lock_spending(world.office, actor=member_actor(bo), idempotency_key="lock", now=world.now)
    async with nothing_moves(world):
        with pytest.raises(NotEnoughPoints):
            await world.redeem("bakery", ada, 101)
    await world.redeem("bakery", ada, 100)
    assert await _points(world, ada, bo) == [0, 100]


async def test_who_took_over_an_account_spends_nothing_of_it_by_way_of_its_household(
    sharing: Sharing, ada: Person
) -> None:
    """After a change of password Ada spends nothing for a day, and nobody spends her points: not
    who is invited in that time, and not who was there before.
    """
    world = sharing.world
    bo = await _family(sharing, ada)
    cy = await world.enrol("Cy")
    async with world.administering() as connection:
        await connection.execute(
            sa.text("UPDATE member SET spend_paused_until = :until WHERE member_id = :id"),
            {"until": world.now + timedelta(hours=24), "id": ada.member_id},
        )
    assert await sharing.pooled(bo) == 100
    actor = await sharing.proven(ada)
    async with nothing_moves(world):
        with pytest.raises(NotEnoughPoints):
            await world.redeem("bakery", bo, 130)
        for role in (Role.SPENDER, Role.OWNER):
            with pytest.raises(SpendPaused):
                await sharing.invite(ada, cy.card, role, actor=actor)
    world.now += timedelta(hours=24)
    assert await sharing.pooled(bo) == 200
    await world.redeem("bakery", bo, 130)
    await assert_books_balance(world)


async def test_pending_and_ended_points_of_others_are_not_spent(world: World) -> None:
    await world.apply(pending_days="3", expiry={"kind": "rolling", "months": "1"})
    sharing = Sharing(world)
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await world.award("grocer", bo, "100")
    await sharing.found(ada)
    await sharing.take_in(ada, bo)
    with pytest.raises(NotEnoughPoints):
        await world.redeem("bakery", ada, 50)
    world.now += timedelta(days=3, hours=1)
    await world.redeem("bakery", ada, 50)
    world.now += timedelta(days=30)
    with pytest.raises(NotEnoughPoints):
        await world.redeem("bakery", ada, 50)
    await assert_books_balance(world)


async def test_what_comes_back_after_its_last_day_lives_on_at_home(world: World) -> None:
    await world.apply(expiry={"kind": "rolling", "months": "1"}, refund_grace_days="10")
    sharing = Sharing(world)
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await world.award("grocer", bo, "100")
    await sharing.found(ada)
    await sharing.take_in(ada, bo)
    place = await world.redeem("bakery", ada, 60)
    world.now += timedelta(days=40)
    await world.refund("bakery", place)
    # The forty that nobody spent have ended; the sixty have ten days more.
    assert await _points(world, ada, bo) == [0, 60]
    (row,) = await world.rows(
        "SELECT expires_on - $2::date, extended_from IS NOT NULL FROM lot WHERE member_id = $1",
        bo.member_id, world.now.date(),
    )  # fmt: skip
    assert row == (10, True)
    await assert_books_balance(world)
    world.now += timedelta(days=11)
    assert await world.expire() == 60
    await assert_books_balance(world)


async def test_who_leaves_keeps_its_points_and_gets_back_what_was_set_aside_of_them(
    sharing: Sharing, ada: Person
) -> None:
    world = sharing.world
    bo = await _family(sharing, ada)
    hold = await world.hold("bakery", ada, 60)
    await sharing.leave(bo)
    assert await _points(world, ada, bo) == [100, 40]
    with pytest.raises(NotEnoughPoints):
        await world.redeem("bakery", ada, 101)
    await world.release("bakery", hold)
    assert await _points(world, ada, bo) == [100, 100]
    await assert_books_balance(world)


async def test_what_a_household_spends_costs_whoever_gave_the_points(
    sharing: Sharing, ada: Person
) -> None:
    """Each brand is billed as if everybody had spent its own."""
    world = sharing.world
    bo = await world.enrol("Bo")
    await world.award("bakery", bo, "10")
    (bakery,) = await world.rows("SELECT issuer_id, agreement_id FROM lot")
    world.now += timedelta(days=1)
    await world.award("grocer", ada, "100")
    await sharing.found(ada)
    await sharing.take_in(ada, bo)
    place = await world.redeem("grocer", ada, 10)
    (used,) = await world.rows(
        "SELECT u.issuer_id, l.agreement_id FROM lot_use u JOIN lot l ON l.member_id = u.member_id"
        " AND l.seq = u.lot_seq WHERE (u.member_id, u.seq) = ($1, $2)",
        *place,
    )
    assert used == bakery
    world.now += timedelta(days=40)
    await world.close("2026-03")
    await assert_books_balance(world)
