"""A brand that leaves stops giving points, then stops taking them, and is settled to its end."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coalition.earning.errors import EarningStopped
from coalition.partners import PartnerSuspended
from coalition.redemption.errors import RedemptionEnded
from tests.support import Brand, World, a_bakery, a_grocer, assert_books_balance, nothing_moves

TOKYO = ZoneInfo("Asia/Tokyo")
MILLISECOND = timedelta(milliseconds=1)


def _leaving(**more: object) -> Brand:
    return a_grocer(
        **{"time_zone": "Asia/Tokyo", "stop_earning_on": "2026-04-01",
           "redeem_until": "2026-06-30", "status": "leaving"} | more
    )  # fmt: skip


async def test_purchases_earn_until_the_last_moment_before_the_day_in_its_own_zone(
    world: World,
) -> None:
    await world.apply(brands=[_leaving(), a_bakery()])
    ada = await world.enrol("Ada")
    stop = datetime(2026, 4, 1, tzinfo=TOKYO).astimezone(UTC)
    world.now = datetime(2026, 4, 20, tzinfo=UTC)
    await world.award("grocer", ada, "10", at=stop - MILLISECOND)
    async with nothing_moves(world):
        with pytest.raises(EarningStopped) as refused:
            await world.award("grocer", ada, "10", at=stop)
    assert refused.value.field == ("purchase", "purchasedAt")
    assert "2026-04-01" in str(refused.value)
    await world.award("bakery", ada, "10", at=stop)
    await assert_books_balance(world)


async def test_points_are_spent_there_until_the_end_of_the_last_day(world: World) -> None:
    await world.apply(brands=[_leaving(), a_bakery()])
    ada = await world.enrol("Ada")
    await world.award("bakery", ada, "100")
    over = datetime(2026, 7, 1, tzinfo=TOKYO).astimezone(UTC)
    world.now = over - MILLISECOND
    spent = await world.redeem("grocer", ada, 10)
    held = await world.hold("grocer", ada, 10)
    world.now = over
    async with nothing_moves(world):
        with pytest.raises(RedemptionEnded):
            await world.redeem("grocer", ada, 10)
        with pytest.raises(RedemptionEnded):
            await world.hold("grocer", ada, 10)
    # What was begun in time is finished, and what was spent may come back.
    await world.capture("grocer", held)
    await world.refund("grocer", spent)
    await assert_books_balance(world)


async def test_returns_come_in_after_the_last_purchase_and_are_on_the_last_statement(
    world: World,
) -> None:
    await world.apply(brands=[_leaving(time_zone="America/New_York"), a_bakery()])
    ada = await world.enrol("Ada")
    given = await world.award("grocer", ada, "100")
    world.now = datetime(2026, 7, 2, 12, tzinfo=UTC)
    await world.close("2026-03")
    await world.bring_back("grocer", given.place, "40")
    world.now = datetime(2026, 8, 2, 12, tzinfo=UTC)
    await world.close("2026-07")
    last = (await world.statements("2026-07"))["grocer"]
    assert [(one.kind, one.points) for one in last.lines] == [("ISSUANCE_REVERSAL", -40)]
    await world.apply(brands=[_leaving(time_zone="America/New_York", status="left"), a_bakery()])
    async with nothing_moves(world):
        with pytest.raises(PartnerSuspended, match="is suspended or has left: it posts nothing"):
            await world.bring_back("grocer", given.place, "10")
    await assert_books_balance(world)
