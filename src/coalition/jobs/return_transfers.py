"""Bring gifts back that nobody accepted in time."""

from coalition import transfer
from coalition.jobs.job import Desk


async def return_transfers(desk: Desk) -> str:
    returned = 0
    async for count in transfer.return_transfers(desk.office, now=desk.clock()):
        returned += count
        if desk.is_stopping:
            break
    return f"{returned:,} gifts came back" if returned else ""
