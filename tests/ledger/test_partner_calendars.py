"""Each brand's periods end at its own midnights; an entry falls into that of its own brand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coalition.ledger import NoSuchCalendar, SettlementCalendar, ZonedCalendar
from coalition.settlement.errors import PeriodNotEnded, PeriodNotFound
from tests.support import World, a_bakery, a_fuel, a_grocer, assert_books_balance, nothing_moves

LONDON = "monthly@Europe/London"
TOKYO = "weekly@Asia/Tokyo"
MILLISECOND = timedelta(milliseconds=1)

# Zones whose clocks change at different moments, one whose offset is no whole hour, one far off.
ZONES = ["America/New_York", "Europe/London", "Asia/Kathmandu", "Pacific/Auckland", "UTC"]
calendars = st.builds(
    ZonedCalendar, st.sampled_from(list(SettlementCalendar)), st.sampled_from(ZONES)
)
# Hypothesis takes bounds without a zone.
instants = st.datetimes(datetime(2016, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


async def _apart(world: World, expiry: object = None) -> None:
    """The grocer in New York with the programme, the bakery in London, fuel weekly in Tokyo."""
    await world.apply(
        brands=[
            a_grocer(),
            a_bakery(time_zone="Europe/London"),
            a_fuel(settlement_calendar="weekly", time_zone="Asia/Tokyo"),
        ],
        expiry=expiry or {"kind": "none"},
    )


async def _periods(world: World, kind: int = 1) -> dict[object, object]:
    """The period of the only entry of this kind of each brand: calendar and label."""
    return {
        brand: f"{calendar} {label}"
        for brand, calendar, label in await world.rows(
            "SELECT b.code, p.calendar, p.label FROM entry e JOIN period p ON p.id = e.period_id"
            f" JOIN partner b ON b.id = e.partner_id WHERE e.kind = {kind}"
        )
    }


@given(calendars, instants)
def test_a_period_ends_with_the_last_millisecond_of_a_local_day(
    calendar: ZonedCalendar, instant: datetime
) -> None:
    span = calendar.span_containing(instant)
    assert instant in span
    after = span.ends_at.astimezone(calendar.zone)
    assert (after.hour, after.minute, after.second) == (0, 0, 0)
    last = span.ends_at - MILLISECOND
    local = last.astimezone(calendar.zone)
    assert f"{local:%H:%M:%S.%f}" == "23:59:59.999000"
    assert calendar.span_containing(last) == span
    assert calendar.span_containing(span.ends_at) == calendar.span_after(span)
    assert calendar.span_named(span.label) == span
    assert ZonedCalendar.named(calendar.name) == calendar


@pytest.mark.parametrize("name", ["", "monthly", "daily@UTC", "monthly@Mars/Olympus", "@UTC"])
def test_a_calendar_needs_a_length_and_a_zone(name: str) -> None:
    with pytest.raises(NoSuchCalendar):
        ZonedCalendar.named(name)


# On each of these last days of a month in London the clocks of one of the places have changed.
@pytest.mark.parametrize("month", [(2026, 3), (2026, 10), (2025, 12)])
async def test_the_last_millisecond_belongs_in_and_the_next_one_out_in_each_brands_own_zone(
    world: World, month: tuple[int, int]
) -> None:
    await _apart(world)
    year, number = month
    label = f"{year}-{number:02}"
    for brand, zone in (("grocer", "America/New_York"), ("bakery", "Europe/London")):
        end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=ZoneInfo(zone))
        first_out = end.astimezone(UTC)
        world.now = first_out + timedelta(days=1)
        ada = await world.enrol("Ada")
        await world.award(brand, ada, "10", at=first_out - MILLISECOND)
        await world.award(brand, ada, "10", at=first_out)
        labels = await world.rows(
            "SELECT p.label FROM entry e JOIN period p ON p.id = e.period_id"
            f" WHERE e.member_id = {ada.member_id} ORDER BY e.seq"
        )
        following = f"{end:%Y-%m}"
        assert labels == [(label,), (following,)], brand
    await assert_books_balance(world)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# Hypothesis takes bounds without a zone.
@given(at=st.datetimes(datetime(2025, 2, 1), datetime(2026, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
async def test_whenever_it_happens_it_is_counted_by_each_brands_own_calendar(
    world: World, at: datetime
) -> None:
    world.now = datetime(2027, 1, 10, tzinfo=UTC)
    await _apart(world)
    ada = await world.enrol("Ada")
    for brand in ("grocer", "bakery", "fuel"):
        await world.award(brand, ada, "100", at=at)
        calendar = world.partner(brand).calendar
        found = await world.rows(
            "SELECT p.label, p.starts_at, p.ends_at FROM entry e"
            " JOIN period p ON p.id = e.period_id"
            f" WHERE e.member_id = {ada.member_id} ORDER BY e.seq DESC LIMIT 1"
        )
        span = calendar.span_containing(at)
        assert found == [(span.label, span.starts_at, span.ends_at)]


async def test_points_that_are_spent_count_in_the_periods_of_both_who_take_and_who_gave_them(
    world: World,
) -> None:
    await _apart(world)
    ada = await world.enrol("Ada")
    # One in the morning of the first of April in London, eight in the evening before in New York.
    world.now = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
    await world.award("grocer", ada, "100")
    await world.award("fuel", ada, "100")
    spent = await world.redeem("bakery", ada, 120)
    held = await world.hold("bakery", ada, 30)
    await world.capture("bakery", held, 20)
    await world.refund("bakery", spent, 15)
    uses = await world.rows(
        "SELECT DISTINCT b.code, p.calendar || ' ' || p.label, i.calendar || ' ' || i.label"
        " FROM lot_use u JOIN partner b ON b.id = u.issuer_id JOIN period p ON p.id = u.period_id"
        " JOIN period i ON i.id = u.issuer_period_id ORDER BY 1"
    )
    assert uses == [
        ("fuel", f"{LONDON} 2026-04", f"{TOKYO} 2026-W14"),
        ("grocer", f"{LONDON} 2026-04", "monthly@America/New_York 2026-03"),
    ]
    await assert_books_balance(world)


async def test_points_that_end_count_in_the_issuers_period(world: World) -> None:
    """The last day is over when it is in New York, whenever that is posted."""
    await _apart(world, expiry={"kind": "period_end", "months": "1", "period": "month"})
    ada = await world.enrol("Ada")
    world.now = datetime(2026, 2, 28, 18, tzinfo=UTC)
    for brand in ("grocer", "fuel", "bakery"):
        await world.award(brand, ada, "100")
    world.now = datetime(2026, 4, 20, 12, tzinfo=UTC)
    assert await world.expire() == 350
    assert await _periods(world, kind=8) == {
        "grocer": "monthly@America/New_York 2026-03",
        "bakery": f"{LONDON} 2026-04",
        "fuel": f"{TOKYO} 2026-W14",
    }
    await assert_books_balance(world)


async def test_what_comes_late_goes_to_the_next_open_period_of_its_own_calendar_at_its_own_price(
    world: World,
) -> None:
    later = [{"valid_from": "2026-04-01", "issue_price": "0.5000"}]
    await world.apply(brands=[a_grocer(), a_bakery(time_zone="Europe/London", later=later)])
    ada = await world.enrol("Ada")
    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    await world.award("grocer", ada, "10", at=datetime(2026, 3, 20, tzinfo=UTC))
    await world.close("2026-03", calendar=LONDON)
    late = datetime(2026, 3, 31, 22, 59, tzinfo=UTC)
    await world.award("bakery", ada, "10", at=late)
    await world.award("grocer", ada, "20", at=late)
    assert await _periods(world) == {
        "bakery": f"{LONDON} 2026-04", "grocer": "monthly@America/New_York 2026-03",
    }  # fmt: skip
    world.now = datetime(2026, 5, 2, tzinfo=UTC)
    await world.close("2026-03")
    await world.close("2026-04", calendar=LONDON)
    bakery = (await world.statements("2026-04", calendar=LONDON))["bakery"]
    assert [(one.points, str(one.price)) for one in bakery.lines] == [(20, "0.01100000")]
    await assert_books_balance(world)


async def test_closing_one_calendar_leaves_the_others_open(world: World) -> None:
    await _apart(world)
    ada = await world.enrol("Ada")
    world.now = datetime(2026, 4, 1, 2, tzinfo=UTC)
    for brand in ("grocer", "bakery"):
        await world.award(brand, ada, "10", at=datetime(2026, 3, 20, tzinfo=UTC))
    # March is over in London, not yet in New York.
    async with nothing_moves(world):
        with pytest.raises(PeriodNotEnded):
            await world.close("2026-03")
    await world.close("2026-03", calendar=LONDON)
    assert set(await world.statements("2026-03", calendar=LONDON)) == {"bakery"}
    await world.award("grocer", ada, "10", at=datetime(2026, 3, 21, tzinfo=UTC))
    world.now = datetime(2026, 4, 1, 12, tzinfo=UTC)
    await world.close("2026-03")
    assert set(await world.statements("2026-03")) == {"grocer"}
    await assert_books_balance(world)


async def test_a_calendar_of_nobody_is_not_closed(world: World) -> None:
    await _apart(world)
    async with nothing_moves(world):
        with pytest.raises(PeriodNotFound) as refused:
            await world.close("2026-02", calendar="monthly@Europe/Paris")
    assert LONDON in str(refused.value)


async def test_two_periods_of_one_calendar_never_overlap(world: World) -> None:
    await _apart(world)
    await world.office.open_periods([world.now])
    with pytest.raises(Exception, match="period_apart"):
        await world.superuser.execute(
            "INSERT INTO period (calendar, label, starts_at, ends_at)"
            " SELECT calendar, 'another', starts_at, ends_at FROM period LIMIT 1"
        )
