"""What points will cost at an instant: from the books, of any day, in currencies of all kinds."""

import runpy
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from coalition import insight, settlement
from coalition.access import Scope
from coalition.insight.errors import (
    NotInTheFuture,
    RedemptionRateNotValid,
    RedemptionRateUnknown,
)
from coalition.kit.amounts import Money
from coalition.kit.errors import NotAllowed
from coalition.settlement.errors import FxRateMissing
from tests.support import (
    World,
    a_bakery,
    a_florist,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)
from tests.support.world import broken_laws

TOP = Path(__file__).parents[2]
NEW_YORK = ZoneInfo("America/New_York")
YEN = {"currency": "JPY", "issue_price": "1.5", "redeem_price": "1.1"}
DINAR = {"currency": "KWD", "issue_price": "0.0031", "redeem_price": "0.0024"}


async def _liability(
    world: World, rate: str | None = None, as_of: datetime | None = None, brand: str | None = None
) -> insight.LiabilityReport:
    return await insight.liability_at(
        world.office,
        actor=world.actor(brand) if brand else world.operator(),
        now=world.now,
        as_of=as_of,
        remaining_rate=None if rate is None else Decimal(rate),
    )


async def _points_of_members(world: World) -> int:
    ((points,),) = await world.rows("SELECT sum(points + held)::bigint FROM balance")
    assert isinstance(points, int)
    return points


def _at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=NEW_YORK)


async def test_what_is_outstanding_is_what_members_have_at_every_moment(world: World) -> None:
    await world.apply(
        brands=[a_grocer(settlement_calendar="weekly"), a_bakery()],
        returns={"clawback": "unlimited", "shortfall_payer": "issuer", "debt_limit": "1000"},
    )
    world.now = _at(1, 10)
    ada = await world.enrol("Ada")
    first = await world.award("grocer", ada, "100")
    await world.award("bakery", ada, "200")
    spent = await world.redeem("bakery", ada, 450)
    hold = await world.hold("grocer", ada, 30)
    assert (await _liability(world, "1")).liability.outstanding == await _points_of_members(world)
    await world.capture("grocer", hold, 10)
    world.now = _at(1, 20)
    await world.bring_back("grocer", first.place)  # more than she has left: a debt
    await world.award("grocer", ada, "50")
    await world.refund("bakery", spent, 50)
    before = (await _liability(world, "1")).liability
    assert before.outstanding == await _points_of_members(world)
    world.now = _at(2, 3)
    for label in ("2026-W02", "2026-W03", "2026-W04"):
        await world.close(label, calendar="weekly@America/New_York")
    await world.close("2026-01")
    # Closed or not, and as of the day before: the points are the same.
    for as_of in (None, _at(2, 1, 0), _at(1, 20, 13)):
        again = (await _liability(world, "1", as_of)).liability
        assert (again.outstanding, again.expected) == (before.outstanding, before.expected)
        assert again.issuers == before.issuers
    await assert_books_balance(world)


async def test_a_past_days_figure_stays_what_it_was(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()])
    world.now = _at(1, 10)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    world.now = _at(1, 15)
    await world.redeem("bakery", ada, 400)
    on_the_twelfth = await _liability(world, "0.5", _at(1, 12))
    assert on_the_twelfth.liability.outstanding == 1_000
    assert on_the_twelfth.cost_source is insight.CostSource.POINT_VALUE
    assert on_the_twelfth.liability.amount == Money(250, "USD")
    world.now = _at(2, 2)
    await world.close("2026-01")
    end_of_january = await _liability(world, "0.5", _at(2, 1, 0))
    assert end_of_january.moment.day == date(2026, 1, 31)
    assert end_of_january.liability.amount == Money(225, "USD")  # 600 x 0.5 x 0.0075
    # Reported late, it counts in the period that bills it, and on no day before.
    await world.award("grocer", ada, "77", at=_at(1, 11))
    assert (await _liability(world, "0.5", _at(2, 1, 0))).liability == end_of_january.liability
    twelfth = await _liability(world, "0.5", _at(1, 12))
    assert twelfth.liability == on_the_twelfth.liability
    assert (await _liability(world, "0.5")).liability.outstanding == 677


