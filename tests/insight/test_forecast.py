"""What the running period has come to, and what it and the next one will come to."""

from datetime import datetime
from zoneinfo import ZoneInfo

from coalition import insight
from coalition.insight import Method
from tests.insight.ask import FORECAST
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves
from tests.support.edge import edge_of

NEW_YORK = ZoneInfo("America/New_York")


async def test_a_growing_brand_is_forecast_from_its_months_and_told_its_own(world: World) -> None:
    applied = await world.apply(brands=[a_grocer(), a_bakery()])
    world.now = datetime(2026, 1, 10, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    for month in range(1, 6):
        world.now = world.now.replace(month=month)
        await world.award("grocer", ada, str(900 + 100 * month))
        if month != 3:  # in March nothing happens at the bakery
            await world.redeem("bakery", ada, 200)
    world.now = world.now.replace(month=6)
    await world.award("grocer", ada, "77")
    # One month is open still, the others are closed: both count.
    for label in ("2026-01", "2026-02", "2026-03", "2026-04"):
        await world.close(label)
    async with edge_of(world, applied.new_secrets) as edge, nothing_moves(world):
        all_ = await edge.ask("operator", FORECAST)
        own = await edge.ask("bakery-till", FORECAST)
    grocer, bakery = all_
    assert own == [bakery]
    assert (grocer["partner"]["code"], grocer["periods"]) == ("grocer", 5)
    assert (grocer["issuedSoFar"], grocer["netSoFar"]["amount"]) == ("77", "0.77")
    june, july = grocer["ahead"]
    assert (june["label"], july["label"]) == ("2026-06", "2026-07")
    assert june["issued"] == {"method": "DRIFT", "expected": "1500", "low": "1500", "high": "1500"}
    assert july["issued"]["expected"] == "1600"
    assert july["net"]["expected"] == {"amount": "16.00", "currency": "USD"}
    assert bakery["ahead"][0]["redeemed"]["method"] in {one.value for one in Method}
    low, high = (int(bakery["ahead"][0]["redeemed"][name]) for name in ("low", "high"))
    assert low <= 200 <= high
    assert bakery["ahead"][0]["net"]["expected"]["amount"].startswith("-")
    # As of May the running month is May, and what came later is not known.
    in_may = await insight.forecasts(
        world.office, actor=world.operator(), now=world.now, as_of=world.now.replace(month=5, day=9)
    )
    assert [(one.periods, one.ahead[0].label, one.so_far.issued_points) for one in in_may] == [
        (4, "2026-05", 0), (4, "2026-05", 0),
    ]  # fmt: skip
    world.now = world.now.replace(month=7)
    await world.close("2026-05")
    await world.close("2026-06")
    # Closed, June came to what it would have come to.
    assert (await world.statements("2026-06"))["grocer"].net.minor == 77
    await assert_books_balance(world)


async def test_of_a_young_brand_nothing_is_invented(world: World) -> None:
    applied = await world.apply(brands=[a_grocer(settlement_calendar="quarterly"), a_bakery()])
    world.now = datetime(2026, 2, 10, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    async with edge_of(world, applied.new_secrets) as edge:
        nothing = await edge.ask("operator", FORECAST)
        await world.award("grocer", ada, "500")
        world.now = world.now.replace(month=4)
        found = await edge.ask("grocer-till", FORECAST)
    assert [one["periods"] for one in nothing] == [0, 0]
    (grocer,) = found
    assert (grocer["calendar"], grocer["periods"]) == ("quarterly@America/New_York", 1)
    assert grocer["issuedSoFar"] == "0"
    assert grocer["ahead"] == [
        {"label": label, "issued": None, "redeemed": None, "net": None}
        for label in ("2026-Q2", "2026-Q3")
    ]
