"""The bakery is told of what happens."""

from collections.abc import AsyncIterator

import pytest

from tests.support import World

from .listening import Listening, a_listener


@pytest.fixture
async def listening(world: World) -> AsyncIterator[Listening]:
    async with a_listener(world) as made:
        yield made
