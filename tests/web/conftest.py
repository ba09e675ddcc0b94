"""Mia collects at a grocer and a bakery, and reads the members' pages."""

from collections.abc import AsyncIterator

import pytest

from tests.support import Person, World, a_bakery, a_grocer
from tests.support.edge import Edge, edge_of
from tests.web.people import Reader, a_reader


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply(brands=[a_grocer(), a_bakery()])
    async with edge_of(world, applied.new_secrets) as made:
        yield made


@pytest.fixture
async def mia(world: World, edge: Edge) -> Person:
    del edge
    return await world.enrol("Mia", card="9840-00000001")


@pytest.fixture
async def reader(world: World, edge: Edge, mia: Person) -> Reader:
    return await a_reader(world, edge, mia)
