"""A bakery and a grocer that look for missing purchases."""

import pytest

from tests.support import World
from tests.support.missing import Desk


@pytest.fixture
async def desk(world: World) -> Desk:
    await world.apply()
    return Desk(world)
