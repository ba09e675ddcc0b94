"""The door to PostgreSQL: three roles, two ways through.

* `Database.call` runs one function of the schema `verbs` in one round trip and one
  transaction. It is the only way in which the application writes: its role may read tables
  (under row-level security) and execute those functions, and nothing else.
* `Database.reading` opens a short read-only transaction for SQLAlchemy queries, as one
  `Sight`: a partner sees its own rows, a member its own, the operator everything.

`Database.rehearsing` goes both ways in one transaction that is never committed.

The roles are created by `prepare_roles`; `owner` owns the tables and is used by migrations
and administration only, `application` cannot bypass row-level security, `reader` may read
everything but secrets and write nothing.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from coalition.kit.errors import Misconfigured, Unavailable
from coalition.kit.invoked import invoked

SCHEMA = "coalition"
FUNCTIONS = "verbs"
SEARCH_PATH = f"{SCHEMA}, {FUNCTIONS}, pg_temp"

metadata = sa.MetaData(schema=SCHEMA)


class Role(Enum):
    OWNER = "coalition_owner"
    APPLICATION = "coalition_app"
    READER = "coalition_reader"


# A verb's function looks up a handful of rows by key, for one award as for a thousand. The
# planner must not reconsider that at each call, nor believe that a young table is empty.
_POINT_LOOKUPS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
}
_TRY_AGAIN = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
)
_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# No such role to log in as or to take, no such schema, no such table.
_NOT_PREPARED = {"28000", "22023", "3F000", "42P01"}
_NOT_MIGRATED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InvalidParameterValueError,
)
# SQLSTATE classes: connection exceptions, too many connections, shutting down or starting up.
_AWAY = ("08", "533", "57P")
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where each role connects. `assume_role`: the login is another one and takes the role.

    `login` is who creates the roles themselves.
    """

    login: str
    owner: str
    application: str
    assume_role: bool

    def of(self, role: Role) -> URL:
        url = make_url(self.owner if role is Role.OWNER else self.application)
        if not self.assume_role:
            url = url.set(username=role.value)
        return url.set(drivername="postgresql")


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose rows a reading may see: one partner's, one member's, or (operator) everybody's."""

    partner_id: int | None = None
    member_id: int | None = None
    everything: bool = False

    def __post_init__(self) -> None:
        given = [self.partner_id is not None, self.member_id is not None, self.everything]
        if sum(given) > 1:
            raise ValueError("A reading sees as one partner, one member or the operator.")


NOTHING = Sight()
EVERYTHING = Sight(everything=True)


