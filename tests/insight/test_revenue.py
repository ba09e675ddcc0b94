"""What was paid for points is earned as they are spent: the export, against published figures."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from coalition import insight
from coalition.kit.errors import NotAllowed
from coalition.settlement.errors import PeriodNotFound, PeriodNotReady
from tests.insight.ask import REVENUE
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves
from tests.support.edge import edge_of

NEW_YORK = ZoneInfo("America/New_York")


async def _handbook(world: World, currency: str, third_year: str) -> dict[str, str]:
    """KPMG, Revenue handbook, 10A and 10B, with months for years: goods and points are sold
    together for 100,000; of 10,000 points, worth 1 each, 97 % are expected to be spent, and from
    the third period on another share. The secrets of its clients.
    """
    price = {"points_per_unit": "1", "issue_price": "10", "redeem_price": "1"}
    applied = await world.apply(
        brands=[a_grocer(currency=currency, **price), a_bakery()],
        settlement={
            "redemption_rates": [
                {"valid_from": "2026-01-01", "rate": "0.97"},
                {"valid_from": "2026-03-01", "rate": third_year},
            ],
            # The points' part of the price is told as a whole percentage there: 9 %.
            "stand_alone": {"point": "1", "service": "10", "decimals": 2},
        },
    )
    world.now = datetime(2026, 1, 10, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "10000")
    for month, points in ((2, 4_500), (3, 4_000)):
        world.now = world.now.replace(month=month)
        await world.redeem("grocer", ada, points)
    world.now = world.now.replace(month=4)
    for label in ("2026-01", "2026-02", "2026-03"):
        await world.close(label)
    return dict(applied.new_secrets)


@pytest.mark.parametrize(
    ("currency", "third_year", "second", "third"),
    [
        ("JPY", "0.99", "4175", "3552"),
        ("JPY", "0.92", "4175", "4140"),
        ("KWD", "0.99", "4175.258", "3552.015"),
        ("USD", "0.92", "4175.26", "4139.96"),
    ],
)
async def test_the_export_gives_the_figures_of_the_handbook(
    world: World, currency: str, third_year: str, second: str, third: str
) -> None:
    secrets = await _handbook(world, currency, third_year)
    async with edge_of(world, secrets) as edge, nothing_moves(world):
        found = await edge.ask("operator", REVENUE)
    assert [one["label"] for one in found] == ["2026-01", "2026-02", "2026-03"]
    assert {one["rateSource"] for one in found} == {"AGREED"}
    rows = [one["rows"][0] for one in found]
    assert [one["issuer"]["code"] for one in rows] == ["grocer"] * 3
    assert {one["opening"]["currency"] for one in rows} == {currency}

    def figures(name: str) -> list[Decimal]:
        return [Decimal(one[name]["amount"]) for one in rows]

    assert figures("issued") == [9_000, 0, 0]
    assert figures("atOnce") == [91_000, 0, 0]
    assert figures("recognised") == [0, Decimal(second), Decimal(third)]
    assert figures("onRedemption") == [0, 4_050, 3_600]
    assert figures("opening") == [0, 9_000, 9_000 - Decimal(second)]
    assert figures("closing")[:2] == figures("opening")[1:]
    for row in rows:
        sums = {name: Decimal(row[name]["amount"]) for name in row if name != "issuer"}
        assert sums["recognised"] == sums["onRedemption"] + sums["asBreakage"]
        assert sums["closing"] == (
            sums["opening"] + sums["issued"] - sums["recognised"] - sums["givenBack"]
        )
    await assert_books_balance(world)


async def test_the_same_is_a_file_for_the_general_ledger(world: World) -> None:
    await _handbook(world, "JPY", "0.99")
    found = await insight.revenue_of(world.office, actor=world.operator(), now=world.now)
    rows = list(csv.DictReader(io.StringIO(insight.revenue_csv(found, await world.office.terms()))))
    assert [(one["period"], one["issuer"], one["issued"], one["recognised"], one["closing"])
            for one in rows] == [
        ("2026-01", "grocer", "9000", "0", "9000"),
        ("2026-02", "grocer", "0", "4175", "4825"),
        ("2026-03", "grocer", "0", "3552", "1273"),
    ]  # fmt: skip
    (march,) = await insight.revenue_of(
        world.office, actor=world.operator(), now=world.now, label="2026-03"
    )
    assert march == found[-1]
    # Given by who asks, one share holds for before and after: nothing is caught up.
    (march,) = await insight.revenue_of(
        world.office, actor=world.operator(), now=world.now, label="2026-03", rate=Decimal("0.97")
    )
    assert march.rows[0].recognised.minor == round(Fraction(9_000 * 8_500, 9_700)) - 4_175
    assert march.source is insight.RateSource.GIVEN


async def test_points_that_ended_leave_nothing_to_be_earned(world: World) -> None:
    """What the issuer is given back is not earned; the rest of what ended is, as breakage."""
    await world.apply(
        brands=[a_grocer(breakage_share="0.5"), a_bakery()],
        expiry={"kind": "rolling", "months": "1"},
    )
    world.now = datetime(2026, 1, 10, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    world.now = world.now.replace(day=20)
    await world.redeem("bakery", ada, 400)
    world.now = world.now.replace(month=2, day=20)
    assert await world.expire() == 600
    world.now = world.now.replace(month=3)
    for label in ("2026-01", "2026-02"):
        await world.close(label)
    found = await insight.revenue_of(world.office, actor=world.operator(), now=world.now)
    january, february = (one.rows[0] for one in found)
    assert (january.issued.minor, january.on_redemption.minor) == (1_000, 400)
    assert (january.as_breakage.minor, january.closing.minor) == (0, 600)
    assert february.given_back.minor == 300
    assert january.recognised.minor + february.recognised.minor == 700
    assert february.closing.minor == 0
    await assert_books_balance(world)


async def test_breakage_is_earned_by_an_estimate_when_a_year_has_been_seen(world: World) -> None:
    await world.apply()
    world.now = datetime(2025, 1, 10, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    world.now = world.now.replace(month=3)
    await world.redeem("bakery", ada, 400)
    # In the months after nothing more is spent.
    world.now = world.now.replace(year=2026)
    for month in range(1, 13):
        await world.close(f"2025-{month:02}")
    found = await insight.revenue_of(world.office, actor=world.operator(), now=world.now)
    of_grocer = [
        next(row for row in one.rows if row.issuer_id == world.partner("grocer").id)
        for one in found
    ]
    assert {one.source for one in found} == {insight.RateSource.ESTIMATED}
    moved = {
        place: (row.on_redemption.minor, row.as_breakage.minor, row.closing.minor)
        for place, row in enumerate(of_grocer, start=1)
        if row.opening != row.closing
    }
    assert moved == {1: (0, 0, 1_000), 3: (400, 0, 600), 12: (0, 600, 0)}


async def test_a_period_whose_past_is_not_closed_is_refused(world: World) -> None:
    await world.apply()
    world.now = datetime(2026, 1, 10, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    world.now = world.now.replace(month=2)
    await world.award("grocer", ada, "1000")
    world.now = world.now.replace(month=3)
    await world.close("2026-02")

    async def ask(label: str | None, brand: str | None = None) -> list[insight.PeriodRevenue]:
        actor = world.actor(brand) if brand else world.operator()
        return await insight.revenue_of(world.office, actor=actor, now=world.now, label=label)

    async with nothing_moves(world):
        assert await ask(None) == []
        for label in ("2026-01", "2026-02"):
            with pytest.raises(PeriodNotReady, match="2026-01 is open"):
                await ask(label)
        with pytest.raises(PeriodNotFound):
            await ask("1999-01")
        with pytest.raises(NotAllowed):
            await ask("2026-02", "grocer")
