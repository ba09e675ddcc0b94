"""Who is in a household, and what each may do there."""

from datetime import timedelta

import pytest

from coalition.household import (
    Decision,
    HouseholdCoolDown,
    HouseholdFull,
    HouseholdInvitationNotFound,
    HouseholdInvitationOver,
    HouseholdNeedsOwner,
    HouseholdNotFound,
    InAHousehold,
    NotAnOwner,
    Role,
    TooManyInvitations,
    leave_household,
    movements_of,
)
from coalition.kit.claims import IdempotencyKeyReused
from coalition.members import StepUpRequired
from tests.support import Person, World, assert_books_balance, nothing_moves
from tests.support.catalogue import member_actor
from tests.support.sharing import Sharing


async def _three(sharing: Sharing) -> tuple[Person, Person, Person]:
    """Ada owns a household; Bo spends there; Cy is its child."""
    ada, bo, cy = [await sharing.world.enrol(name) for name in ("Ada", "Bo", "Cy")]
    await sharing.found(ada)
    await sharing.take_in(ada, bo)
    await sharing.take_in(ada, cy, Role.CHILD)
    return ada, bo, cy


async def test_everybody_sees_who_is_there_and_a_child_sees_its_own_figures(
    sharing: Sharing,
) -> None:
    world = sharing.world
    ada, bo, cy = await _three(sharing)
    await world.award("grocer", bo, "100")
    await world.award("grocer", cy, "30")
    await world.redeem("bakery", ada, 20)
    home = await sharing.home(ada)
    assert home is not None
    assert [(one.name, one.role.value, one.earned, one.spent, one.spendable)
            for one in home.stays] == [
        ("Ada", "OWNER", 0, 20, 0), ("Bo", "SPENDER", 100, 0, 80), ("Cy", "CHILD", 30, 0, 30),
    ]  # fmt: skip
    assert home.pooled == 110
    small = await sharing.home(cy)
    assert small is not None
    assert [(one.name, one.earned) for one in small.stays] == [
        ("Ada", None), ("Bo", None), ("Cy", 30),
    ]  # fmt: skip
    assert small.pooled == 30
    last = await movements_of(world.database, bo.member_id, limit=10)
    assert sorted((one.name, one.points) for one in last) == [("Ada", -20), ("Bo", 100), ("Cy", 30)]
    own = await movements_of(world.database, cy.member_id, limit=10)
    assert [(one.name, one.points) for one in own] == [("Cy", 30)]


async def test_a_card_of_nobody_is_answered_and_listed_like_one_of_somebody(
    sharing: Sharing,
) -> None:
    world = sharing.world
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await sharing.found(ada)
    assert await sharing.invite(ada, bo.card) is await sharing.invite(ada, "0000000009999")
    one, other = await sharing.invitations(ada)
    assert (one.shown, other.shown) == (bo.card[-4:], "9999")
    assert (one.inviter, one.members, one.role) == (other.inviter, other.members, other.role)
    assert len(await sharing.invitations(bo)) == 1
    for invited in (one, other):
        await sharing.decide(ada, Decision.WITHDRAWN, invited.id)
    assert await sharing.invitations(bo) == []


async def test_a_session_that_was_left_open_brings_nobody_in_to_spend(sharing: Sharing) -> None:
    world = sharing.world
    ada, bo, cy = [await world.enrol(name) for name in ("Ada", "Bo", "Cy")]
    await sharing.found(ada)
    async with nothing_moves(world):
        for role in (Role.SPENDER, Role.OWNER):
            with pytest.raises(StepUpRequired):
                await sharing.invite(ada, bo.card, role, actor=member_actor(ada))
    await sharing.invite(ada, cy.card, Role.CHILD, actor=member_actor(ada))
    await sharing.invite(ada, bo.card, Role.SPENDER)
    assert [one.role for one in await sharing.invitations(bo)] == [Role.SPENDER]


async def test_who_accepts_must_have_shown_that_it_is_it_and_does_so_once(
    sharing: Sharing,
) -> None:
    world = sharing.world
    ada, bo, cy = [await world.enrol(name) for name in ("Ada", "Bo", "Cy")]
    await sharing.found(ada)
    await sharing.invite(ada, bo.card)
    (invitation,) = await sharing.invitations(bo)
    async with nothing_moves(world):
        with pytest.raises(StepUpRequired):
            await sharing.decide(bo, Decision.ACCEPTED, invitation.id, actor=member_actor(bo))
        for stranger in (cy, ada):
            with pytest.raises(HouseholdInvitationNotFound):
                await sharing.decide(
                    stranger, Decision.ACCEPTED, invitation.id, actor=member_actor(stranger)
                )
    assert await sharing.decide(bo, Decision.ACCEPTED, invitation.id) is False
    assert await sharing.decide(bo, Decision.ACCEPTED, invitation.id) is True
    with pytest.raises(HouseholdInvitationOver):
        await sharing.decide(bo, Decision.DECLINED, invitation.id)


