"""Bring gifts back that nobody accepted in time."""

from collections.abc import AsyncIterator
from datetime import datetime

from coalition.partners import Office

_GIFTS_A_ROUND = 200


async def return_transfers(office: Office, *, now: datetime) -> AsyncIterator[int]:
    """Yields how many each transaction brought back, until none is left that is not in use."""
    await office.open_periods([now])
    while True:
        (row,) = await office.database.call("return_transfers", now, _GIFTS_A_ROUND)
        if row["returned"] == 0:
            return
        yield row["returned"]
