"""The server's own secrets: the keys that sign tokens (ES256) and the key that seals ids.

They are made once by `coalition migrate` and live in the database, so that every server of
one coalition has the same ones. Only the owner writes them and no role but a server's may
ask for them.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access.records import secret, signing_key
from coalition.kit.database import Database
from coalition.kit.errors import Misconfigured
from coalition.kit.ids import Seal
from coalition.kit.invoked import invoked

_SIGNING_KEY = "signing_key:"
PUBLISHED_BEFORE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """`signing` is the newest key; `checking` are all that may still have signed a token."""

    seal: Seal
    signing: ECKey
    checking: KeySet


async def make_missing_keys(connection: AsyncConnection) -> None:
    """As the owner: make what a new database lacks; what is there stays."""
    if await connection.scalar(sa.select(sa.func.count()).select_from(secret)) == 0:
        await connection.execute(
            sa.insert(secret).values(name="id_seal", value=secrets.token_bytes(16))
        )
    if await connection.scalar(sa.select(sa.func.count()).select_from(signing_key)) == 0:
        key = ECKey.generate_key("P-256")
        await connection.execute(
            sa.insert(signing_key).values(
                kid=key.thumbprint(),
                private_key=key.as_pem(private=True).decode(),
                created_at=sa.func.clock_timestamp(),
            )
        )


async def rotate_signing_key(connection: AsyncConnection, *, token_seconds: int) -> str:
    """As the owner: a new key, which is shown for a minute before it signs, so that whoever
    checks tokens has it by then; and those before it checked until their last token has ended.
    The new key's id.
    """
    now = sa.func.clock_timestamp()
    retires = now + PUBLISHED_BEFORE + timedelta(seconds=token_seconds + 60)
    await connection.execute(
        sa.update(signing_key).where(signing_key.c.retired_at.is_(None)).values(retired_at=retires)
    )
    key = ECKey.generate_key("P-256")
    kid = key.thumbprint()
    await connection.execute(
        sa.insert(signing_key).values(
            kid=kid,
            private_key=key.as_pem(private=True).decode(),
            created_at=now + PUBLISHED_BEFORE,
        )
    )
    return kid


async def load_keys(database: Database) -> ServerKeys:
    """Raises `Misconfigured` before `coalition migrate`, `Unavailable` without a database."""
    found = {row["name"]: row["value"] for row in await database.call("server_secrets")}
    pems = {name: value for name, value in found.items() if name.startswith(_SIGNING_KEY)}
    if "id_seal" not in found or not pems:
        raise Misconfigured(f"The database holds no server keys. Run `{invoked('migrate')}` first.")
    keys: list[ECKey] = [
        ECKey.import_key(pem, {"kid": name.removeprefix(_SIGNING_KEY), "alg": "ES256"})
        for name, pem in pems.items()
    ]
    return ServerKeys(
        seal=Seal(bytes.fromhex(found["id_seal"])), signing=keys[0], checking=KeySet([*keys])
    )
