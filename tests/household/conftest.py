"""Members who share points, at a bakery and a grocer."""

import pytest

from tests.support import World
from tests.support.sharing import Sharing


@pytest.fixture
async def sharing(world: World) -> Sharing:
    await world.apply()
    return Sharing(world)
