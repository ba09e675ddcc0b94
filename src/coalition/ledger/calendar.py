"""Settlement calendars: which period an instant falls into. Pure arithmetic.

A period runs from local midnight to local midnight in its calendar's time zone, so a change of
the clocks makes it an hour shorter or longer, never shifts its ends. The end is exclusive.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LABEL = re.compile(r"\d{4}-(?:\d{2}|W\d{2}|Q[1-4])", re.ASCII)
_MONTHS_OF_QUARTER = 3
_MONTHS_OF_YEAR = 12


class SettlementCalendar(StrEnum):
    WEEKLY = "weekly"  # ISO 8601 weeks, "2017-W05"
    MONTHLY = "monthly"  # "2017-01"
    QUARTERLY = "quarterly"  # "2017-Q1"


@dataclass(frozen=True, slots=True)
class PeriodSpan:
    """A period's name and its ends in UTC."""

    label: str
    starts_at: datetime
    ends_at: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.starts_at <= instant < self.ends_at


class NoSuchPeriod(ValueError):
    """The label names no period of the calendar."""


class NoSuchCalendar(ValueError):
    """The text names no calendar and zone."""


@dataclass(frozen=True, slots=True)
class ZonedCalendar:
    """Whose midnights count: a calendar of a time zone. Partners that share one close together."""

    kind: SettlementCalendar
    time_zone: str

    @classmethod
    def named(cls, name: str) -> "ZonedCalendar":
        """The calendar of that name, like monthly@Europe/Madrid. Raises `NoSuchCalendar`."""
        kind, _, zone = name.partition("@")
        try:
            found = cls(SettlementCalendar(kind), zone)
            ZoneInfo(zone)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise NoSuchCalendar(name) from None
        return found

    @property
    def name(self) -> str:
        return f"{self.kind}@{self.time_zone}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def span_containing(self, instant: datetime) -> PeriodSpan:
        """The period that `instant` falls into."""
        return span_containing(self.kind, self.zone, instant)

    def span_named(self, label: str) -> PeriodSpan:
        """The period of that label. Raises `NoSuchPeriod`."""
        return span_named(self.kind, self.zone, label)

    def span_after(self, span: PeriodSpan) -> PeriodSpan:
        """The period that follows `span`."""
        return span_after(self.kind, self.zone, span)


def span_containing(calendar: SettlementCalendar, zone: ZoneInfo, instant: datetime) -> PeriodSpan:
    """The period that `instant` falls into."""
    return _span_from(calendar, zone, _first_day(calendar, instant.astimezone(zone).date()))


def span_named(calendar: SettlementCalendar, zone: ZoneInfo, label: str) -> PeriodSpan:
    """The period of that label. Raises `NoSuchPeriod`."""
    try:
        match calendar:
            case SettlementCalendar.WEEKLY:
                year, week = _numbers(r"(\d{4})-W(\d{2})", label)
                first = date.fromisocalendar(year, week, 1)
            case SettlementCalendar.MONTHLY:
                year, month = _numbers(r"(\d{4})-(\d{2})", label)
                first = date(year, month, 1)
            case SettlementCalendar.QUARTERLY:
                year, quarter = _numbers(r"(\d{4})-Q([1-4])", label)
                first = date(year, (quarter - 1) * _MONTHS_OF_QUARTER + 1, 1)
        return _span_from(calendar, zone, first)
    except (ValueError, OverflowError):
        raise NoSuchPeriod(label) from None


def is_label(text: str) -> bool:
    """Whether a period of any calendar could have this label."""
    return _LABEL.fullmatch(text) is not None


def span_after(calendar: SettlementCalendar, zone: ZoneInfo, span: PeriodSpan) -> PeriodSpan:
    """The period that follows `span`."""
    return span_containing(calendar, zone, span.ends_at)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of a month that is too short for it."""
    years, month = divmod(day.month - 1 + months, _MONTHS_OF_YEAR)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, _last_day(year, month)))


def end_of(unit: str, day: date) -> date:
    """The last day of the `month`, `quarter` or `year` that `day` is in."""
    length = {"month": 1, "quarter": _MONTHS_OF_QUARTER, "year": _MONTHS_OF_YEAR}[unit]
    month = (day.month + length - 1) // length * length
    return date(day.year, month, _last_day(day.year, month))


def _numbers(pattern: str, label: str) -> tuple[int, int]:
    match = re.fullmatch(pattern, label, re.ASCII)
    if match is None:
        raise NoSuchPeriod(label)
    return int(match[1]), int(match[2])


def _first_day(calendar: SettlementCalendar, day: date) -> date:
    match calendar:
        case SettlementCalendar.WEEKLY:
            return day - timedelta(days=day.weekday())
        case SettlementCalendar.MONTHLY:
            return day.replace(day=1)
        case SettlementCalendar.QUARTERLY:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def _span_from(calendar: SettlementCalendar, zone: ZoneInfo, first: date) -> PeriodSpan:
    match calendar:
        case SettlementCalendar.WEEKLY:
            year, week, _ = first.isocalendar()
            label, after = f"{year:04}-W{week:02}", first + timedelta(days=7)
        case SettlementCalendar.MONTHLY:
            label, after = f"{first:%Y-%m}", add_months(first, 1)
        case SettlementCalendar.QUARTERLY:
            label = f"{first.year:04}-Q{(first.month + 2) // 3}"
            after = add_months(first, _MONTHS_OF_QUARTER)
    return PeriodSpan(label, _midnight(first, zone), _midnight(after, zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _last_day(year: int, month: int) -> int:
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - first).days
