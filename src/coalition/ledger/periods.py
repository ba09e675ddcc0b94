"""The periods that are open: every posting falls into one of them."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from coalition.kit.database import Database
from coalition.ledger.calendar import PeriodSpan, SettlementCalendar, span_containing


class PeriodBook:
    """Opens periods when they are first needed; remembers which are there, for one process.

    A period is never taken away again, so what is remembered stays true.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._there: list[PeriodSpan] = []

    async def open_for(
        self, instants: Iterable[datetime], calendar: SettlementCalendar, zone: ZoneInfo
    ) -> None:
        """See to it that the period of each instant has been opened."""
        for instant in instants:
            if not any(instant in span for span in reversed(self._there)):
                await self.open(span_containing(calendar, zone, instant))

    async def open(self, span: PeriodSpan) -> None:
        """See to it that this period has been opened."""
        if span not in self._there:
            await self._database.call("open_period", span.label, span.starts_at, span.ends_at)
            self._there.append(span)
