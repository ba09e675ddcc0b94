"""Post the release of holds past their time. Their points are free already; this says so."""

from collections.abc import AsyncIterator
from datetime import datetime

from coalition.partners import Office

_HOLDS_A_ROUND = 500


async def sweep_holds(office: Office, *, now: datetime) -> AsyncIterator[int]:
    """Yields how many holds each transaction released, until none is left that is not in use."""
    await office.open_periods([now])
    while True:
        (row,) = await office.database.call("sweep_holds", now, _HOLDS_A_ROUND)
        if row["released"] == 0:
            return
        yield row["released"]