class Database:
    """Pools of one process. Opens nothing until the first use, so a server may start first."""

    def __init__(self, addresses: Addresses, *, connections: int = 16) -> None:
        self._addresses = addresses
        # Half for the verbs, a quarter each for readings as a partner and as the operator.
        self._posting_connections = max(connections // 2, 1)
        self._reading_connections = max(connections // 4, 1)
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()
        self._engines: dict[Role, AsyncEngine] = {}
        self._rehearsal_engine: AsyncEngine | None = None

    async def call(
        self, function: str, *arguments: object, seconds: float | None = None
    ) -> list[asyncpg.Record]:
        """Run `verbs.<function>` in its own transaction; its rows. `seconds`: how long it may
        take, where that is more than a request's.

        Raises `Unavailable` when the database cannot be reached or went away meanwhile; the
        outcome is then unknown, and the same call with the same idempotency key finds out.
        """
        statement = _calling(function, arguments)
        cut_off = False
        for attempt in range(1, _TRIES + 1):
            try:
                pool = self._pool or await self._open_pool()
                async with pool.acquire() as connection:
                    return await connection.fetch(statement, *arguments, timeout=seconds)
            except _TRY_AGAIN:
                # Two callers claimed the same thing at once. The other one has committed by
                # now, so asking again finds what it wrote.
                if attempt == _TRIES:
                    raise
            except _NOT_MIGRATED as error:
                raise _not_prepared() from error
            except _UNREACHABLE as error:
                # A server that has just come back leaves a pool of dead connections behind.
                # Every function may be run twice: whatever moves value is claimed by its key.
                if cut_off or isinstance(error, TimeoutError):
                    raise Unavailable("The database cannot be reached just now.") from error
                cut_off = True
                if self._pool is not None:
                    await self._pool.expire_connections()
        raise AssertionError("unreachable")

    async def stream(
        self, function: str, *arguments: object, page: int = 2000
    ) -> AsyncIterator[list[asyncpg.Record]]:
        """The rows of `verbs.<function>` page by page, in one transaction: of any number, in the
        memory of one page. Raises `Unavailable`.
        """
        try:
            pool = self._pool or await self._open_pool()
            async with pool.acquire() as connection, connection.transaction(readonly=True):
                cursor = await connection.cursor(_calling(function, arguments), *arguments)
                while rows := await cursor.fetch(page):
                    yield rows
        except _UNREACHABLE as error:
            raise Unavailable("The database cannot be reached just now.") from error

    @asynccontextmanager
    async def reading(self, sight: Sight) -> AsyncIterator[AsyncConnection]:
        """A read-only transaction that sees as `sight`. Raises `Unavailable`."""
        role = Role.READER if sight.everything else Role.APPLICATION
        async with self._sessions(sight, self._engine(role)) as connection:
            yield connection

    @asynccontextmanager
    async def _sessions(self, sight: Sight, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            async with engine.connect() as connection:
                await connection.exec_driver_sql(see_as(sight))
                yield connection
        except _UNREACHABLE as error:
            raise Unavailable("The database cannot be reached just now.") from error
        except sa.exc.DBAPIError as error:
            if _went_away(error):
                raise Unavailable("The database cannot be reached just now.") from error
            if _sqlstate(error) in _NOT_PREPARED:
                raise _not_prepared() from error
            if "permission denied to set role" in str(error.orig):
                raise Misconfigured(
                    "The login of COALITION_DATABASE_URL may not take the roles of the"
                    f" application and the reader: {error.orig}."
                ) from error
            raise

    @asynccontextmanager
    async def rehearsing(self, sight: Sight) -> AsyncIterator["Rehearsal"]:
        """Verbs and readings in one transaction, as `sight`, which is rolled back at the end:
        what would be written can be read, and nothing is. Raises `Unavailable`.
        """
        if sight.everything:
            raise ValueError("The operator reads and writes under two roles: no rehearsal.")
        async with self._sessions(sight, self._rehearsals()) as connection:
            yield Rehearsal(self._addresses, connection, sight)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
        for engine in self._engines.values():
            await engine.dispose()
        self._engines.clear()
        if self._rehearsal_engine is not None:
            await self._rehearsal_engine.dispose()
            self._rehearsal_engine = None

    async def _open_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._addresses.of(Role.APPLICATION).render_as_string(hide_password=False),
                    min_size=0,
                    max_size=self._posting_connections,
                    server_settings=self._server_settings(Role.APPLICATION) | _POINT_LOOKUPS,
                    command_timeout=60,
                    timeout=10,
                    reset=_leave_as_it_is,
                )
            return self._pool

    def _engine(self, role: Role) -> AsyncEngine:
        engine = self._engines.get(role)
        if engine is None:
            engine = self._engines[role] = self._new_engine(
                role, {"default_transaction_read_only": "on", "jit": "off"}
            )
        return engine

    def _rehearsals(self) -> AsyncEngine:
        if self._rehearsal_engine is None:
            self._rehearsal_engine = self._new_engine(Role.APPLICATION, _POINT_LOOKUPS)
        return self._rehearsal_engine

    def _new_engine(self, role: Role, settings: dict[str, str]) -> AsyncEngine:
        return create_async_engine(
            self._addresses.of(role).set(drivername="postgresql+asyncpg"),
            pool_size=self._reading_connections,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={
                "server_settings": self._server_settings(role) | settings,
                "timeout": 10,
            },
        )

    def _server_settings(self, role: Role) -> dict[str, str]:
        return server_settings(self._addresses, role)


class Rehearsal(Database):
    """A database whose one transaction never commits. Its callers take turns."""

    def __init__(self, addresses: Addresses, connection: AsyncConnection, sight: Sight) -> None:
        super().__init__(addresses)
        self._connection = connection
        self._sight = sight
        self._turn = asyncio.Lock()

    async def call(
        self, function: str, *arguments: object, seconds: float | None = None
    ) -> list[asyncpg.Record]:
        """Run `verbs.<function>` in the rehearsal. Raises `Unavailable` where the real thing
        would have to be tried again.
        """
        async with self._turn:
            session = (await self._connection.get_raw_connection()).driver_connection
            if session is None:
                raise Unavailable("The database cannot be reached just now.")
            try:
                found: list[asyncpg.Record] = await session.fetch(
                    _calling(function, arguments), *arguments, timeout=seconds
                )
            except (*_TRY_AGAIN, *_UNREACHABLE) as error:
                raise Unavailable("The dry run was disturbed. Ask again.") from error
            return found

    @asynccontextmanager
    async def reading(self, sight: Sight) -> AsyncIterator[AsyncConnection]:
        if sight != self._sight:
            raise ValueError("A rehearsal sees as the one that it was begun for.")
        async with self._turn:
            yield self._connection


def _calling(function: str, arguments: Sequence[object]) -> str:
    marks = ", ".join(f"${place}" for place in range(1, len(arguments) + 1))
    return f"SELECT * FROM {FUNCTIONS}.{function}({marks})"  # noqa: S608 - names of ours


async def _leave_as_it_is(connection: object) -> None:
    """One call is one statement, which changes nothing of its session: asyncpg's own reset would
    be a second round trip for each.
    """
    del connection


def server_settings(addresses: Addresses, role: Role) -> dict[str, str]:
    """What a connection of `role` says when it opens."""
    settings = {
        "search_path": SEARCH_PATH,
        "timezone": "UTC",
        "bytea_output": "hex",  # a row's seal is made of its texts
        "application_name": "coalition",
    }
    if addresses.assume_role:
        settings["role"] = role.value
    return settings


@asynccontextmanager
async def administering(addresses: Addresses) -> AsyncIterator[AsyncConnection]:
    """One transaction as the owner: migrations and administration, never a request.

    Raises `Unavailable`, or `Misconfigured` when the schema is not there yet.
    """
    try:
        async with _owners_engine(addresses).begin() as connection:
            yield connection
    except _UNREACHABLE as error:
        raise Unavailable(f"The database cannot be reached: {error}") from error
    except sa.exc.DBAPIError as error:
        if _sqlstate(error) == "42501":
            raise Misconfigured(
                f"The login of the database URL may not do this: {error.orig}. Set"
                " COALITION_DATABASE_OWNER_URL to one that may take the role"
                f" {Role.OWNER.value}."
            ) from error
        if _sqlstate(error) in _NOT_PREPARED:
            raise _not_prepared() from error
        raise


# It keeps no connection, only the text that SQLAlchemy has made of each statement.
@lru_cache(maxsize=8)
def _owners_engine(addresses: Addresses) -> AsyncEngine:
    return create_async_engine(
        addresses.of(Role.OWNER).set(drivername="postgresql+asyncpg"),
        poolclass=NullPool,
        connect_args={"server_settings": server_settings(addresses, Role.OWNER)},
    )


async def prepare_roles(url: str) -> None:
    """Create the three roles and the schemas where they are missing, as the login of `url`.

    The login needs CREATEROLE and CREATE on the database. It becomes a member of the roles,
    so that one login can serve where no separate ones are set up.
    """
    try:
        connection = await asyncpg.connect(url)
    except _UNREACHABLE as error:
        raise Unavailable(f"The database cannot be reached: {error}") from error
    except asyncpg.PostgresError as error:
        raise Misconfigured(f"The database lets this login not in: {error}") from error
    try:
        await _create_roles(connection)
    except asyncpg.InsufficientPrivilegeError as error:
        raise Misconfigured(
            f"The login of the database URL may not prepare the database: {error}. It needs"
            " CREATEROLE and CREATE on the database, or set COALITION_DATABASE_OWNER_URL."
        ) from error
    finally:
        await connection.close()


async def _create_roles(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    for role in Role:
        await connection.execute(
            f"DO $$ BEGIN CREATE ROLE {role.value} LOGIN NOSUPERUSER NOCREATEDB"
            " NOCREATEROLE NOBYPASSRLS; EXCEPTION WHEN duplicate_object OR unique_violation"
            " THEN NULL; END $$"
        )
        # Since PostgreSQL 16 the creator of a role may administer it but not yet take it.
        await connection.execute(
            f"DO $$ BEGIN EXECUTE format('GRANT {role.value} TO %I', current_user);"
            f" EXCEPTION WHEN insufficient_privilege THEN"
            f" IF NOT pg_has_role(current_user, '{role.value}', 'MEMBER') THEN RAISE; END IF;"
            f" END $$"
        )
    for schema in (SCHEMA, "books", FUNCTIONS):
        await connection.execute(
            f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {Role.OWNER.value}"
        )
    database = await connection.fetchval("SELECT quote_ident(current_database())")
    await connection.execute(f"GRANT CONNECT, CREATE ON DATABASE {database} TO {Role.OWNER.value}")


def see_as(sight: Sight) -> str:
    """The one place that tells the database whose rows a transaction may see.

    `SET LOCAL` and not `set_config`: it ends with the transaction, also behind a pooler, and
    a distributing PostgreSQL passes it on to its nodes. Only integers are ever written in.
    """
    partner = "" if sight.partner_id is None else str(int(sight.partner_id))
    member = "" if sight.member_id is None else str(int(sight.member_id))
    # One DO block: two settings in one round trip of the extended protocol.
    return (
        f"DO $$ BEGIN SET LOCAL coalition.partner = '{partner}';"
        f" SET LOCAL coalition.member = '{member}'; END $$"
    )


def _went_away(error: sa.exc.DBAPIError) -> bool:
    """Whether a statement failed because the server is not there, and not because of itself."""
    lost = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    return lost or error.connection_invalidated or (_sqlstate(error) or "").startswith(_AWAY)


def _sqlstate(error: sa.exc.DBAPIError) -> str | None:
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) and re.fullmatch(r"[0-9A-Z]{5}", state) else None


def _not_prepared() -> Misconfigured:
    return Misconfigured(f"The database is not prepared yet. Run `{invoked('migrate')}` first.")
