"""Remove deliveries whose time is over, with their attempts."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from coalition.kit.database import Database

_A_ROUND = 5000


async def clean_webhooks(
    database: Database, *, now: datetime, keep: timedelta, at_once: int = _A_ROUND
) -> AsyncIterator[int]:
    """Yields how many deliveries each transaction removed, of those that were delivered or given
    up longer ago than `keep`, until nothing is left to remove.
    """
    while True:
        (row,) = await database.call("clean_webhooks", now - keep, now, at_once)
        if not row["removed"]:
            return
        yield row["removed"]
