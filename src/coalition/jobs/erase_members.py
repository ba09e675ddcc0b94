"""Forget members that wanted it and did not take it back in time."""

from coalition import privacy
from coalition.jobs.job import Desk


async def erase_members(desk: Desk) -> str:
    erased = 0
    async for _ in privacy.erase_due(desk.office, now=desk.clock()):
        erased += 1
        if desk.is_stopping:
            break
    return f"{erased:,} members forgotten" if erased else ""
