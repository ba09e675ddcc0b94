"""What somebody with all rights does, looked at from inside and never committed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from coalition.kit.database import Addresses, Database, Role, Sight, server_settings


class OneTransaction(Database):
    """Every reading is in one transaction, with all rights."""

    def __init__(self, addresses: Addresses, connection: AsyncConnection) -> None:
        super().__init__(addresses)
        self._connection = connection

    @asynccontextmanager
    async def reading(self, sight: Sight) -> AsyncIterator[AsyncConnection]:
        del sight
        yield self._connection


@asynccontextmanager
async def one_transaction(addresses: Addresses) -> AsyncIterator[AsyncConnection]:
    """As superuser, with the settings of a reader; taken back at the end."""
    engine = create_async_engine(
        addresses.login.replace("postgresql:", "postgresql+asyncpg:"),
        connect_args={"server_settings": server_settings(addresses, Role.READER)},
    )
    try:
        async with engine.connect() as connection:
            yield connection
            await connection.rollback()
    finally:
        await engine.dispose()
