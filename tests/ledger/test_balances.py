"""A balance can be asked for any past instant, and is then what was shown at that instant."""

from datetime import UTC, date, datetime, timedelta

from coalition.ledger import Balance, balance_then, expiring_points
from tests.support import Person, World, a_bakery, a_grocer, assert_books_balance


async def _shown(world: World, who: Person) -> Balance:
    """What the member sees just now, by the database's own clock."""
    (now,) = (await world.rows("SELECT clock_timestamp()"))[0]
    assert isinstance(now, datetime)
    world.now = now
    return await world.balance(who)


async def _replayed(world: World, who: Person, shown: Balance) -> Balance:
    programme = (await world.office.terms()).programme
    return await balance_then(
        world.database, who.member_id, at=shown.as_of, day=programme.today(shown.as_of)
    )


async def test_the_balance_as_of_an_instant_is_the_one_that_was_shown_then(world: World) -> None:
    world.now = datetime.now(UTC)
    await world.apply(brands=[a_grocer(minimum_redemption="1"), a_bakery()])
    ada = await world.enrol("Ada")
    shown = [await _shown(world, ada)]
    first = await world.award("grocer", ada, "300")
    shown.append(await _shown(world, ada))
    await world.award("bakery", ada, "100")
    held = await world.hold("bakery", ada, 120)
    shown.append(await _shown(world, ada))
    await world.capture("bakery", held, 70)
    shown.append(await _shown(world, ada))
    spent = await world.redeem("grocer", ada, 250)
    shown.append(await _shown(world, ada))
    await world.refund("grocer", spent, 40)
    shown.append(await _shown(world, ada))
    await world.bring_back("grocer", first.place, "33.50")
    shown.append(await _shown(world, ada))
    other = await world.hold("grocer", ada, 5)
    await world.release("grocer", other)
    shown.append(await _shown(world, ada))

    assert [one.available for one in shown] == [0, 300, 380, 430, 180, 220, 186, 186]
    assert [one.held for one in shown] == [0, 0, 120, 0, 0, 0, 0, 0]
    assert [await _replayed(world, ada, one) for one in shown] == shown
    await assert_books_balance(world)


async def test_a_hold_past_its_time_is_free_again_before_and_after_that_is_posted(
    world: World,
) -> None:
    world.now = datetime.now(UTC)
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "300")
    await world.hold("grocer", ada, 120, seconds=1)
    assert (await world.balance(ada)).held == 120
    await world.rows("SELECT pg_sleep(1.05)")
    unposted = await _shown(world, ada)
    assert (unposted.available, unposted.held) == (300, 0)
    assert await world.sweep() == 1
    posted = await _shown(world, ada)
    assert (posted.available, posted.held) == (300, 0)
    assert await _replayed(world, ada, unposted) == unposted
    assert await _replayed(world, ada, posted) == posted
    await assert_books_balance(world)


async def test_pending_points_become_spendable_by_time_alone(world: World) -> None:
    world.now = datetime.now(UTC)
    await world.apply(pending_days="3")
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "300")
    await world.award("grocer", ada, "50", at=world.now - timedelta(days=5))
    shown = await _shown(world, ada)
    assert (shown.available, shown.pending) == (50, 300)
    assert await _replayed(world, ada, shown) == shown
    world.now += timedelta(days=3)
    later = await world.balance(ada)
    assert (later.available, later.pending) == (350, 0)
    await assert_books_balance(world)


async def test_points_past_their_last_day_are_gone_before_and_after_that_is_posted(
    world: World,
) -> None:
    world.now = datetime.now(UTC)
    await world.apply(expiry={"kind": "rolling", "months": "1"})
    ada = await world.enrol("Ada")
    bought = world.now - timedelta(days=20)
    await world.award("grocer", ada, "300", at=bought)
    shown = await _shown(world, ada)
    world.now += timedelta(days=20)
    assert (await world.balance(ada)).available == 0
    assert await world.expire() == 300
    assert (await world.balance(ada)).available == 0
    assert await world.expire() == 0
    assert await _replayed(world, ada, shown) == shown
    assert shown.available == 300
    await assert_books_balance(world)


async def test_expiring_points_name_every_date_soonest_first(world: World) -> None:
    await world.apply(expiry={"kind": "rolling", "months": "12"})
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    for day, amount in ((1, "30"), (9, "20"), (1, "5")):
        await world.award("grocer", ada, amount, at=datetime(2026, 2, day, 12, tzinfo=UTC))
    await world.award("bakery", bo, "1", at=datetime(2026, 1, 31, 12, tzinfo=UTC))
    await world.redeem("bakery", ada, 10)
    today = (await world.office.terms()).programme.today(world.now)
    ends = await expiring_points(world.database, ada.member_id, today=today)
    assert [(one.on, one.points) for one in ends] == [
        (date(2027, 2, 1), 25),
        (date(2027, 2, 9), 20),
    ]
    await assert_books_balance(world)


async def test_a_lot_that_a_late_refund_opened_again_was_ended_until_then(world: World) -> None:
    """Days are the programme's: the first refund comes on the last evening in New York, when it
    is the next day in UTC already.
    """
    await world.apply(expiry={"kind": "fixed", "on": "2026-03-01"})
    ada = await world.enrol("Ada")
    world.now = datetime(2026, 2, 20, 12, tzinfo=UTC)
    await world.award("grocer", ada, "300")
    spent = await world.redeem("bakery", ada, 200)
    world.now = datetime(2026, 3, 2, 4, tzinfo=UTC)
    await world.refund("bakery", spent, 50)
    last_evening = await world.balance(ada)
    world.now = datetime(2026, 3, 3, 12, tzinfo=UTC)
    ended = await world.balance(ada)
    world.now = datetime(2026, 3, 5, 12, tzinfo=UTC)
    await world.refund("bakery", spent, 50)
    opened = await world.balance(ada)
    await assert_books_balance(world)
    await world.corrupt("UPDATE entry SET recorded_at = occurred_at")

    # What had ended by then stays ended: only what the refund brings is open again.
    assert [one.available for one in (last_evening, ended, opened)] == [150, 0, 50]
    for shown in (last_evening, ended, opened):
        assert await _replayed(world, ada, shown) == shown
