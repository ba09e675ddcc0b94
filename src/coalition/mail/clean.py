"""Remove mails whose time is over: those that ended, and those that nobody sent in time."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from coalition.kit.database import Database

_A_ROUND = 5000


async def clean_mails(
    database: Database, *, now: datetime, keep: timedelta, at_once: int = _A_ROUND
) -> AsyncIterator[int]:
    """Yields how many each transaction removed, of those that ended longer ago than `keep`, until
    nothing is left to remove. Without a mail server, what nobody sends is gone as soon as it would
    help nobody any more.
    """
    while True:
        (row,) = await database.call("clean_mails", now - keep, now, at_once)
        if not row["removed"]:
            return
        yield row["removed"]
