"""Write the mails that time asks for: of points that end soon, and of a month that is over. Only
members that want them and can be reached get one; it is asked once more when it is sent.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from coalition.kit.database import Database
from coalition.mail.days import month_of
from coalition.partners import Office

# Days before the last day of points, the earliest first.
STEPS: Final = (60, 30, 7)
# A use of points that nobody was told of for two days is no alert any more.
KEEP_ALERTS: Final = timedelta(days=2)
_A_REMINDER_HELPS: Final = timedelta(days=3)
_A_MONTH_INTERESTS: Final = timedelta(days=14)
_EVENTS_AT_ONCE = 500
_MEMBERS_AT_ONCE = 1000


async def fan_out_mails(database: Database, *, now: datetime) -> int:
    """Read the feed of events to its present end; how many mails were written. Any number of
    workers may. Raises `Unavailable`.
    """
    written: int = 0
    while True:
        (row,) = await database.call("fan_out_mails", _EVENTS_AT_ONCE, KEEP_ALERTS, now)
        written += row["written"]
        if row["events"] < _EVENTS_AT_ONCE:
            return written


async def write_reminders(office: Office, *, now: datetime) -> AsyncIterator[int]:
    """Yields how many members each transaction wrote to, of points that end within each of `STEPS`
    days. A last day is told of once at each step, however often this runs and whatever nights were
    missed. Raises `Unavailable`.
    """
    today = (await office.terms()).programme.today(now)
    behind: int | None = 0
    while behind is not None:
        (row,) = await office.database.call(
            "write_reminders", today, list(STEPS), now + _A_REMINDER_HELPS, behind,
            _MEMBERS_AT_ONCE, now,
        )  # fmt: skip
        behind = row["reached"]
        if row["written"]:
            yield row["written"]


async def write_months(office: Office, *, now: datetime) -> AsyncIterator[int]:
    """Yields how many members each transaction wrote to, of the month of the programme's calendar
    that was over last; once each. After its first two weeks a month is told of no more. Raises
    `Unavailable`.
    """
    zone = (await office.terms()).programme.zone
    this_month = now.astimezone(zone).date().replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    _, ended = month_of(last_month, zone)
    best_before = ended + _A_MONTH_INTERESTS
    behind: int | None = 0 if now < best_before else None
    while behind is not None:
        (row,) = await office.database.call(
            "write_months", last_month, best_before, behind, _MEMBERS_AT_ONCE, now
        )
        behind = row["reached"]
        if row["written"]:
            yield row["written"]
