"""A period goes through its states one by one: each step once, with the name of who took it, and by
two people where one could harm the others.
"""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from coalition import settlement
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed
from coalition.settlement import State, Waiver
from coalition.settlement.errors import (
    AnotherPersonNeeded,
    ItemsOpen,
    NothingToWaive,
    PeriodNotFound,
    PeriodNotReady,
)
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves

JANUARY = "2026-01"
NEW_YORK = ZoneInfo("America/New_York")


async def _a_january(world: World) -> None:
    await world.apply(brands=[a_bakery(), a_grocer()])
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "500")
    await world.redeem("bakery", ada, 120)
    world.now = datetime(2026, 2, 1, tzinfo=NEW_YORK)


async def _advance(world: World, to: State, *, by: str = "treasurer") -> settlement.Advanced:
    return await settlement.advance_period(
        world.office, actor=world.operator(client=by), label=JANUARY, to=to, now=world.now
    )


async def _steps(world: World) -> list[tuple[str, str]]:
    period = await world.period(JANUARY)
    async with world.database.reading(EVERYTHING) as connection:
        return [(one.state, one.person) for one in await settlement.steps_of(connection, period.id)]


async def _open_items(world: World, brand: str, items: int, state: State) -> None:
    """As the reconciliation of a partner's file says it."""
    await world.with_gate(brand, JANUARY, state.value, "RECONCILIATION", items)


async def _waive(world: World, by: str, brand: str = "grocer") -> settlement.Gate:
    waiver = Waiver(JANUARY, State.CALCULATED, brand, "RECONCILIATION", "the file comes late")
    return await settlement.waive_items(
        world.office, actor=world.operator(client=by), waiver=waiver, now=world.now
    )


async def test_a_period_goes_through_every_state_and_each_step_names_who_led_it(
    world: World,
) -> None:
    await _a_january(world)
    await world.close(JANUARY)
    assert (await world.approve(JANUARY)).period.state == "final"
    for state in (State.INSTRUCTED, State.SETTLED, State.LOCKED):
        assert (await _advance(world, state)).period.state == state
        again = await _advance(world, state)
        assert (again.already_there, again.period.state) == (True, state)
    closer, approver = "client operator", "client approver"
    assert await _steps(world) == [
        ("closing", closer), ("reconciling", closer), ("calculated", closer), ("closed", closer),
        ("final", approver), *((state, "client treasurer") for state in
                               ("instructed", "settled", "locked")),
    ]  # fmt: skip
    await assert_books_balance(world)


async def test_who_closed_a_period_cannot_approve_it(world: World) -> None:
    await _a_january(world)
    await world.close(JANUARY)
    async with nothing_moves(world):
        with pytest.raises(AnotherPersonNeeded, match="You have closed 2026-01"):
            await world.approve(JANUARY, by="operator")
    await world.approve(JANUARY)
    await assert_books_balance(world)


async def test_a_step_is_taken_from_the_state_before_it_only(world: World) -> None:
    await _a_january(world)
    async with nothing_moves(world):
        with pytest.raises(PeriodNotReady, match="2026-01 is open: close it"):
            await world.approve(JANUARY)
    await world.close(JANUARY)
    async with nothing_moves(world):
        for state in (State.INSTRUCTED, State.SETTLED, State.LOCKED):
            with pytest.raises(PeriodNotReady, match="2026-01 is closed"):
                await _advance(world, state)
        with pytest.raises(PeriodNotFound):
            await world.approve("2026-07")
    await world.approve(JANUARY)
    async with nothing_moves(world):
        with pytest.raises(PeriodNotReady, match="final: it becomes locked after it was settled"):
            await _advance(world, State.LOCKED)


async def test_open_items_keep_a_period_from_its_statements_until_they_are_resolved(
    world: World,
) -> None:
    await _a_january(world)
    await _open_items(world, "grocer", 3, State.CALCULATED)
    with pytest.raises(ItemsOpen, match="grocer has 3 open items of reconciliation"):
        await world.close(JANUARY)
    assert (await world.period(JANUARY)).state == "reconciling"
    assert await world.statements(JANUARY) == {}
    async with nothing_moves(world):
        with pytest.raises(ItemsOpen):
            await settlement.preview_close(
                world.office, actor=world.operator(), label=JANUARY, now=world.now
            )
    await _open_items(world, "grocer", 0, State.CALCULATED)
    assert not (await world.close(JANUARY)).already_closed
    await assert_books_balance(world)


