"""A coalition with a catalogue."""

import pytest

from tests.support import World
from tests.support.catalogue import Counter


@pytest.fixture
async def counter(world: World) -> Counter:
    """A bakery and a grocer, and what is done at their counters."""
    await world.apply()
    return Counter(world)
