"""Post the release of holds past their time."""

from coalition import redemption
from coalition.jobs.job import Desk


async def sweep_holds(desk: Desk) -> str:
    released = 0
    async for count in redemption.sweep_holds(desk.office, now=desk.clock()):
        released += count
        if desk.is_stopping:
            break
    return f"{released:,} holds released" if released else ""
