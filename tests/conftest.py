"""One server per run, one database per worker, an empty coalition per test."""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from coalition.kit.database import Addresses, Database, Role, server_settings
from coalition.kit.embedded import EmbeddedCluster
from tests.support import World
from tests.support.reset import Reset
from tests.support.server import choose_root, fresh_database, remove_root, server_of_run

# Whoever runs the tests of one commit tries the same examples: what fails for one fails for all.
# To look for new ones: `pytest --hypothesis-profile=search`.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=1000, deadline=None)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--isolation-report", action="store_true", help="write docs/isolation.md from this run"
    )
    parser.addoption(
        "--screens", action="store_true", help="keep pictures of the pages in docs/screens/"
    )


def pytest_configure(config: pytest.Config) -> None:
    if _is_worker(config):
        return
    # What a developer has set for a database of his own has no say here.
    for name in [name for name in os.environ if name.startswith("COALITION_")]:
        if name != "COALITION_PG_BIN":
            del os.environ[name]
    choose_root()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not _is_worker(config):
        remove_root()


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Without the values of every variable, which hold up whatever waits for the same loop."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    *before, _ = structlog.get_config()["processors"]
    structlog.configure(processors=[*before, plain])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest is begun first, else one worker is at it when the rest has ended."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Thousands of tests are collected by now, and live to the end: looking through them again and
    again for what may be freed took a tenth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedCluster]:
    with server_of_run() as cluster:
        yield cluster


@pytest.fixture(scope="session")
async def addresses(server: EmbeddedCluster, worker_id: str) -> Addresses:
    """A migrated database of this worker's own."""
    return await fresh_database(server, f"coalition_{worker_id}")


@pytest.fixture(scope="session")
async def database(addresses: Addresses) -> AsyncIterator[Database]:
    made = Database(addresses)
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def reset(addresses: Addresses) -> AsyncIterator[Reset]:
    connection = await asyncpg.connect(addresses.login)
    yield await Reset.of(connection)
    await connection.close()


@pytest.fixture(scope="session")
async def owner(addresses: Addresses) -> AsyncIterator[AsyncEngine]:
    """A connection of the owner that is kept: a new one costs more than most of what it does."""
    engine = create_async_engine(
        addresses.of(Role.OWNER).set(drivername="postgresql+asyncpg"),
        pool_size=1,
        connect_args={"server_settings": server_settings(addresses, Role.OWNER)},
    )
    yield engine
    await engine.dispose()


@pytest.fixture
async def world(
    addresses: Addresses, database: Database, reset: Reset, owner: AsyncEngine, tmp_path: Path
) -> World:
    """An empty coalition: migrated, with keys, without a programme."""
    await reset()
    return World(addresses, database, reset.connection, tmp_path, owner)


@pytest.fixture
async def no_parts(world: World, reset: Reset) -> None:
    """For who looks at the tables themselves: tests keep the parts of one period."""
    del world
    await reset.without_parts()


@pytest.fixture(scope="module")
async def still_world(
    addresses: Addresses,
    database: Database,
    reset: Reset,
    owner: AsyncEngine,
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    """One for all tests of a module, none of which leaves anything in it: they must not ask for
    `world` too.
    """
    await reset()
    return World(addresses, database, reset.connection, tmp_path_factory.mktemp("still"), owner)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
