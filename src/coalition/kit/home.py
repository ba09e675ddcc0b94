"""Where the database is: the operator's own PostgreSQL, or the embedded one, started here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog

from coalition.kit.config import Settings
from coalition.kit.database import Addresses, Role
from coalition.kit.embedded import EmbeddedCluster, EmbeddedDatabaseError, default_root

DATABASE = "coalition"
_LOOK_EVERY_SECONDS = 1.0

_log = structlog.get_logger()


def embedded_cluster(settings: Settings) -> EmbeddedCluster:
    return EmbeddedCluster(
        settings.data_dir or default_root(), settings.cluster, binaries=settings.binaries
    )


@asynccontextmanager
async def database_at_home(settings: Settings) -> AsyncIterator[Addresses]:
    """The addresses to use for as long as the context lasts.

    With COALITION_DATABASE_URL nothing is started. Otherwise this process shares the embedded
    server, sees to it that it runs, and gives back its share at the end; the last one stops it.
    """
    if settings.database_url is not None:
        yield Addresses(
            login=settings.database_owner_url or settings.database_url,
            owner=settings.database_owner_url or settings.database_url,
            application=settings.database_url,
            assume_role=True,
        )
        return
    cluster = embedded_cluster(settings)
    await asyncio.to_thread(cluster.join)
    watch = asyncio.create_task(_keep_running(cluster))
    try:
        await _create_database(cluster)
        yield Addresses(
            login=cluster.url(user="postgres", database=DATABASE),
            owner=cluster.url(user=Role.OWNER.value, database=DATABASE),
            application=cluster.url(user=Role.APPLICATION.value, database=DATABASE),
            assume_role=False,
        )
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch
        await asyncio.to_thread(cluster.leave)


async def _keep_running(cluster: EmbeddedCluster) -> None:
    """A server that was killed comes back without anybody asking."""
    while True:
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        try:
            await asyncio.to_thread(cluster.ensure_running)
        except EmbeddedDatabaseError as error:
            _log.error("embedded database is down", error=str(error))


async def _create_database(cluster: EmbeddedCluster) -> None:
    connection = await asyncpg.connect(cluster.url(user="postgres", database="postgres"))
    try:
        with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            if not await connection.fetchval(
                "SELECT 1 FROM pg_database WHERE datname = $1", DATABASE
            ):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()
