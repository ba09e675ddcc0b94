"""Points end after their last day, whether or not a job has said so yet."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coalition.ledger import expiring_points
from coalition.redemption.errors import NotEnoughPoints
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves
from tests.support.edge import edge_of

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


_TOLD = """query ($card: String!) {
  member(ref: {card: $card}) { balance { available held }
    history { nodes { kind points occurredAt } } }
  settlementPeriod(label: "2026-02") { rollForward { issuer { code } expired outstanding } }
  statements { nodes { number lines { kind points } } }
  forecast { partner { code } periods netSoFar { amount } } }"""


@pytest.mark.parametrize(
    "sweeps", [[(2, 16, 0), (2, 16, 1)], [(3, 20, 9)]], ids=["at once", "a month late"]
)
async def test_whatever_the_day_of_the_sweep_the_same_is_told(
    world: World, sweeps: list[tuple[int, int, int]]
) -> None:
    """In January a hundred points are given, whose last day is the 15th of February. Seventy of
    them end with that day; thirty are set aside on its last evening and end when they are free.
    """
    applied = await world.apply(
        brands=[a_grocer(breakage_share="0.5"), a_bakery()], expiry=ROLLING, hold_seconds="600"
    )
    async with edge_of(world, applied.new_secrets) as edge:
        world.now = datetime(2026, 1, 15, 12, tzinfo=NEW_YORK)
        ada = await world.enrol("Ada")
        await world.award("grocer", ada, "100")
        world.now = datetime(2026, 2, 15, 23, 55, tzinfo=NEW_YORK)
        await world.hold("bakery", ada, 30)
        for month, day, hour in sweeps:
            world.now = datetime(2026, month, day, hour, 1, tzinfo=NEW_YORK)
            await world.sweep()
            await world.expire()
        world.now = datetime(2026, 3, 21, 12, tzinfo=NEW_YORK)
        for label in ("2026-01", "2026-02"):
            await world.close(label)
        answer = await edge.post("operator", _TOLD, {"card": ada.card})
    told = answer.json()["data"]
    entries = {
        (one["kind"], one["points"], one["occurredAt"])
        for one in told["member"]["history"]["nodes"]
    }
    assert entries == {
        ("AWARD", "100", "2026-01-15T17:00:00Z"), ("HOLD", "-30", "2026-02-16T04:55:00Z"),
        ("EXPIRY", "-70", "2026-02-16T04:59:59.999999Z"),
        ("HOLD_RELEASE", "30", "2026-02-16T05:05:00Z"), ("EXPIRY", "-30", "2026-02-16T05:05:00Z"),
    }  # fmt: skip
    assert told["member"]["balance"] == {"available": "0", "held": "0"}
    assert told["settlementPeriod"]["rollForward"] == [
        {"issuer": {"code": "grocer"}, "expired": "100", "outstanding": "0"}
    ]
    lines = {one["number"]: one["lines"] for one in told["statements"]["nodes"] if one["lines"]}
    assert lines == {
        "2026-01/grocer": [{"kind": "ISSUANCE", "points": "100"}],
        "2026-02/grocer": [{"kind": "BREAKAGE_SHARE", "points": "100"}],
    }
    assert [(one["periods"], one["netSoFar"]["amount"]) for one in told["forecast"]] == [
        (2, "0.00"), (2, "0.00"),
    ]  # fmt: skip
    await assert_books_balance(world)


async def test_points_that_end_after_their_period_was_closed_are_counted_in_the_next(
    world: World,
) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()], expiry=ROLLING)
    world.now = datetime(2026, 1, 15, 12, tzinfo=NEW_YORK)
    await world.award("grocer", await world.enrol("Ada"), "100")
    world.now = datetime(2026, 3, 2, 12, tzinfo=NEW_YORK)
    for label in ("2026-01", "2026-02"):
        await world.close(label)
    assert await world.expire() == 100
    assert await world.rows(
        "SELECT p.label, e.occurred_at FROM entry e JOIN period p ON p.id = e.period_id"
        " WHERE e.kind = 8"
    ) == [("2026-03", datetime(2026, 2, 16, 4, 59, 59, 999_999, tzinfo=UTC))]
    await assert_books_balance(world)


async def test_a_month_in_which_nothing_else_happened_has_the_points_that_ended_in_it(
    world: World,
) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()], expiry=ROLLING)
    world.now = datetime(2026, 1, 15, 12, tzinfo=NEW_YORK)
    await world.award("grocer", await world.enrol("Ada"), "100")
    world.now = datetime(2026, 5, 2, 12, tzinfo=NEW_YORK)
    assert await world.expire() == 100
    assert await world.rows(
        "SELECT p.label FROM entry e JOIN period p ON p.id = e.period_id WHERE e.kind = 8"
    ) == [("2026-02",)]
    await assert_books_balance(world)