async def test_yen_and_dinars_cost_what_they_are_worth_that_day(world: World) -> None:
    """Prices of a currency without decimals and of one with three, in dollars."""
    brands = [
        a_grocer(),
        a_florist(**YEN),
        a_florist(code="tea", name="Tea House", legal_entity="tea-inc", clients=[], **DINAR),
    ]
    await world.apply(brands=brands, settlement={"fx_source": "bank"})
    world.now = _at(1, 20)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "2000")
    await world.award("florist", ada, "250")
    await world.redeem("tea", ada, 777)
    await world.redeem("florist", ada, 333)
    world.now = _at(2, 1)
    await world.close("2026-01")
    async with nothing_moves(world):
        with pytest.raises(FxRateMissing, match="bank for USD/JPY, USD/KWD on 2026-01-31"):
            await _liability(world, "1", _at(2, 1, 0))
    given = [
        settlement.GivenRate(date(2026, 1, 31), "USD", "JPY", Decimal("150.25")),
        settlement.GivenRate(date(2026, 1, 31), "KWD", "USD", Decimal("3.2577")),
    ]
    await settlement.load_rates(world.office, actor=world.operator(), source="bank", rates=given)
    found = (await _liability(world, "0.8", _at(2, 1, 0))).liability
    paid = Fraction(366) / Fraction("150.25") + Fraction("1.865") * Fraction("3.2577")
    cost = paid / (777 + 333)
    assert found.cost == cost * 100
    outstanding = 2000 + 500 - 777 - 333
    assert found.amount.minor == round(outstanding * Fraction(8, 10) * cost * 100)
    covered = await insight.coverage_at(
        world.office, actor=world.operator(), now=world.now, as_of=_at(2, 1, 0),
        remaining_rate=Decimal("0.8"),
    )  # fmt: skip
    assert covered.funds == (Money(384, "JPY"), Money(-1865, "KWD"), Money(2000, "USD"))
    assert covered.fund.minor == 2000 + round(38400 / Fraction("150.25")) - round(
        Fraction("186.5") * Fraction("3.2577")
    )
    assert covered.ratio == Fraction(covered.fund.minor, found.amount.minor)
    await assert_books_balance(world)


async def test_a_rate_is_given_or_agreed_or_estimated(world: World) -> None:
    agreed = {"redemption_rates": [{"valid_from": "2026-02-01", "rate": "0.6"}]}
    await world.apply(brands=[a_grocer(), a_bakery()])
    world.now = _at(1, 10)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    async with nothing_moves(world):
        with pytest.raises(RedemptionRateUnknown, match="2026-01-10"):
            await _liability(world)
        for wrong in ("1.01", "-0.1", "NaN"):
            with pytest.raises(RedemptionRateNotValid):
                await _liability(world, wrong)
        with pytest.raises(NotInTheFuture):
            await _liability(world, "1", world.now.replace(day=11))
    await world.redeem("bakery", ada, 400)
    world.now = _at(2, 10)
    await world.award("grocer", ada, "100")
    estimated = await _liability(world)
    # Of January's points 40 % were spent, and no age beyond that has been seen: nothing more is
    # expected of them; of February's, 40 %.
    assert (estimated.source, estimated.months) == (insight.RateSource.ESTIMATED, 1)
    assert [one.expected for one in estimated.outlooks] == [0, 40]
    assert estimated.liability.outstanding == 700
    await world.apply(brands=[a_grocer(), a_bakery()], settlement=agreed)
    by_contract = await _liability(world)
    assert by_contract.source is insight.RateSource.AGREED
    assert [one.expected for one in by_contract.outlooks] == [200, 60]
    assert (await _liability(world, as_of=_at(2, 1, 0))).source is insight.RateSource.ESTIMATED
    given = await _liability(world, "0.5")
    assert (given.source, given.liability.expected) == (insight.RateSource.GIVEN, 350)


