"""Months of the programme's own calendar. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# From any day of a month into the next one.
_INTO_THE_NEXT = timedelta(days=31)


def month_of(first: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The moments between which a month lies, of which `first` is the first day."""
    following = (first + _INTO_THE_NEXT).replace(day=1)
    return (
        datetime.combine(first, time(), zone).astimezone(UTC),
        datetime.combine(following, time(), zone).astimezone(UTC),
    )
