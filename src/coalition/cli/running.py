"""What every command does around its verb: open, show progress, tell what went wrong."""

import asyncio
import os
import pwd
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import NoReturn, TypeVar

from rich.table import Table
from rich.text import Text

from coalition.access import OPERATOR_SCOPES, Actor, ActorKind
from coalition.kit.database import Addresses, Database
from coalition.kit.embedded import EmbeddedDatabaseError
from coalition.kit.errors import Misconfigured, NotAllowed, Refusal, Unavailable
from coalition.kit.home import database_at_home
from coalition.kit.invoked import invoked
from coalition.kit.mistakes import MistakesInFile
from coalition.partners import Office
from coalition.terminal import console, errors, progress, settings

__all__ = [
    "OPERATOR",
    "at_home",
    "console",
    "invoked",
    "office",
    "person",
    "progress",
    "run",
    "settings",
    "stop",
    "telling_mistakes",
]

T = TypeVar("T")

# Whoever runs a command on this machine with its database is the operator.
OPERATOR = Actor(ActorKind.OPERATOR, "coalition-command", OPERATOR_SCOPES)


def person() -> Actor:
    """Who runs the command: the account of this machine. Two people are two accounts."""
    return replace(OPERATOR, client_id=f"{OPERATOR.client_id}:{pwd.getpwuid(os.getuid()).pw_name}")


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run a command's work to its end."""

    async def main() -> T:
        return await work()

    return asyncio.run(main())


@asynccontextmanager
async def at_home() -> AsyncIterator[Addresses]:
    """The database of this environment, started when it is the embedded one."""
    async with database_at_home(settings()) as addresses:
        yield addresses


@asynccontextmanager
async def office() -> AsyncIterator[Office]:
    """An office on the database of this environment."""
    found = settings()
    async with database_at_home(found) as addresses:
        database = Database(addresses, connections=4)
        try:
            yield Office(database)
        finally:
            await database.close()


@contextmanager
def telling_mistakes() -> Iterator[None]:
    """What a person should read instead of a traceback, and exit code 1."""
    try:
        yield
    except MistakesInFile as error:
        table = Table(title=f"{error.path}: nothing was applied", title_justify="left")
        for name in ("line", "field", "mistake"):
            table.add_column(name, justify="right" if name == "line" else "left")
        for mistake in error.mistakes:
            # As they were written: what stands in brackets there is no style of ours.
            table.add_row(str(mistake.line), Text(mistake.field), Text(mistake.message))
        errors.print(table)
        raise SystemExit(1) from None
    except Refusal as error:
        stop(f"{error.code}: {error.message}")
    except (Misconfigured, Unavailable, NotAllowed, EmbeddedDatabaseError) as error:
        stop(str(error))


def stop(message: str, *, code: int = 1) -> NoReturn:
    """Say why on standard error and end with this exit code."""
    errors.print(message, style="bold red", soft_wrap=True, markup=False)
    raise SystemExit(code)
