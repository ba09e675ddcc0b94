"""What the operator does to API clients, as the owner."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access.actor import Scope
from coalition.access.clients import hash_of
from coalition.access.records import client, client_secret
from coalition.kit.errors import Misconfigured


async def create_client(
    connection: AsyncConnection,
    *,
    client_id: str,
    partner_id: int | None,
    name: str,
    scopes: Sequence[Scope],
    secret: str,
) -> None:
    """A client of a partner, or of the operator (None). Raises `Misconfigured` for a taken id."""
    if await connection.scalar(sa.select(client.c.id).where(client.c.id == client_id)):
        raise Misconfigured(f"The client {client_id!r} exists. Choose another id, or rotate it.")
    await connection.execute(
        sa.insert(client).values(
            id=client_id,
            partner_id=partner_id,
            name=name,
            scopes=[scope.value for scope in scopes],
            status="active",
            grants=["client_credentials"],
            redirect_uris=[],
            authentication="client_secret",
            created_at=sa.func.clock_timestamp(),
        )
    )
    await set_secret(connection, client_id, secret)


async def revoke_client(connection: AsyncConnection, client_id: str) -> None:
    """Its tokens stop within seconds. Raises `Misconfigured` for an unknown client."""
    done = await connection.execute(
        sa.update(client).where(client.c.id == client_id).values(status="revoked")
    )
    if done.rowcount == 0:
        raise Misconfigured(f"There is no client {client_id!r}.")


async def set_first_secrets(connection: AsyncConnection, secrets: Mapping[str, str]) -> None:
    """Of clients that were just made, by their ids."""
    if secrets:
        await connection.execute(
            sa.insert(client_secret).values(created_at=sa.func.clock_timestamp()),
            [{"client_id": one, "secret_hash": hash_of(secret)} for one, secret in secrets.items()],
        )


async def set_secret(
    connection: AsyncConnection, client_id: str, secret: str, overlap: timedelta = timedelta(0)
) -> None:
    """The client's secret from now on. The one before it ends after `overlap`, those before that
    one at once: two at most are ever good.

    Raises `Misconfigured` for an unknown client.
    """
    if not await connection.scalar(sa.select(client.c.id).where(client.c.id == client_id)):
        raise Misconfigured(f"There is no client {client_id!r}.")
    now = sa.func.clock_timestamp()
    await connection.execute(
        sa.update(client_secret)
        .where(client_secret.c.client_id == client_id, client_secret.c.valid_until > now)
        .values(valid_until=now)
    )
    await connection.execute(
        sa.update(client_secret)
        .where(client_secret.c.client_id == client_id, client_secret.c.valid_until.is_(None))
        .values(valid_until=now + overlap)
    )
    live = insert(client_secret).values(
        client_id=client_id, secret_hash=hash_of(secret), created_at=now
    )
    await connection.execute(
        live.on_conflict_do_update(
            index_elements=["client_id", "secret_hash"], set_={"valid_until": None}
        )
    )


async def is_live_secret(connection: AsyncConnection, client_id: str, secret: str) -> bool:
    live = await connection.scalars(
        sa.select(client_secret.c.secret_hash).where(
            client_secret.c.client_id == client_id, client_secret.c.valid_until.is_(None)
        )
    )
    return hash_of(secret) in list(live)