async def test_a_partner_is_told_of_its_own_points_and_of_nobodys_price(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery(), a_florist(currency="USD")])
    world.now = _at(1, 10)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    await world.award("bakery", ada, "100")
    await world.redeem("bakery", ada, 100)
    await world.redeem("florist", ada, 100)
    two = await _liability(world, "0.5", brand="grocer")
    assert (two.liability.outstanding, two.tells_cost, two.outlooks) == (800, False, ())
    assert [one.issuer_id for one in two.liability.issuers] == [world.partner("grocer").id]
    await world.redeem("grocer", ada, 100)
    three = await _liability(world, "0.5", brand="grocer")
    assert three.tells_cost
    whole = (await _liability(world, "0.5")).liability
    assert three.liability.amount == whole.issuers[0].amount
    assert whole.amount.minor == sum(one.amount.minor for one in whole.issuers)
    nothing = await _liability(world, "0.5", brand="florist")
    assert (nothing.liability.outstanding, nothing.liability.issuers) == (0, ())

    till = world.actor("grocer", Scope.POINTS_AWARD)
    async with nothing_moves(world):
        with pytest.raises(NotAllowed):
            await insight.liability_at(world.office, actor=till, now=world.now)
        for closed in (insight.coverage_at, insight.concentration_in):
            with pytest.raises(NotAllowed):
                await closed(world.office, actor=world.actor("grocer"), now=world.now)


async def test_what_is_kept_and_changed_by_hand_is_named(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()])
    world.now = _at(1, 10)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    world.now = _at(2, 1)
    await world.close("2026-01")
    await assert_books_balance(world)
    await world.corrupt("UPDATE cohort_roll SET redeemed = redeemed + 5")
    broken = await broken_laws(world)
    kept, sealed = broken
    assert kept.startswith("ST12")
    assert "kept 1000 issued and 0 gone, by earn month 1000 and 5" in broken[kept][0]
    assert broken[sealed] == (
        "cohort roll 1/1/1/2026-01-01/2026-01-01: it is not what the application wrote",
    )


async def test_periods_closed_before_figures_were_kept_have_the_same_ones(world: World) -> None:
    await world.apply(
        brands=[a_grocer(settlement_calendar="weekly"), a_bakery()],
        returns={"clawback": "unlimited", "shortfall_payer": "issuer", "debt_limit": "1000"},
    )
    world.now = _at(1, 10)
    ada = await world.enrol("Ada")
    given = await world.award("grocer", ada, "100")
    await world.award("bakery", ada, "200")
    spent = await world.redeem("bakery", ada, 450)
    await world.bring_back("grocer", given.place)
    await world.award("grocer", ada, "70")
    await world.refund("bakery", spent, 50)
    world.now = _at(2, 3)
    await world.close("2026-W02", calendar="weekly@America/New_York")
    await world.close("2026-01")
    kept = await world.snapshot()
    filled = runpy.run_path(str(TOP / "migrations/versions/0015_insight.py"))
    await world.corrupt(
        "DELETE FROM cohort_roll", "DELETE FROM issuer_roll", "SET LOCAL search_path = coalition",
        filled["FILL_COHORTS"], filled["FILL_ISSUERS"],
    )  # fmt: skip
    assert await world.snapshot() == kept
    assert len(kept["cohort_roll"]) > 1


async def test_concentration_of_a_year_counts_all_calendars(world: World) -> None:
    await world.apply(brands=[a_grocer(settlement_calendar="weekly"), a_bakery()])
    world.now = datetime(2025, 12, 30, 12, tzinfo=UTC)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "300")
    world.now = _at(1, 10)
    gone = await world.award("bakery", ada, "100")
    await world.award("bakery", ada, "50")
    await world.bring_back("bakery", gone.place)
    await world.redeem("bakery", ada, 10)

    async def ask() -> insight.ConcentrationReport:
        return await insight.concentration_in(world.office, actor=world.operator(), now=world.now)

    found = await ask()
    assert found.issued.points == {world.partner("grocer").id: 300, world.partner("bakery").id: 100}
    assert (found.issued.index, found.redeemed.index) == (6_250, 10_000)
    assert found.is_above_alert
    world.now = _at(1, 10).replace(year=2027)
    # The week of the grocer's points ended more than a year before, the bakery's month did not.
    assert (await ask()).issued.points == {world.partner("bakery").id: 100}
    await world.close("2026-W01", calendar="weekly@America/New_York")
    for label in ("2025-12", "2026-01"):
        await world.close(label)
    assert (await ask()).issued.points == {world.partner("bakery").id: 100}
