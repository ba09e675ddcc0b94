"""Remove what has ended and is asked for no more: sessions, codes, tokens, assertions."""

from datetime import datetime, timedelta

from coalition.kit.database import Database

# What is shown again a little late is still known as used: its grant ends, as it should.
_GRACE = timedelta(days=1)


async def clean_access(database: Database, *, now: datetime) -> int:
    """How many rows ended more than a day ago. Grants stay: they say who allowed what."""
    (row,) = await database.call("clean_access", now - _GRACE)
    removed: int = row["removed"]
    return removed
