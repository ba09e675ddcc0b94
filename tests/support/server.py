"""One PostgreSQL for a whole run of the tests, and a database in it for each worker.

The run's own process decides where the server lives and removes it at the end; whichever worker
needs it first starts it and makes the template, the others clone that.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg

from coalition.kit.config import Settings
from coalition.kit.database import Addresses, Role
from coalition.kit.embedded import EmbeddedCluster
from coalition.migrate import migrate

_ROOT = "COALITION_TEST_ROOT"
_TEMPLATE = "coalition_template"
_ENOUGH = 2**30


def choose_root() -> None:
    """A folder in memory where there is room; the server's own user must be able to enter it."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder with a random name is made in it
    fast = memory.is_dir() and shutil.disk_usage(memory).free > _ENOUGH
    root = Path(tempfile.mkdtemp(prefix="ct-run-", dir=memory if fast else None))
    root.chmod(0o755)
    os.environ[_ROOT] = str(root)


def remove_root() -> None:
    root = Path(os.environ.pop(_ROOT))
    server_of_run(root).destroy()
    shutil.rmtree(root)


def server_of_run(root: Path | None = None) -> EmbeddedCluster:
    return EmbeddedCluster(
        root or Path(os.environ[_ROOT]), "run", binaries=Settings().binaries, durable=False
    )


def addresses_of(server: EmbeddedCluster, database: str) -> Addresses:
    return Addresses(
        login=server.url(database=database),
        owner=server.url(user=Role.OWNER.value, database=database),
        application=server.url(user=Role.APPLICATION.value, database=database),
        assume_role=False,
    )


async def fresh_database(server: EmbeddedCluster, name: str) -> Addresses:
    """A clone of the template, which is made by whoever asks first.

    One at a time: roles belong to the whole server, and a template that is being cloned must
    have no visitors.
    """
    with _alone():
        async with superuser(server) as connection:
            names = {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}
            if _TEMPLATE not in names:
                await connection.execute(f"CREATE DATABASE {_TEMPLATE}")
                await migrate(addresses_of(server, _TEMPLATE))
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await connection.execute(
                f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY = FILE_COPY"
            )
            # Grants on a database are not cloned with it.
            await connection.execute(
                f"GRANT CONNECT, CREATE ON DATABASE {name} TO {Role.OWNER.value}"
            )
    return addresses_of(server, name)


@contextlib.asynccontextmanager
async def superuser(
    server: EmbeddedCluster, database: str = "postgres"
) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    connection = await asyncpg.connect(server.url(database=database))
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    with (Path(os.environ[_ROOT]) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
