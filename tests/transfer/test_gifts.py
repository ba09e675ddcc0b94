"""Points that a member gives to another."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from coalition.household import Decision as HouseholdDecision
from coalition.kit.claims import IdempotencyKeyReused
from coalition.members import StepUpRequired, lock_spending
from coalition.redemption import NotEnoughPoints, SpendLocked, SpendPaused
from coalition.transfer import (
    Decision,
    ReceiverNotFound,
    TransferLimit,
    TransferNotFound,
    TransferOver,
    TransferState,
    TransferToOneself,
    TransferWaits,
    decide_transfer,
    find_receiver,
    gift_allowance,
    masked,
)
from tests.oauth.people import a_login
from tests.support import Person, World, assert_books_balance, nothing_moves
from tests.support.catalogue import lock, member_actor, unlock
from tests.support.sharing import Sharing


async def _two(sharing: Sharing) -> tuple[Person, Person]:
    """Ada has 200 points, which two brands gave; Bo has none."""
    world = sharing.world
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await world.award("grocer", ada, "100")
    await world.award("bakery", ada, "10")
    return ada, bo


async def _points(world: World, *people: Person) -> list[int]:
    return [(await world.balance(who)).available for who in people]


_TERMS = """
    SELECT issuer_id, agreement_id, earned_at, expires_on, points FROM lot
     WHERE member_id = $1 ORDER BY seq
