"""Two brands and their members at an edge that can be listened to."""

from collections.abc import AsyncIterator

import pytest

from tests.support import World
from tests.support.edge import Edge
from tests.support.live import live_edge


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply()
    async with live_edge(world, applied.new_secrets) as made:
        yield made
