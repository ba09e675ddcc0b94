"""Delete copies whose time is over."""

from datetime import datetime

from coalition.kit.database import Database


async def clean_copies(database: Database, *, now: datetime) -> int:
    """How many. Raises `Unavailable`."""
    (row,) = await database.call("end_copies", now)
    removed: int = row["removed"]
    return removed
