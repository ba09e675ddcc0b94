"""When a mail that was not taken is tried again, until it is too late for it. Pure."""

from datetime import datetime, timedelta

# Before each further try; the last one again and again. A mail server that greylists takes a mail
# after some minutes, one that is down is back within hours (RFC 5321 section 4.5.4.1).
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=4),
)
_TENTH = 10


def next_try(tries: int, *, now: datetime, best_before: datetime, chance: float) -> datetime | None:
    """After `tries` that failed, one at least; None when it would be too late then. `chance` is
    from 0 to 1: what failed together does not come back together.
    """
    wait = WAITS[min(tries, len(WAITS)) - 1] * (1 + chance / _TENTH)
    due = now + wait
    return due if due < best_before else None
