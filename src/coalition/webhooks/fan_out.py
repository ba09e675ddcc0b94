"""From the feed of events to deliveries: each event once for each endpoint that wants it."""

from dataclasses import dataclass
from datetime import datetime

from coalition.kit.database import Database

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FannedOut:
    """How many events were read, and how many deliveries queued from them."""

    events: int
    queued: int


async def fan_out_webhooks(database: Database, *, now: datetime) -> FannedOut:
    """Read the feed to its present end. Any number of workers may. Raises `Unavailable`."""
    events = queued = 0
    while True:
        (row,) = await database.call("fan_out_webhooks", _AT_ONCE, now)
        events += row["events"]
        queued += row["queued"]
        if row["events"] < _AT_ONCE:
            return FannedOut(events, queued)
