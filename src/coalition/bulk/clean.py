"""Remove files and results whose time is over, and end what no file came for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from coalition.kit.database import Database

# A file that is begun and not finished in so many days is not coming.
_ABANDONED = timedelta(days=7)
_RESULTS_A_ROUND = 20_000


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What one transaction removed."""

    abandoned: int
    chunks: int
    results: int


async def clean_bulk(
    database: Database, *, now: datetime, files_for: timedelta, results_for: timedelta
) -> AsyncIterator[Cleaned]:
    """Yields what each transaction removed, until nothing is left to remove."""
    while True:
        (row,) = await database.call(
            "clean_bulk", now, now - _ABANDONED, now - files_for, now - results_for,
            _RESULTS_A_ROUND,
        )  # fmt: skip
        cleaned = Cleaned(row["abandoned"], row["chunks"], row["results"])
        if cleaned == Cleaned(0, 0, 0):
            return
        yield cleaned
