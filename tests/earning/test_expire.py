"""Points end after their last day, whether or not a job has said so yet."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coalition.ledger import expiring_points
from coalition.redemption.errors import NotEnoughPoints
from tests.support import World, assert_books_balance, nothing_moves

NEW_YORK = ZoneInfo("America/New_York")
# Already February in UTC, still the last evening of January where the programme is.
EVENING = datetime(2026, 2, 1, 3, 30, tzinfo=UTC)
ROLLING = {"kind": "rolling", "months": "1"}


@pytest.mark.parametrize(
    ("expiry", "last_day"),
    [
        ({"kind": "none"}, None),
        (ROLLING, date(2026, 2, 28)),
        ({"kind": "period_end", "months": "1", "period": "month"}, date(2026, 2, 28)),
        ({"kind": "period_end", "months": "1", "period": "quarter"}, date(2026, 3, 31)),
        ({"kind": "period_end", "months": "11", "period": "year"}, date(2026, 12, 31)),
        ({"kind": "fixed", "on": "2026-06-30"}, date(2026, 6, 30)),
    ],
)
async def test_points_may_be_spent_until_the_last_moment_of_their_last_day(
    world: World, expiry: dict[str, object], last_day: date | None
) -> None:
    world.now = EVENING
    await world.apply(expiry=expiry)
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    assert award.record is not None
    assert award.record.expires_on == last_day
    midnight = datetime(2036, 1, 1, tzinfo=NEW_YORK)
    if last_day is not None:
        midnight = datetime.combine(
            last_day + timedelta(days=1), datetime.min.time(), tzinfo=NEW_YORK
        )
    world.now = midnight - timedelta(milliseconds=1)
    await world.redeem("bakery", ada, 30)
    assert await world.expire() == 0

    world.now = midnight
    if last_day is None:
        assert (await world.balance(ada)).available == 70
        assert await world.expire() == 0
    else:
        assert (await world.balance(ada)).available == 0
        async with nothing_moves(world):
            for points in (1, 70):
                with pytest.raises(NotEnoughPoints):
                    await world.redeem("bakery", ada, points)
                with pytest.raises(NotEnoughPoints):
                    await world.hold("bakery", ada, points)
        assert await world.expire() == 70
        assert (await world.balance(ada)).available == 0
    await assert_books_balance(world)


async def test_the_job_ends_each_lot_once_and_only_those_past_their_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coalition.earning.expire._MEMBERS_A_ROUND", 2)
    await world.apply(expiry=ROLLING)
    people = [await world.enrol(name) for name in ("Ada", "Bo", "Cleo", "Dara", "Eli")]
    for who in people:
        for day in (1, 2, 20):
            await world.award("grocer", who, "10", at=datetime(2026, 3, day, 12, tzinfo=NEW_YORK)
                              if day < 15 else world.now)  # fmt: skip
    world.now = datetime(2026, 4, 3, 12, tzinfo=NEW_YORK)
    assert await world.expire() == 100
    async with nothing_moves(world):
        assert await world.expire() == 0
    assert [(await world.balance(who)).available for who in people] == [10] * 5
    assert await world.rows("SELECT count(*), sum(points) FROM entry WHERE kind = 8") == [(10, 100)]
    await assert_books_balance(world)


async def test_held_points_outlive_their_last_day_until_the_hold_ends(world: World) -> None:
    await world.apply(expiry=ROLLING)
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    for who in (ada, bo):
        await world.award("grocer", who, "100")
    world.now = datetime(2026, 4, 15, 20, tzinfo=NEW_YORK)
    holds = [await world.hold("bakery", who, 40, seconds=2 * 86400) for who in (ada, bo)]
    world.now = datetime(2026, 4, 16, 8, tzinfo=NEW_YORK)
    assert await world.expire() == 120
    assert (await world.balance(ada)).held == 40
    await world.capture("bakery", holds[0], 25)
    await world.release("bakery", holds[1])
    for who in (ada, bo):
        balance = await world.balance(who)
        assert (balance.available, balance.held) == (0, 0)
    assert await world.expire() == 55
    await assert_books_balance(world)


async def test_points_refunded_into_an_ended_lot_get_grace_and_the_lot_keeps_its_own_last_day(
    world: World,
) -> None:
    await world.apply(expiry=ROLLING, refund_grace_days="10")
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    spent = await world.redeem("bakery", ada, 80)
    world.now = datetime(2026, 4, 20, 12, tzinfo=NEW_YORK)
    assert await world.expire() == 20
    await world.refund("bakery", spent, 50)
    assert (await world.balance(ada)).available == 50
    assert await world.rows("SELECT expires_on, extended_from FROM lot") == [
        (date(2026, 4, 30), date(2026, 4, 15))
    ]
    ends = await expiring_points(world.database, ada.member_id, today=date(2026, 4, 20))
    assert [(one.on, one.points) for one in ends] == [(date(2026, 4, 30), 50)]

    world.now = datetime(2026, 5, 3, 12, tzinfo=NEW_YORK)
    assert (await world.balance(ada)).available == 0
    await world.refund("bakery", spent)
    assert (await world.balance(ada)).available == 30
    assert await world.rows("SELECT expires_on, extended_from FROM lot") == [
        (date(2026, 5, 13), date(2026, 4, 15))
    ]
    await assert_books_balance(world)


async def test_a_refund_does_not_wake_ended_points_that_no_job_has_posted_yet(
    world: World,
) -> None:
    await world.apply(expiry=ROLLING)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    spent = await world.redeem("bakery", ada, 40)
    await world.hold("bakery", ada, 15, seconds=600)
    world.now = datetime(2026, 4, 20, 12, tzinfo=NEW_YORK)
    assert (await world.balance(ada)).available == 0
    await world.refund("bakery", spent)
    assert (await world.balance(ada)).available == 40
    assert await world.expire() == 0
    assert await world.sweep() == 0
    await assert_books_balance(world)


async def test_without_grace_points_refunded_into_an_ended_lot_are_gone(world: World) -> None:
    await world.apply(expiry=ROLLING, refund_grace_days="0")
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    spent = await world.redeem("bakery", ada, 80)
    world.now = datetime(2026, 4, 20, 12, tzinfo=NEW_YORK)
    await world.refund("bakery", spent)
    assert (await world.balance(ada)).available == 0
    assert await world.expire() == 80
    assert await world.rows("SELECT sum(points) FROM entry WHERE kind = 8") == [(100,)]
    await assert_books_balance(world)


async def test_a_purchase_whose_points_would_have_ended_earns_nothing(world: World) -> None:
    await world.apply(expiry=ROLLING)
    ada = await world.enrol("Ada")
    async with nothing_moves(world):
        with pytest.raises(Exception, match="would have ended on 2026-03-14"):
            await world.award("grocer", ada, "100", at=datetime(2026, 2, 14, 12, tzinfo=UTC))
    await world.award("grocer", ada, "100", at=datetime(2026, 2, 15, 12, tzinfo=UTC))
    assert (await world.balance(ada)).available == 100
    await assert_books_balance(world)
