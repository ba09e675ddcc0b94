"""One browser for a worker; a server, a coalition and a member for each test, so each is a long
journey rather than one look.
"""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.support import Person, World
from tests.support.edge import Edge
from tests.support.live import live_edge
from tests.web.browser.chromium import a_browser
from tests.web.browser.story import PROGRAMME, brands, promotions, what_mia_did


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as made:
        yield made


@pytest.fixture
async def served(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply(brands=brands(), promotions=promotions(), **PROGRAMME)  # type: ignore[arg-type]  # programme fields only
    # By a name: browsers make no passkeys for an address without one.
    async with live_edge(world, applied.new_secrets, host="localhost") as edge:
        yield edge


@pytest.fixture
async def mia(world: World, served: Edge) -> Person:
    del served
    return await what_mia_did(world)
