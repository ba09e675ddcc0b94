"""Three brands, one of them in euro, behind the public edge."""

from collections.abc import AsyncIterator

import pytest

from tests.support import World
from tests.support.brands import a_bakery, a_florist, a_grocer
from tests.support.edge import Edge, edge_of


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply(brands=[a_grocer(minimum_redemption="10"), a_bakery(), a_florist()])
    async with edge_of(world, applied.new_secrets) as made:
        yield made
