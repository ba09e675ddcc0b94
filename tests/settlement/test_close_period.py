"""A period closes once: every entry in exactly one, every partner one statement, all of it summing
to nothing, however it was interrupted and whatever was posted meanwhile.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from coalition import settlement
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed
from coalition.ledger import period_named
from coalition.partners import Office
from coalition.settlement.errors import BooksDoNotBalance, PeriodNotEnded, PeriodNotFound
from tests.support import (
    Person,
    World,
    a_bakery,
    a_florist,
    a_fuel,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)

NEW_YORK = ZoneInfo("America/New_York")
JANUARY, FEBRUARY = "2026-01", "2026-02"


def _at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=NEW_YORK)


Lines = list[tuple[str, int, str, int, int]]


async def _lines(world: World, label: str, brand: str) -> Lines:
    """Kind, points, price, amount in cents and entries of every line."""
    statement = (await world.statements(label))[brand]
    return [
        (one.kind, one.points, f"{one.price:f}".rstrip("0"), one.amount.minor, one.entries)
        for one in statement.lines
    ]


async def _state(world: World, label: str) -> str | None:
    calendar = (await world.office.terms()).programme.calendar
    async with world.database.reading(EVERYTHING) as connection:
        period = await period_named(connection, calendar.name, label)
    return period.state if period else None


async def _a_january(world: World) -> Person:
    """Purchases at three brands, points spent at two of them, returns and refunds."""
    await world.apply(brands=[a_bakery(), a_grocer(), a_fuel()])
    world.now = _at(1, 20)
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "500")
    await world.award("grocer", ada, "120.50")
    await world.award("bakery", ada, "33.33")
    spent = await world.redeem("bakery", ada, 310)
    await world.redeem("fuel", ada, 45)
    await world.refund("bakery", spent, 60)
    await world.bring_back("grocer", award.place, "50")
    world.now = _at(2, 1, 0)
    return ada


async def test_every_partner_gets_a_statement_with_a_line_per_kind_and_price(
    world: World,
) -> None:
    await _a_january(world)
    closed = await world.close(JANUARY)
    assert (closed.period.state, closed.already_closed) == ("closed", False)
    assert await _lines(world, JANUARY, "grocer") == [
        ("ISSUANCE", 620, "0.01", 620, 2),
        ("ISSUANCE_REVERSAL", -50, "0.01", -50, 1),
    ]
    assert await _lines(world, JANUARY, "bakery") == [
        ("ISSUANCE", 66, "0.011", 73, 1),
        ("REDEMPTION", 310, "0.0075", 232, 1),
        ("REDEMPTION_REVERSAL", -60, "0.0075", -45, 1),
    ]
    assert await _lines(world, JANUARY, "fuel") == [("REDEMPTION", 45, "0.0085", 38, 1)]
    statements = await world.statements(JANUARY)
    assert {brand: (one.number, one.net.minor) for brand, one in statements.items()} == {
        "grocer": ("2026-01/grocer", 570),
        "bakery": ("2026-01/bakery", 73 - 187),
        "fuel": ("2026-01/fuel", -38),
    }
    await assert_books_balance(world)


async def test_a_partner_with_nothing_and_a_suspended_one_get_their_statement_too(
    world: World,
) -> None:
    world.now = _at(1, 20)
    brands = [a_bakery(), a_grocer(), a_fuel(), a_florist(valid_from="2026-02-01")]
    await world.apply(brands=brands)
    ada = await world.enrol("Ada", brand="grocer")
    await world.award("grocer", ada, "100")
    brands[1] = a_grocer(status="suspended")
    await world.apply(brands=brands)
    world.now = _at(2, 1)
    await world.close(JANUARY)
    statements = await world.statements(JANUARY)
    # The florist joins in February: January is nothing to it.
    assert {brand: one.net.minor for brand, one in statements.items()} == {
        "bakery": 0, "grocer": 100, "fuel": 0,
    }  # fmt: skip
    assert statements["bakery"].lines == ()
    await assert_books_balance(world)


async def test_a_partner_that_leaves_later_still_has_the_statements_of_its_time(
    world: World,
) -> None:
    await _a_january(world)
    await world.award("grocer", await world.enrol("Bo"), "10")
    brands = [a_bakery(), a_grocer(), a_fuel(), a_florist()]
    await world.apply(brands=brands)
    await world.close(JANUARY)
    await world.apply(brands=[*brands[:2], a_fuel(status="left"), a_florist(status="left")])
    await assert_books_balance(world)
    world.now = _at(3, 1)
    await world.close(FEBRUARY)
    assert set(await world.statements(FEBRUARY)) == {"bakery", "grocer"}
    assert set(await world.statements(JANUARY)) == {"bakery", "grocer", "fuel", "florist"}
    await assert_books_balance(world)


async def test_prices_that_change_within_the_month_stand_on_lines_of_their_own(
    world: World,
) -> None:
    later = {"valid_from": "2026-01-15", "issue_price": "0.0125", "redeem_price": "0.0090"}
    await world.apply(brands=[a_grocer(later=[later])])
    world.now = _at(1, 31)
    ada = await world.enrol("Ada")
    for day, amount in ((14, "1000"), (15, "100"), (31, "10")):
        await world.award("grocer", ada, amount, at=_at(1, day))
    await world.redeem("grocer", ada, 500, at=_at(1, 14))
    await world.redeem("grocer", ada, 300)
    world.now = _at(2, 1)
    await world.close(JANUARY)
    assert await _lines(world, JANUARY, "grocer") == [
        ("ISSUANCE", 1000, "0.01", 1000, 1),
        ("ISSUANCE", 110, "0.0125", 138, 2),
        ("REDEMPTION", 500, "0.008", 400, 1),
        ("REDEMPTION", 300, "0.009", 270, 1),
    ]
    await assert_books_balance(world)


async def test_what_comes_late_for_a_closed_month_goes_to_the_next_open_one_at_its_own_price(
    world: World,
) -> None:
    later = {"valid_from": "2026-02-01", "points_per_unit": "3", "issue_price": "0.0200"}
    await world.apply(brands=[a_grocer(later=[later])])
    world.now = _at(1, 20)
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    world.now = _at(2, 10)
    await world.close(JANUARY)
    january = (await world.statements(JANUARY))["grocer"].hash
    await world.award("grocer", ada, "10", at=_at(1, 31))
    await world.award("grocer", ada, "10")
    await world.redeem("grocer", ada, 20, at=_at(1, 31))
    await world.bring_back("grocer", award.place, "40", at=_at(1, 30))
    world.now = _at(3, 5)
    await world.close(FEBRUARY)
    assert await _lines(world, FEBRUARY, "grocer") == [
        ("ISSUANCE", 10, "0.01", 10, 1),
        ("ISSUANCE", 30, "0.02", 60, 1),
        ("ISSUANCE_REVERSAL", -40, "0.01", -40, 1),
        ("REDEMPTION", 20, "0.008", 16, 1),
    ]
    await world.award("grocer", ada, "10", at=_at(1, 31))
    world.now = _at(4, 5)
    await world.close("2026-03")
    assert await _lines(world, "2026-03", "grocer") == [("ISSUANCE", 10, "0.01", 10, 1)]
    assert (await world.statements(JANUARY))["grocer"].hash == january
    await assert_books_balance(world)


async def test_a_month_runs_from_local_midnight_to_local_midnight(world: World) -> None:
    await world.apply(brands=[a_grocer()])
    ada = await world.enrol("Ada")
    starts = datetime(2026, 3, 1, tzinfo=NEW_YORK)  # an hour behind what April begins with
    ends = datetime(2026, 4, 1, tzinfo=NEW_YORK)
    world.now = ends + timedelta(days=1)
    millisecond = timedelta(milliseconds=1)
    for at, amount in (
        (starts - millisecond, "1"),
        (starts, "10"),
        (datetime(2026, 3, 31, 23, 59, 59, 999_000, NEW_YORK), "100"),
        (ends - timedelta(microseconds=1), "1000"),
        (ends, "10000"),
    ):
        await world.award("grocer", ada, amount, at=at.astimezone(UTC))
    await world.close(FEBRUARY)
    await world.close("2026-03")
    world.now = _at(5, 1)
    await world.close("2026-04")
    points = [
        (await _lines(world, label, "grocer"))[0][1] for label in (FEBRUARY, "2026-03", "2026-04")
    ]
    assert points == [1, 1110, 10000]
    await assert_books_balance(world)


async def test_a_month_cannot_be_closed_before_its_last_moment_is_over(world: World) -> None:
    await _a_january(world)
    end = world.now
    world.now = end - timedelta(microseconds=1)
    async with nothing_moves(world):
        with pytest.raises(PeriodNotEnded):
            await world.close(JANUARY)
    world.now = end
    await world.close(JANUARY)
    await assert_books_balance(world)


async def test_a_label_that_names_no_period_of_ours_is_not_found(world: World) -> None:
    await _a_january(world)
    async with nothing_moves(world):
        for label in ("2026-W01", "2026-13", "January", "", "2024-12", "2026-1"):
            with pytest.raises(PeriodNotFound):
                await world.close(label)
    await world.close("2025-01")
    await assert_books_balance(world)


async def test_only_the_operator_closes_a_period(world: World) -> None:
    await _a_january(world)
    async with nothing_moves(world):
        with pytest.raises(NotAllowed):
            await settlement.close_period(
                world.office, actor=world.actor("grocer"), label=JANUARY, now=world.now
            )


async def test_closing_again_changes_nothing(world: World) -> None:
    """Security checklist, line 40."""
    await _a_january(world)
    await world.close(JANUARY)
    hashes = {brand: one.hash for brand, one in (await world.statements(JANUARY)).items()}
    world.now = _at(2, 20)
    async with nothing_moves(world):
        assert (await world.close(JANUARY)).already_closed
    assert {brand: one.hash for brand, one in (await world.statements(JANUARY)).items()} == hashes
    await assert_books_balance(world)


async def test_two_closes_at_once_are_one(world: World) -> None:
    await _a_january(world)
    closed = await asyncio.gather(*(world.close(JANUARY) for _ in range(6)))
    assert sum(not one.already_closed for one in closed) == 1
    assert {one.period.state for one in closed} == {"closed"}
    assert await world.rows("SELECT count(*) FROM statement") == [(3,)]
    await assert_books_balance(world)


async def test_awards_that_run_while_their_month_closes_are_billed_once_each(
    world: World,
) -> None:
    await world.apply(brands=[a_grocer()])
    people = [await world.enrol(f"Member {number}") for number in range(20)]
    bought_at = _at(1, 31)
    world.now = _at(2, 1)
    await world.award("grocer", people[0], "10", at=bought_at)
    awards = [world.award("grocer", people[turn % 20], "10", at=bought_at) for turn in range(199)]
    closing = asyncio.create_task(world.close(JANUARY))
    outcomes = await asyncio.gather(*awards)
    assert not (await closing).already_closed
    assert all(one.record is not None for one in outcomes)
    world.now = _at(3, 1)
    await world.close(FEBRUARY)
    billed = [
        line for label in (JANUARY, FEBRUARY) for line in await _lines(world, label, "grocer")
    ]
    assert sum(points for _, points, _, _, _ in billed) == 2000
    assert sum(entries for _, _, _, _, entries in billed) == 200
    assert await world.rows("SELECT count(*), count(DISTINCT (member_id, seq)) FROM entry") == [
        (200, 200)
    ]
    await assert_books_balance(world)


async def test_every_kind_of_entry_while_the_month_closes_ends_in_one_month(
    world: World,
) -> None:
    ada = await _a_january(world)
    bought_at = _at(1, 31)
    acts = [
        *(world.award("bakery", ada, "5", at=bought_at) for _ in range(15)),
        *(world.redeem("fuel", ada, 5, at=bought_at) for _ in range(15)),
        world.close(JANUARY),
        *(world.hold("fuel", ada, 5) for _ in range(10)),
        *(world.redeem("bakery", ada, 5, at=bought_at) for _ in range(15)),
    ]
    await asyncio.gather(*acts)
    world.now = _at(3, 1)
    await world.close(FEBRUARY)
    for brand, spent in (("fuel", 45 + 75), ("bakery", 310 + 75)):
        both = [*await _lines(world, JANUARY, brand), *await _lines(world, FEBRUARY, brand)]
        assert sum(points for kind, points, *_ in both if kind == "REDEMPTION") == spent
    await assert_books_balance(world)


async def test_a_close_that_was_killed_between_its_steps_is_finished_by_the_next(
    world: World,
) -> None:
    ada = await _a_january(world)
    await world.office.open_periods([world.now])
    calendar = (await world.office.terms()).programme.calendar
    (row,) = await world.database.call(
        "begin_close", calendar.name, JANUARY, world.now, *world.operator().signature
    )
    assert row["outcome"] == "closing"
    assert await _state(world, JANUARY) == "closing"
    await world.award("grocer", ada, "70", at=_at(1, 31))
    assert (await world.statements(JANUARY)) == {}
    world.office = Office(world.database)
    closed = await world.close(JANUARY)
    assert (closed.already_closed, closed.period.state) == (False, "closed")
    assert (await _lines(world, JANUARY, "grocer"))[0] == ("ISSUANCE", 620, "0.01", 620, 2)
    world.now = _at(3, 1)
    await world.close(FEBRUARY)
    assert await _lines(world, FEBRUARY, "grocer") == [("ISSUANCE", 70, "0.01", 70, 1)]
    await assert_books_balance(world)


async def test_months_may_be_closed_in_any_order(world: World) -> None:
    ada = await _a_january(world)
    world.now = _at(2, 10)
    await world.award("grocer", ada, "10")
    world.now = _at(3, 1)
    await world.close(FEBRUARY)
    await world.award("grocer", ada, "7", at=_at(1, 31))
    await world.close(JANUARY)
    await world.award("grocer", ada, "9", at=_at(1, 31))
    world.now = _at(4, 1)
    await world.close("2026-03")
    assert (await _lines(world, JANUARY, "grocer"))[0][1] == 627
    assert (await _lines(world, FEBRUARY, "grocer"))[0][1] == 10
    assert (await _lines(world, "2026-03", "grocer"))[0][1] == 9
    await assert_books_balance(world)


async def test_net_positions_and_the_pool_sum_to_nothing_in_each_currency(world: World) -> None:
    """Security checklist, line 31."""
    await world.apply(brands=[a_bakery(), a_grocer(), a_florist()])
    world.now = _at(1, 20)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "333.33")
    await world.award("florist", ada, "77.77")
    await world.award("bakery", ada, "9.99")
    await world.redeem("florist", ada, 201)
    await world.redeem("bakery", ada, 101)
    world.now = _at(2, 1)
    await world.close(JANUARY)
    statements = await world.statements(JANUARY)
    found = settlement.positions(one.owed for one in statements.values())
    assert [one.currency for one in found] == ["EUR", "USD"]
    for one in found:
        assert one.pool.minor + sum(net.minor for net in one.nets.values()) == 0
    posted = await world.rows(
        "SELECT currency, sum(CASE WHEN debit = 620 THEN amount WHEN credit = 620 THEN -amount END)"
        "::int FROM money_entry GROUP BY 1 ORDER BY 1"
    )
    assert posted == [(one.currency, one.pool.minor) for one in found]
    assert {one.currency: one.pool.minor for one in found} == {
        "EUR": -(152 - 145), "USD": -(333 + 21 - 76),
    }  # fmt: skip
    await assert_books_balance(world)


async def test_the_flows_are_what_was_redeemed_by_redeemer_and_by_issuer(world: World) -> None:
    ada = await _a_january(world)
    codes = {world.partner(brand).id: brand for brand in ("bakery", "grocer", "fuel")}
    await world.redeem("fuel", ada, 100)
    everything = await settlement.flows(world.office, actor=world.operator(), label=JANUARY)
    found = {(codes[one.issuer_id], codes[one.redeemer_id]): one.points for one in everything}
    assert found == {("grocer", "bakery"): 250, ("grocer", "fuel"): 45}
    redeemed = await world.rows(
        "SELECT partner_id, sum(CASE WHEN credit = 30 THEN points ELSE -points END)::int"
        " FROM entry JOIN period p ON p.id = period_id WHERE p.label = $1 AND 30 IN (debit, credit)"
        " GROUP BY 1",
        JANUARY,
    )
    by_redeemer = {codes[int(str(who))]: points for who, points in redeemed}
    assert by_redeemer == {"bakery": 250, "fuel": 45}
    await assert_books_balance(world)


async def test_a_partner_sees_its_own_row_and_column_of_the_flows_only(world: World) -> None:
    await world.apply(brands=[a_bakery(), a_grocer(), a_fuel()])
    world.now = _at(1, 20)
    ada = await world.enrol("Ada")
    for brand in ("bakery", "grocer", "fuel"):
        await world.award(brand, ada, "20")
        await world.redeem("bakery", ada, 4)
        await world.redeem("fuel", ada, 6)
    codes = {world.partner(brand).id: brand for brand in ("bakery", "grocer", "fuel")}
    seen = {}
    for brand in ("bakery", "grocer", "fuel"):
        flows = await settlement.flows(world.office, actor=world.actor(brand), label=JANUARY)
        seen[brand] = {(codes[one.issuer_id], codes[one.redeemer_id]) for one in flows}
        assert all(brand in pair for pair in seen[brand])
    everything = await settlement.flows(world.office, actor=world.operator(), label=JANUARY)
    pairs = {(codes[one.issuer_id], codes[one.redeemer_id]) for one in everything}
    assert seen["bakery"] | seen["grocer"] | seen["fuel"] == pairs
    for brand, mine in seen.items():
        assert mine == {pair for pair in pairs if brand in pair}
    await assert_books_balance(world)


async def test_no_statement_is_issued_from_books_whose_lots_disagree(world: World) -> None:
    ada = await _a_january(world)
    change = "UPDATE lot_use SET points = points {} WHERE credit = 30 AND partner_id = {}"
    fuel = world.partner("fuel").id
    await world.corrupt(change.format("+ 1", fuel))
    async with nothing_moves(world):
        with pytest.raises(BooksDoNotBalance, match="entries redeem 295 points, their lots 296"):
            await world.close(JANUARY)
    assert await _state(world, JANUARY) == "open"
    await world.award("grocer", ada, "10", at=_at(1, 31))
    await world.corrupt(change.format("- 1", fuel))
    assert not (await world.close(JANUARY)).already_closed
    await assert_books_balance(world)


async def test_a_line_is_rounded_once_however_many_entries_it_has(world: World) -> None:
    await world.apply(brands=[a_grocer(issue_price="0.0049")])
    world.now = _at(1, 20)
    ada = await world.enrol("Ada")
    for _ in range(7):
        await world.award("grocer", ada, "1")
    world.now = _at(2, 1)
    await world.close(JANUARY)
    # Seven times half a cent, each rounded by itself, would be nothing.
    assert await _lines(world, JANUARY, "grocer") == [("ISSUANCE", 7, "0.0049", 3, 7)]
    statement = (await world.statements(JANUARY))["grocer"]
    assert statement.issued.amount == Decimal("0.03")
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("calendar", "label", "ends"),
    [("weekly", "2026-W03", _at(1, 19, 0)), ("quarterly", "2026-Q1", _at(4, 1, 0))],
)
async def test_weeks_and_quarters_close_like_months(
    world: World, calendar: str, label: str, ends: datetime
) -> None:
    await world.apply(settlement_calendar=calendar)
    world.now = _at(1, 14)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "10")
    world.now = ends
    await world.award("grocer", ada, "5")
    await world.close(label)
    assert await _lines(world, label, "grocer") == [("ISSUANCE", 10, "0.01", 10, 1)]
    await assert_books_balance(world)
