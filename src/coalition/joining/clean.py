"""Remove links and codes whose time is over: with them what somebody wrote who never came back."""

from datetime import datetime

from coalition.kit.database import Database


async def clean_joining(database: Database, *, now: datetime) -> int:
    """How many rows. Raises `Unavailable`."""
    (row,) = await database.call("clean_joining", now)
    removed: int = row["removed"]
    return removed
