"""Who comes while another transaction is still open."""

import asyncio
from typing import Any

from .world import World

_WAITING = "SELECT pid FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"


async def until_it_waits(world: World, task: "asyncio.Task[Any]") -> None:
    """Until the superuser's open transaction holds `task` up; it must not go by."""
    while not await world.superuser.fetch(_WAITING):
        assert not task.done()
        await asyncio.sleep(0.01)