async def test_two_people_let_a_period_pass_in_spite_of_open_items(world: World) -> None:
    await _a_january(world)
    await _open_items(world, "grocer", 3, State.CALCULATED)
    assert (await _waive(world, "anna")).waivers == 1
    # The same person twice is still one.
    assert (await _waive(world, "anna")).waivers == 1
    with pytest.raises(ItemsOpen):
        await world.close(JANUARY)
    assert (await _waive(world, "bert")).waivers == 2
    async with nothing_moves(world):
        with pytest.raises(NothingToWaive):
            await _waive(world, "carl")
        with pytest.raises(NothingToWaive):
            await _waive(world, "carl", brand="nobody")
    assert not (await world.close(JANUARY)).already_closed
    await assert_books_balance(world)


async def test_what_is_found_after_a_waiver_was_not_waived(world: World) -> None:
    await _a_january(world)
    await _open_items(world, "grocer", 3, State.CALCULATED)
    await _waive(world, "anna")
    await _waive(world, "bert")
    await _open_items(world, "grocer", 3, State.CALCULATED)
    await _open_items(world, "grocer", 4, State.CALCULATED)
    with pytest.raises(ItemsOpen, match="4 open items"):
        await world.close(JANUARY)


async def test_payments_that_are_open_keep_a_period_from_being_settled(world: World) -> None:
    await _a_january(world)
    await world.close(JANUARY)
    await world.approve(JANUARY)
    await _advance(world, State.INSTRUCTED)
    await _open_items(world, "bakery", 1, State.SETTLED)
    async with nothing_moves(world):
        with pytest.raises(ItemsOpen, match="2026-01 cannot become settled yet"):
            await _advance(world, State.SETTLED)
    await _open_items(world, "bakery", 0, State.SETTLED)
    assert (await _advance(world, State.SETTLED)).period.state == "settled"


async def test_two_people_at_once_lead_a_period_one_step(world: World) -> None:
    await _a_january(world)
    await world.close(JANUARY)
    approved = await asyncio.gather(*(world.approve(JANUARY, by=f"p{n}") for n in range(5)))
    assert sum(not one.already_final for one in approved) == 1
    advanced = await asyncio.gather(*(_advance(world, State.INSTRUCTED) for _ in range(5)))
    assert sum(not one.already_there for one in advanced) == 1
    assert len(await _steps(world)) == 6
    assert await world.rows("SELECT count(*) FROM settlement_run WHERE kind = 'NETTING'") == [(1,)]
    await assert_books_balance(world)


async def test_partners_lead_no_period_anywhere(world: World) -> None:
    await _a_january(world)
    await world.close(JANUARY)
    async with nothing_moves(world):
        with pytest.raises(NotAllowed):
            await settlement.approve_period(
                world.office, actor=world.actor("grocer"), label=JANUARY, now=world.now
            )
        with pytest.raises(NotAllowed):
            await settlement.advance_period(
                world.office, actor=world.actor("grocer"), label=JANUARY, to=State.INSTRUCTED,
                now=world.now,
            )  # fmt: skip
        with pytest.raises(NotAllowed):
            await settlement.waive_items(
                world.office,
                actor=world.actor("grocer"),
                waiver=Waiver(JANUARY, State.CALCULATED, "grocer", "RECONCILIATION", "please"),
                now=world.now,
            )


async def test_partners_see_statements_when_they_are_published_and_not_before(
    world: World,
) -> None:
    await _a_january(world)
    await _open_items(world, "grocer", 1, State.CLOSED)
    with pytest.raises(ItemsOpen):
        await world.close(JANUARY)
    assert (await world.period(JANUARY)).state == "calculated"
    assert set(await world.statements(JANUARY)) == {"bakery", "grocer"}
    assert await world.seen_by("grocer") == {}
    assert await world.rows("SELECT count(*) FROM event WHERE kind = 11") == [(0,)]
    await _open_items(world, "grocer", 0, State.CLOSED)
    await world.close(JANUARY)
    assert set(await world.seen_by("grocer")) == {"2026-01/grocer"}
    assert await world.rows("SELECT count(*) FROM event WHERE kind = 11") == [(2,)]
    await assert_books_balance(world)
