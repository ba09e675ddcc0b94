"""Do the books balance? Each law is one query that finds the rows which break it.

The laws are the invariants of the field by their usual numbers (docs/books.md lists them). They
are read as the operator from the live database, each in its own snapshot, and take nothing on
trust: a figure that is kept beside the book is compared with the book.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from coalition.kit.database import EVERYTHING, Database
from coalition.ledger.law import Check
from coalition.ledger.laws import CHECKS

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Broken:
    """The first rows that break a law; empty when it holds."""

    check: Check
    rows: tuple[str, ...]


async def broken_laws(
    database: Database, checks: Sequence[Check] = CHECKS
) -> AsyncIterator[Broken]:
    """Run each check in turn; yields every one, with the first rows that break it."""
    for check in checks:
        async with database.reading(EVERYTHING) as connection:
            rows = await connection.exec_driver_sql(
                f"SELECT * FROM ({check.query}) AS broken LIMIT {_SHOWN}"  # noqa: S608 - ours
            )
            yield Broken(check, tuple(row[0] for row in rows))
