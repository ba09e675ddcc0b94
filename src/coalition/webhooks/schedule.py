"""When a delivery that failed is tried again: as Standard Webhooks 1.0 recommends. Pure.

Ten tries over three days. Each wait is longer by up to a tenth, by chance: what failed together
does not come back together.
"""

from datetime import datetime, timedelta

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


def retry_after(value: str | None) -> timedelta | None:
    """The seconds of a Retry-After (RFC 9110 section 10.2.3). A date is not looked at."""
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > len("1000000000"):
        return None
    return timedelta(seconds=int(value))
