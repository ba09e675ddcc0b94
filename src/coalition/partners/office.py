"""What a verb needs at hand: the database, the terms in force and the open periods."""

import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

import asyncpg

from coalition.kit.database import Database, Rehearsal
from coalition.ledger import PeriodBook, PeriodSpan, ZonedCalendar
from coalition.partners.queries import terms_in_force
from coalition.partners.terms import Terms

# So that a suspension is known within five, the request that asks included.
_FRESH_SECONDS = 4.0
_TRIES = 5
TERMS_CHANGED = "TERMS_CHANGED"

Rows = list[asyncpg.Record]


class Office:
    """One per process. Terms are read again after a few seconds, and at once when a posting
    finds that they have changed: what is posted is always judged by the terms in force.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._home = database
        self._periods = PeriodBook(database)
        self._terms: Terms | None = None
        self._read_at = 0.0

    def rehearsing(self, rehearsal: Rehearsal) -> "Office":
        """The same office with its verbs written into a rehearsal. Terms and periods are the real
        ones: a period that is opened for a posting holds nothing by itself.
        """
        other = Office(self._home)
        other.database = rehearsal
        other._periods = self._periods
        other._terms, other._read_at = self._terms, self._read_at
        return other

    async def terms(self, *, at_most_old: float = _FRESH_SECONDS) -> Terms:
        """Raises `Misconfigured` before the first `coalition partners apply`."""
        if self._terms is None or time.monotonic() - self._read_at > at_most_old:
            await self.read_terms()
        if self._terms is None:
            raise AssertionError("read_terms sets them or raises")
        return self._terms

    async def read_terms(self) -> None:
        self._terms = await terms_in_force(self._home)
        self._read_at = time.monotonic()

    async def open_periods(self, instants: Iterable[datetime]) -> None:
        """See to it that the period of each instant is there to be posted into, in every
        partner's calendar.
        """
        await self._periods.open_for(instants, (await self.terms()).calendars)

    async def open_period(self, calendar: ZonedCalendar, span: PeriodSpan) -> None:
        await self._periods.open(calendar, span)

    async def under_terms(self, post: Callable[[Terms], Awaitable[Rows]]) -> Rows:
        """Call `post` with the terms in force; again with newer ones when it finds them stale."""
        for _ in range(_TRIES):
            rows = await post(await self.terms())
            if not rows or rows[0]["outcome"] != TERMS_CHANGED:
                return rows
            await self.read_terms()
        raise RuntimeError("The terms changed faster than they could be read.")