async def test_an_invitation_that_nobody_answers_is_over(sharing: Sharing) -> None:
    ada, bo = await sharing.world.enrol("Ada"), await sharing.world.enrol("Bo")
    await sharing.found(ada)
    await sharing.invite(ada, bo.card)
    (invitation,) = await sharing.invitations(bo)
    sharing.world.now += timedelta(days=14)
    assert await sharing.invitations(bo) == []
    with pytest.raises(HouseholdInvitationOver):
        await sharing.decide(bo, Decision.ACCEPTED, invitation.id)


async def test_nobody_is_in_two_households_and_who_left_one_waits(sharing: Sharing) -> None:
    world = sharing.world
    ada, bo, _ = await _three(sharing)
    dee = await world.enrol("Dee")
    await sharing.found(dee)
    await sharing.invite(dee, bo.card)
    (invitation,) = await sharing.invitations(bo)
    with pytest.raises(InAHousehold):
        await sharing.decide(bo, Decision.ACCEPTED, invitation.id)
    await sharing.leave(bo)
    for act in (sharing.decide(bo, Decision.ACCEPTED, invitation.id), sharing.found(bo)):
        with pytest.raises(HouseholdCoolDown):
            await act
    world.now += timedelta(days=180)
    await sharing.found(bo)
    home = await sharing.home(ada)
    assert home is not None
    assert [one.name for one in home.stays] == ["Ada", "Cy"]
    await assert_books_balance(world)


async def test_an_owner_sends_away_and_there_is_always_one(sharing: Sharing) -> None:
    ada, bo, cy = await _three(sharing)
    with pytest.raises(NotAnOwner):
        await sharing.leave(bo, gone=cy)
    for act in (sharing.leave(ada), sharing.change(ada, ada, Role.SPENDER)):
        with pytest.raises(HouseholdNeedsOwner):
            await act
    await sharing.change(ada, bo, Role.OWNER)
    await sharing.leave(ada)
    await sharing.leave(bo, gone=cy)
    assert await sharing.home(cy) is None
    await sharing.leave(bo, key="last")
    assert await sharing.leave(bo, key="last") is True
    with pytest.raises(HouseholdNotFound):
        await sharing.leave(bo)
    await assert_books_balance(sharing.world)


async def test_a_household_is_full_with_whom_it_has_invited(world: World) -> None:
    await world.apply(sharing={"household": {"members": "2"}})
    sharing = Sharing(world)
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await sharing.found(ada)
    await sharing.invite(ada, "123456789")
    with pytest.raises(HouseholdFull):
        await sharing.invite(ada, bo.card)
    for turn in range(4):
        mine = [one for one in await sharing.invitations(ada) if not one.is_own]
        await sharing.decide(ada, Decision.WITHDRAWN, mine[0].id)
        if turn == 3:
            with pytest.raises(TooManyInvitations):
                await sharing.invite(ada, bo.card)
        else:
            await sharing.invite(ada, f"12345678{turn}")


async def test_a_key_counts_once_and_for_one_request(sharing: Sharing) -> None:
    ada = await sharing.world.enrol("Ada")
    assert await sharing.found(ada, key="k") is False
    assert await sharing.found(ada, key="k") is True
    actor = await sharing.proven(ada)
    assert await sharing.invite(ada, "123456789", key="i", actor=actor) is False
    async with nothing_moves(sharing.world):
        assert await sharing.invite(ada, "123456789", key="i", actor=actor) is True
        with pytest.raises(IdempotencyKeyReused):
            await sharing.invite(ada, "123456780", key="i", actor=actor)


async def test_what_is_of_another_household_is_not_there(sharing: Sharing) -> None:
    ada, _, _ = await _three(sharing)
    dee = await sharing.world.enrol("Dee")
    await sharing.found(dee)
    with pytest.raises(Exception, match="Nobody of your household"):
        await sharing.leave(dee, gone=ada)
    with pytest.raises(Exception, match="Nobody of your household"):
        await leave_household(
            sharing.world.office, asked=sharing._asked(member_actor(dee), None), stay_id=0
        )
