"""The periods that are open: every posting falls into one of its partner's own calendar."""

from collections.abc import Collection, Iterable
from datetime import datetime

from coalition.kit.database import Database
from coalition.ledger.calendar import PeriodSpan, ZonedCalendar


class PeriodBook:
    """Opens periods when they are first needed; remembers which are there, for one process.

    A period is never taken away again, so what is remembered stays true.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._there: dict[ZonedCalendar, list[PeriodSpan]] = {}

    async def open_for(
        self, instants: Iterable[datetime], calendars: Collection[ZonedCalendar]
    ) -> None:
        """See to it that the period of each instant has been opened in each calendar.

        In each, because a posting is also counted in the periods of those whose points it moves.
        """
        asked = list(instants)
        for calendar in calendars:
            there = self._there.setdefault(calendar, [])
            for instant in asked:
                if not any(instant in span for span in reversed(there)):
                    await self.open(calendar, calendar.span_containing(instant))

    async def open(self, calendar: ZonedCalendar, span: PeriodSpan) -> None:
        """See to it that this period of the calendar has been opened."""
        there = self._there.setdefault(calendar, [])
        if span not in there:
            await self._database.call(
                "open_period", calendar.name, span.label, span.starts_at, span.ends_at
            )
            there.append(span)
