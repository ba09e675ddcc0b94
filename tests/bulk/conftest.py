"""A grocer's back office and Ada, who has a card."""

from collections.abc import AsyncIterator

import pytest

from tests.bulk.support import Office
from tests.support import Person, World, a_bakery, a_florist, a_grocer
from tests.support.edge import edge_of


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    applied = await world.apply(brands=[a_grocer(), a_bakery(), a_florist()])
    async with edge_of(world, applied.new_secrets) as edge:
        yield Office(world, edge)


@pytest.fixture
async def ada(office: Office) -> Person:
    return await office.world.enrol("Ada", card="7001")
