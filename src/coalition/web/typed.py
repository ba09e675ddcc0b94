"""What somebody types into a field, as the API reads it."""

import re
from datetime import date

# As many as the API counts.
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# A day before or after is one of the API, too.
_YEARS = range(1901, 9998)


def points_in(text: str) -> str | None:
    """0100 is 100. None: it is not told in digits."""
    return str(int(text)) if _DIGITS.fullmatch(text) else None


def day_in(text: str) -> date | None:
    """None: it is no day like 2026-03-31, or none of the calendar that points go by."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and day.year in _YEARS else None
