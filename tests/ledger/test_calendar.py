"""Periods tile time: every instant is in exactly one, across changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.ledger import (
    NoSuchPeriod,
    SettlementCalendar,
    span_after,
    span_containing,
    span_named,
)
from coalition.ledger.calendar import add_months, end_of

MADRID = ZoneInfo("Europe/Madrid")
calendars = st.sampled_from(SettlementCalendar)
zones = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata",
                                 "Pacific/Kiritimati", "Australia/Lord_Howe", "America/St_Johns")]
)  # fmt: skip
# Hypothesis takes bounds without a zone.
instants = st.datetimes(datetime(1990, 1, 2), datetime(2199, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
days = st.dates(date(1990, 1, 1), date(2199, 12, 31))


@given(calendars, zones, instants)
def test_an_instant_is_in_its_period_and_the_next_one_begins_where_it_ends(
    calendar: SettlementCalendar, zone: ZoneInfo, instant: datetime
) -> None:
    span = span_containing(calendar, zone, instant)
    following = span_after(calendar, zone, span)
    assert instant in span
    assert instant not in following
    assert following.starts_at == span.ends_at
    assert following.label > span.label
    assert span_containing(calendar, zone, span.starts_at) == span
    assert span_containing(calendar, zone, span.ends_at - timedelta(microseconds=1)) == span


@given(calendars, zones, instants)
def test_a_label_names_the_period_that_carries_it(
    calendar: SettlementCalendar, zone: ZoneInfo, instant: datetime
) -> None:
    span = span_containing(calendar, zone, instant)
    assert span_named(calendar, zone, span.label) == span


@given(calendars, zones, instants)
def test_a_period_begins_at_local_midnight(
    calendar: SettlementCalendar, zone: ZoneInfo, instant: datetime
) -> None:
    local = span_containing(calendar, zone, instant).starts_at.astimezone(zone)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)


@pytest.mark.parametrize(
    ("calendar", "label", "starts", "hours"),
    [
        ("weekly", "2026-W13", "2026-03-22T23:00:00+00:00", 7 * 24 - 1),
        ("weekly", "2026-W43", "2026-10-18T22:00:00+00:00", 7 * 24 + 1),
        ("monthly", "2026-03", "2026-02-28T23:00:00+00:00", 31 * 24 - 1),
        ("monthly", "2026-10", "2026-09-30T22:00:00+00:00", 31 * 24 + 1),
        ("monthly", "2024-02", "2024-01-31T23:00:00+00:00", 29 * 24),
        ("quarterly", "2026-Q1", "2025-12-31T23:00:00+00:00", 90 * 24 - 1),
        ("quarterly", "2026-Q4", "2026-09-30T22:00:00+00:00", 92 * 24 + 1),
    ],
)
def test_a_change_of_the_clocks_makes_a_period_an_hour_shorter_or_longer(
    calendar: str, label: str, starts: str, hours: int
) -> None:
    span = span_named(SettlementCalendar(calendar), MADRID, label)
    assert span.starts_at.isoformat() == starts
    assert span.ends_at - span.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("instant", "label"),
    [
        ("2026-01-01T12:00:00+00:00", "2026-W01"),
        ("2027-01-03T12:00:00+00:00", "2026-W53"),
        ("2024-12-30T12:00:00+00:00", "2025-W01"),
    ],
)
def test_a_week_belongs_to_the_year_of_its_thursday(instant: str, label: str) -> None:
    span = span_containing(SettlementCalendar.WEEKLY, MADRID, datetime.fromisoformat(instant))
    assert span.label == label


@pytest.mark.parametrize(
    ("calendar", "label"),
    [
        ("monthly", "2026-13"), ("monthly", "2026-00"), ("monthly", "2026-1"), ("monthly", ""),
        ("monthly", "2026-Q1"), ("monthly", "0000-01"), ("monthly", "9999-12"),
        ("monthly", "٢٠٢٦-01"), ("monthly", "2026-01\n"), ("weekly", "2025-W53"),
        ("weekly", "2026-W00"), ("quarterly", "2026-Q5"), ("quarterly", "2026-Q0"),
    ],
)  # fmt: skip
def test_what_names_no_period_is_told_so(calendar: str, label: str) -> None:
    with pytest.raises(NoSuchPeriod):
        span_named(SettlementCalendar(calendar), MADRID, label)


@given(days, st.integers(0, 600))
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(
    day: date, months: int
) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(days, st.sampled_from([("month", 1), ("quarter", 3), ("year", 12)]))
def test_the_end_of_a_month_quarter_or_year_is_its_last_day(
    day: date, unit: tuple[str, int]
) -> None:
    name, months = unit
    end = end_of(name, day)
    assert day <= end
    assert (end + timedelta(days=1)).day == 1
    assert end.month % months == 0
    assert end < add_months(day.replace(day=1), months)
