"""When a delivery that failed is tried again: as Standard Webhooks 1.0 recommends. Pure.

Ten tries over three days. Each wait is longer by up to a tenth, by chance: what failed together
does not come back together.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Before each try, counted from the one before it.
WAITS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
LONGEST_ASKED = timedelta(hours=24)
# Of a date: "Wednesday, 30-Sep-26 08:49:37 GMT".
_LONGEST_RETRY_AFTER = 40
_TENTH = 10


def next_try(
    tries: int, *, now: datetime, chance: float, asked: timedelta | None = None
) -> datetime | None:
    """When the next try is, after `tries` that failed; None: there is none.

    `chance` is from 0 to 1. `asked` is what the receiver's Retry-After says: it can make a wait
    longer, up to a day, and never shorter.
    """
    if tries >= len(WAITS):
        return None
    wait = WAITS[tries] * (1 + chance / _TENTH)
    if asked is not None:
        wait = max(wait, min(asked, LONGEST_ASKED))
    return now + wait


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After asks for (RFC 9110 section 10.2.3): seconds, or until a date in any of
    the three forms of section 5.6.7. None for what is neither; a date that is over asks for
    nothing.
    """
    if value is None or not value.isascii() or len(value) > _LONGEST_RETRY_AFTER:
        return None
    if value.isdigit():
        return timedelta(seconds=min(int(value), int(LONGEST_ASKED.total_seconds())))
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # The form of asctime names no zone; all three mean UTC.
    return max(until.replace(tzinfo=until.tzinfo or UTC) - now, timedelta(0))
