"""What is disputed is held back of what is paid, and what a brand was right about is never asked of
it: month by month, whoever is quick or slow.
"""

from decimal import Decimal

import pytest

from tests.disputes.lines import JANUARY, a_published_month, decides, later, opened, withdraws
from tests.support import World, assert_books_balance

FEBRUARY, MARCH = "2026-02", "2026-03"
BILLED = 9_000  # what January says, in cents


async def _paid(world: World) -> list[tuple[object, ...]]:
    """What the grocer paid by each netting so far, and what of it was held back."""
    return await world.rows(
        "SELECT p.label, n.settled, n.held FROM net_position n JOIN period p ON p.id = n.period_id"
        " WHERE n.partner_id = $1 ORDER BY p.label",
        world.partner("grocer").id,
    )


async def _ends_right(world: World, paid: list[tuple[str, int, int]], won: int) -> None:
    """At no time the grocer has paid more than it owes; in the end all of that."""
    assert await _paid(world) == paid
    so_far = 0
    for _, settled, _ in paid:
        so_far += settled
        assert so_far <= BILLED - won
    assert so_far == BILLED - won
    assert sum(held for *_, held in paid) == 0
    await assert_books_balance(world)


@pytest.mark.parametrize(("authorised", "february"), [("40.00", 0), ("25.00", 1_500), ("0", 4_000)])
async def test_a_dispute_that_is_decided_when_a_month_waits_for_its_approval(
    world: World, authorised: str, february: int
) -> None:
    """February is closed and not netted yet. What the grocer owes after all is asked for then; what
    it was right about waits for March, whose statement gives it back.
    """
    await a_published_month(world, freeze="exclude")
    dispute = await opened(world, amount=Decimal("40.00"))
    await world.approve(JANUARY)
    later(world, days=30)
    await world.close(FEBRUARY)
    await decides(world, dispute, authorised)
    await world.approve(FEBRUARY)
    later(world, days=30)
    await world.close(MARCH)
    await world.approve(MARCH)
    won = 4_000 - february
    await _ends_right(
        world,
        [(JANUARY, 5_000, 4_000), (FEBRUARY, february, -february), (MARCH, 0, -won)],
        won,
    )


async def test_a_dispute_that_is_decided_before_its_own_month_is_netted(world: World) -> None:
    await a_published_month(world, freeze="exclude")
    await decides(world, await opened(world, amount=Decimal("40.00")), "25.00")
    await world.approve(JANUARY)
    later(world, days=30)
    await world.close(FEBRUARY)
    await world.approve(FEBRUARY)
    await _ends_right(world, [(JANUARY, 6_500, 2_500), (FEBRUARY, 0, -2_500)], 2_500)


async def test_the_later_month_is_approved_before_the_earlier_one(world: World) -> None:
    await a_published_month(world, freeze="exclude")
    won = await opened(world, amount=Decimal("40.00"))
    await decides(world, won, "40.00")
    lost = await opened(world, amount=Decimal("30.00"))
    later(world, days=30)
    await world.close(FEBRUARY)
    await withdraws(world, "grocer", lost)
    await world.approve(FEBRUARY)
    # February gives back what January is still to hold back: the grocer is paid nothing ahead.
    assert await _paid(world) == [(FEBRUARY, 0, -4_000)]
    await world.approve(JANUARY)
    await _ends_right(world, [(JANUARY, 5_000, 4_000), (FEBRUARY, 0, -4_000)], 4_000)
