from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from coalition.kit.database import Addresses
from tests.cli.shell import ENVIRONMENT, Shell
from tests.support import World
from tests.support.commands import Commands, forked_commands


@pytest.fixture(scope="session")
async def commands() -> AsyncIterator[Commands]:
    async with forked_commands(ENVIRONMENT) as made:
        yield made


@pytest.fixture
def shell(world: World, commands: Commands, addresses: Addresses, tmp_path: Path) -> Shell:
    del world
    return Shell(commands, addresses, tmp_path)
