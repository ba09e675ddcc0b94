"""Remove what has ended and is asked for no more: sessions, codes, tokens, permissions."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from coalition.kit.database import Database

# What is shown again a little late is still known as used: its grant ends, as it should.
_GRACE = timedelta(days=1)
# Of each kind in one transaction: nobody who signs in waits for it.
_A_ROUND = 2000


async def clean_access(
    database: Database, *, now: datetime, at_once: int = _A_ROUND
) -> AsyncIterator[int]:
    """Yields how many rows each transaction removed, of what ended more than a day ago, until
    nothing is left to remove. Permissions that stand stay: they say who allows what.
    """
    while True:
        (row,) = await database.call("clean_access", now - _GRACE, at_once)
        if not row["removed"]:
            return
        yield row["removed"]
