"""What is open between a partner's file and the ledger, above what was agreed, holds up the
period's statements: until it is resolved, or until two people let it pass.
"""

from datetime import UTC, datetime

import pytest

from coalition import reconciliation, settlement
from coalition.reconciliation import Action, Resolution
from coalition.settlement import State, Waiver
from coalition.settlement.errors import ItemsOpen
from tests.reconciliation.books import items, reconcile, true_file
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves

MARCH = "2026-03"


async def _a_march(world: World, **tolerances: object) -> int:
    """One purchase of 500.00 at the grocer, worth 5.00, that its file does not tell."""
    await world.apply(brands=[a_bakery(), a_grocer(reconciliation=tolerances)])
    world.now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    await world.award("grocer", await world.enrol("Ada"), "500")
    file_id = await reconcile(world, (await true_file(world)).but(rows=[]))
    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    return file_id


async def _waive(world: World, by: str) -> settlement.Gate:
    waiver = Waiver(MARCH, State.CALCULATED, "grocer", "RECONCILIATION", "the till was on fire")
    return await settlement.waive_items(
        world.office, actor=world.operator(client=by), waiver=waiver, now=world.now
    )


async def test_a_period_waits_until_the_grocers_open_item_is_resolved(world: World) -> None:
    file_id = await _a_march(world)
    async with nothing_moves(world):
        with pytest.raises(ItemsOpen, match="grocer has 1 open items of reconciliation"):
            await settlement.preview_close(
                world.office, actor=world.operator(), label=MARCH, now=world.now
            )
    for _ in range(2):
        with pytest.raises(ItemsOpen, match="grocer has 1 open items of reconciliation"):
            await world.close(MARCH)
    assert (await world.period(MARCH)).state == "reconciling"
    assert await world.statements(MARCH) == {}
    (item,) = await items(world, file_id)
    await reconciliation.resolve_item(
        world.office, actor=world.operator(), item_id=item.id, now=world.now,
        resolution=Resolution("found", Action.ACCEPT, "The receipt was found."),
    )  # fmt: skip
    assert (await world.close(MARCH)).period.state == "closed"
    await assert_books_balance(world)


async def test_a_period_passes_with_the_waivers_of_two_people(world: World) -> None:
    await _a_march(world)
    with pytest.raises(ItemsOpen):
        await world.close(MARCH)
    assert (await _waive(world, "anna")).waivers == 1
    async with nothing_moves(world):
        with pytest.raises(ItemsOpen):
            await world.close(MARCH)
    assert (await _waive(world, "bert")).waivers == 2
    await settlement.preview_close(world.office, actor=world.operator(), label=MARCH, now=world.now)
    assert (await world.close(MARCH)).period.state == "closed"
    await assert_books_balance(world)


async def test_a_difference_within_what_was_agreed_holds_nothing_up(world: World) -> None:
    await _a_march(world, open_value_tolerance="5.00")
    assert (await world.close(MARCH)).period.state == "closed"