"""


async def test_points_arrive_with_whoever_gave_them_and_their_last_day(sharing: Sharing) -> None:
    world = sharing.world
    ada, bo = await _two(sharing)
    had = (await _points(world, ada))[0]
    gift = await sharing.give(ada, bo.card, had)
    assert await _points(world, ada, bo) == [0, 0]
    world.now += timedelta(days=3)
    assert await sharing.answer(bo, gift, Decision.ACCEPTED) is False
    assert await sharing.answer(bo, gift, Decision.ACCEPTED) is True
    assert await _points(world, ada, bo) == [0, had]
    assert await world.rows(_TERMS, bo.member_id) == await world.rows(_TERMS, ada.member_id)
    await world.redeem("bakery", bo, had)
    world.now += timedelta(days=40)
    await world.close("2026-03")
    await assert_books_balance(world)


@pytest.mark.parametrize("to", [Decision.DECLINED, Decision.CANCELLED])
async def test_what_is_declined_or_taken_back_is_in_the_very_lots_again(
    sharing: Sharing, to: Decision
) -> None:
    world = sharing.world
    ada, bo = await _two(sharing)
    before = await _points(world, ada)
    gift = await sharing.give(ada, bo.card, 105)
    decider, other = (bo, ada) if to is Decision.DECLINED else (ada, bo)
    with pytest.raises(TransferNotFound):
        await sharing.answer(other, gift, to)
    await sharing.answer(decider, gift, to)
    assert await _points(world, ada, bo) == [*before, 0]
    assert await world.rows(
        "SELECT count(*)::int FROM lot WHERE remaining <> points OR member_id <> $1", ada.member_id
    ) == [(0,)]
    with pytest.raises(TransferOver):
        await sharing.answer(bo, gift, Decision.ACCEPTED)
    await assert_books_balance(world)


async def test_a_gift_waits_while_its_giver_has_locked_its_spending(sharing: Sharing) -> None:
    """Whoever had Ada's telephone may have sent it; and she may take it back.

    Security checklist, line 43.
    """
    world = sharing.world
    ada, bo = await _two(sharing)
    await world.award("grocer", ada, "200")
    before = await _points(world, ada)
    gifts = [await sharing.give(ada, bo.card, 100) for _ in range(3)]
    await lock(world, ada)
    async with nothing_moves(world):
        for gift in gifts:
            with pytest.raises(TransferWaits):
                await sharing.answer(bo, gift, Decision.ACCEPTED)
    await sharing.answer(ada, gifts[0], Decision.CANCELLED)
    await sharing.answer(bo, gifts[1], Decision.DECLINED)
    await unlock(world, ada)
    await sharing.answer(bo, gifts[2], Decision.ACCEPTED)
    assert await _points(world, ada, bo) == [before[0] - 100, 100]
    await assert_books_balance(world)


async def test_what_nobody_accepts_comes_back_by_itself(sharing: Sharing) -> None:
    world = sharing.world
    ada, bo = await _two(sharing)
    before = await _points(world, ada)
    gift = await sharing.give(ada, bo.card, 100)
    world.now += timedelta(days=7)
    with pytest.raises(TransferOver):
        await sharing.answer(bo, gift, Decision.ACCEPTED)
    assert await sharing.bring_back() == 1
    assert await sharing.bring_back() == 0
    assert await _points(world, ada, bo) == [*before, 0]
    assert (await sharing.gift(bo, gift)).state is TransferState.RETURNED
    await assert_books_balance(world)


async def test_a_gift_waits_no_longer_than_its_points_live(world: World) -> None:
    await world.apply(expiry={"kind": "rolling", "months": "1"})
    sharing = Sharing(world)
    ada, bo = await _two(sharing)
    world.now += timedelta(days=29)
    gift = await sharing.give(ada, bo.card, 100)
    (ends,) = await world.rows(
        "SELECT (max(expires_on) + 1)::timestamp AT TIME ZONE time_zone FROM lot, programme"
        " GROUP BY time_zone"
    )
    assert ends == ((await sharing.gift(ada, gift)).returns_at,)
    world.now += timedelta(days=4)
    assert await sharing.bring_back() == 1
    await world.expire()
    assert await _points(world, ada, bo) == [0, 0]
    await assert_books_balance(world)


async def test_a_gift_pays_first_what_its_receiver_owes(world: World) -> None:
    await world.apply(
        returns={"clawback": "unlimited", "shortfall_payer": "issuer", "debt_limit": "500"}
    )
    sharing = Sharing(world)
    ada, bo = await _two(sharing)
    award = await world.award("grocer", bo, "40")
    await world.redeem("bakery", bo, 40)
    await world.bring_back("grocer", award.place)
    assert (await world.balance(bo)).owed == 40
    await sharing.answer(bo, await sharing.give(ada, bo.card, 100), Decision.ACCEPTED)
    found = await world.balance(bo)
    assert (found.available, found.owed) == (60, 0)
    await assert_books_balance(world)


async def test_a_purchase_that_comes_back_after_its_points_were_given_is_the_givers(
    world: World,
) -> None:
    await world.apply(
        returns={"clawback": "unlimited", "shortfall_payer": "issuer", "debt_limit": "500"}
    )
    sharing = Sharing(world)
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    award = await world.award("grocer", ada, "150")
    await sharing.answer(bo, await sharing.give(ada, bo.card, 100), Decision.ACCEPTED)
    await world.bring_back("grocer", award.place)
    assert ((await world.balance(ada)).owed, (await world.balance(bo)).available) == (100, 100)
    await assert_books_balance(world)


async def test_giving_asks_who_one_is_always_and_refuses_what_may_not_be(
    world: World,
) -> None:
    await world.apply(
        sharing={"gifts": {"least": "10", "most": "90", "a_day": "120", "a_year": "200"}}
    )
    sharing = Sharing(world)
    ada, bo = await _two(sharing)
    async with nothing_moves(world):
        with pytest.raises(StepUpRequired):
            await sharing.give(ada, bo.card, 50, actor=member_actor(ada))
    actor = await sharing.proven(ada)
    async with nothing_moves(world):
        for card, points, refusal in (
            (bo.card, 9, TransferLimit),
            (bo.card, 91, TransferLimit),
            (ada.card, 50, TransferToOneself),
            ("0000", 50, ReceiverNotFound),
        ):
            with pytest.raises(refusal):
                await sharing.give(ada, card, points, actor=actor)
        with pytest.raises(NotEnoughPoints):
            await sharing.give(bo, ada.card, 50, actor=member_actor(bo, actor.grant_id))
    await sharing.give(ada, bo.card, 90, actor=actor, key="k")
    async with nothing_moves(world):
        await sharing.give(ada, bo.card, 90, actor=actor, key="k")
        with pytest.raises(IdempotencyKeyReused):
            await sharing.give(ada, bo.card, 80, actor=actor, key="k")
        with pytest.raises(TransferLimit):
            await sharing.give(ada, bo.card, 31, actor=actor)
    today = (await world.office.terms()).programme.today(world.now)
    assert await gift_allowance(world.database, ada.member_id, now=world.now, today=today) == min(
        30, (await _points(world, ada))[0]
    )
    await lock_spending(
        world.office, actor=member_actor(ada), idempotency_key="lock", now=world.now
    )
    with pytest.raises(SpendLocked):
        await sharing.give(ada, bo.card, 20, actor=actor)
    await assert_books_balance(world)


async def test_a_card_is_checked_by_a_covered_name_and_strangers_are_all_alike(
    sharing: Sharing,
) -> None:
    world = sharing.world
    ada, bo = await _two(sharing)
    gone = await world.enrol("Gone")
    await world.repair("member", f"status = 'closed' WHERE member_id = {gone.member_id}")
    found = await find_receiver(world.database, actor=member_actor(ada), card=bo.card)
    assert found == "B\N{BULLET}\N{BULLET}\N{BULLET}"
    said = []
    for card in (ada.card, gone.card, "0000"):
        with pytest.raises(ReceiverNotFound) as refused:
            await find_receiver(world.database, actor=member_actor(ada), card=card)
        said.append((refused.value.message, refused.value.field))
    assert len(set(said)) == 1
    assert masked(None, " ") is None


async def test_a_gift_is_accepted_or_comes_back_and_never_both(sharing: Sharing) -> None:
    world = sharing.world
    ada, bo = await _two(sharing)
    before = (await _points(world, ada))[0]
    gift = await sharing.give(ada, bo.card, 100)
    acts = [sharing.answer(bo, gift, Decision.ACCEPTED) for _ in range(3)]
    acts += [sharing.answer(ada, gift, Decision.CANCELLED) for _ in range(3)]
    acts.append(sharing.answer(bo, gift, Decision.DECLINED))
    found = await asyncio.gather(*acts, return_exceptions=True)
    assert {type(one) for one in found} == {bool, TransferOver}
    assert found.count(False) == 1  # decided now; True: decided so before
    assert sum(await _points(world, ada, bo)) == before
    await assert_books_balance(world)


async def test_accepting_at_the_last_moment_and_the_job_at_once_decide_once(
    sharing: Sharing,
) -> None:
    world = sharing.world
    ada, bo = await _two(sharing)
    before = (await _points(world, ada))[0]
    gift = await sharing.give(ada, bo.card, 100)
    world.now += timedelta(days=7)
    accepting = decide_transfer(
        world.office,
        actor=member_actor(bo),
        transfer_id=gift,
        to=Decision.ACCEPTED,
        now=world.now - timedelta(seconds=1),
    )
    returned, answered = await asyncio.gather(
        sharing.bring_back(), accepting, return_exceptions=True
    )
    assert (returned == 1) == isinstance(answered, TransferOver)
    assert sum(await _points(world, ada, bo)) == before
    await assert_books_balance(world)


async def test_points_of_a_household_are_given_by_whom_they_are(sharing: Sharing) -> None:
    world = sharing.world
    ada, bo = await _two(sharing)
    cy = await world.enrol("Cy")
    await sharing.found(bo)
    await sharing.take_in(bo, ada)
    with pytest.raises(NotEnoughPoints):
        await sharing.give(bo, cy.card, 100)
    await sharing.give(ada, cy.card, 100)
    await assert_books_balance(world)


async def test_who_took_over_an_account_cannot_move_its_points_either(sharing: Sharing) -> None:
    """While nothing is spent after a change of address or password, nothing is given, and nobody
    else is let spend.
    """
    world = sharing.world
    ada, bo = await _two(sharing)
    await sharing.found(bo)
    await sharing.invite(bo, ada.card)
    (invited,) = [one for one in await sharing.invitations(ada) if one.is_own]
    async with world.administering() as connection:
        await connection.execute(
            sa.text("UPDATE member SET spend_paused_until = :until WHERE member_id = :id"),
            {"until": world.now + timedelta(hours=24), "id": ada.member_id},
        )
    proven = await sharing.proven(ada)
    async with nothing_moves(world):
        with pytest.raises(SpendPaused):
            await sharing.give(ada, bo.card, 100, actor=proven)
        with pytest.raises(SpendPaused):
            await sharing.decide(ada, HouseholdDecision.ACCEPTED, invited.id, actor=proven)
    world.now += timedelta(hours=25)
    await sharing.give(ada, bo.card, 100)
    await assert_books_balance(world)


async def test_who_gives_is_told_by_mail(sharing: Sharing) -> None:
    """M12: whoever gives somebody else's points away is seen."""
    world = sharing.world
    ada, bo = await _two(sharing)
    await a_login(world, "ada@example.com", member=ada)
    await sharing.give(ada, bo.card, 100)
    mails = await world.rows("SELECT kind, address, facts ->> 'points' FROM mail")
    assert mails == [("POINTS_GIVEN", "ada@example.com", "100")]
