"""The server's own secrets: the keys that sign tokens and statements (ES256), those that seal ids
and voucher codes, and the roots of what the members' pages and mails keep secret.

They are made once by `coalition migrate` and live in the database, so that every server of
one coalition has the same ones. Only the owner writes them and no role but a server's may
ask for them.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access.records import secret, signing_key
from coalition.kit.database import Database
from coalition.kit.errors import Misconfigured
from coalition.kit.ids import Seal
from coalition.kit.invoked import invoked

_SIGNING_KEY = "signing_key:"
_STATEMENT_KEY = "statement_key:"
# Random bytes by name: how many.
_SECRETS = {"id_seal": 16, "voucher_codes": 32, "web": 32, "mail": 32}
PUBLISHED_BEFORE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """`signing` is the newest key; `checking` are all that may still have signed a token.

    `statements` signs statements; `proving` are all that ever did. `codes` seals voucher codes;
    `web` is the root of what the members' pages keep secret (`derived`). `mail` signs links in
    mails, and tells devices apart.
    """

    seal: Seal
    signing: ECKey
    checking: KeySet
    statements: ECKey
    proving: KeySet
    codes: bytes
    web: bytes
    mail: bytes

    @property
    def web_secret(self) -> str:
        """By which the members' pages show at /oauth/token who they are."""
        key = derived(self.web, "client secret")
        return "cs_" + base64.urlsafe_b64encode(key).rstrip(b"=").decode()


def derived(root: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose: whoever learns one of them learns no other. HMAC-SHA256 as
    a key derivation function, NIST SP 800-108r1 section 4.1, for keys of one block.
    """
    return hmac.digest(root, purpose.encode(), "sha256")


async def make_missing_keys(connection: AsyncConnection) -> None:
    """As the owner: make what a new database lacks; what is there stays."""
    for name, length in _SECRETS.items():
        await connection.execute(
            insert(secret)
            .values(name=name, value=secrets.token_bytes(length))
            .on_conflict_do_nothing(index_elements=["name"])
        )
    for purpose in ("tokens", "statements"):
        there = sa.select(sa.func.count()).where(signing_key.c.purpose == purpose)
        if await connection.scalar(there) == 0:
            await _add_key(connection, purpose, sa.func.clock_timestamp())


async def _add_key(
    connection: AsyncConnection, purpose: str, signs_from: sa.ColumnElement[datetime]
) -> str:
    key = ECKey.generate_key("P-256")
    kid = key.thumbprint()
    await connection.execute(
        sa.insert(signing_key).values(
            kid=kid,
            private_key=key.as_pem(private=True).decode(),
            created_at=signs_from,
            purpose=purpose,
        )
    )
    return kid


async def rotate_signing_key(connection: AsyncConnection, *, token_seconds: int) -> str:
    """As the owner: a new key, which is shown for a minute before it signs, so that whoever
    checks tokens has it by then; and those before it checked until their last token has ended.
    The new key's id.
    """
    now = sa.func.clock_timestamp()
    retires = now + PUBLISHED_BEFORE + timedelta(seconds=token_seconds + 60)
    of_tokens = signing_key.c.purpose == "tokens"
    await connection.execute(
        sa.update(signing_key)
        .where(of_tokens, signing_key.c.retired_at.is_(None))
        .values(retired_at=retires)
    )
    return await _add_key(connection, "tokens", now + PUBLISHED_BEFORE)


async def rotate_statement_key(connection: AsyncConnection) -> str:
    """As the owner: a new key, shown for a minute before it signs statements. Those before it are
    shown for ever. The new key's id.
    """
    return await _add_key(connection, "statements", sa.func.clock_timestamp() + PUBLISHED_BEFORE)


async def load_keys(database: Database) -> ServerKeys:
    """Raises `Misconfigured` before `coalition migrate`, `Unavailable` without a database."""
    found = {row["name"]: row["value"] for row in await database.call("server_secrets")}
    signing, proving = _keys_in(found, _SIGNING_KEY), _keys_in(found, _STATEMENT_KEY)
    if not found.keys() >= _SECRETS.keys() or not signing or not proving:
        raise Misconfigured(f"The database holds no server keys. Run `{invoked('migrate')}` first.")
    return ServerKeys(
        seal=Seal(bytes.fromhex(found["id_seal"])),
        signing=signing[0],
        checking=KeySet([*signing]),
        statements=proving[0],
        proving=KeySet([*proving]),
        codes=bytes.fromhex(found["voucher_codes"]),
        web=bytes.fromhex(found["web"]),
        mail=bytes.fromhex(found["mail"]),
    )


def _keys_in(found: dict[str, str], prefix: str) -> list[ECKey]:
    """The first one signs."""
    return [
        ECKey.import_key(pem, {"kid": name.removeprefix(prefix), "alg": "ES256", "use": "sig"})
        for name, pem in found.items()
        if name.startswith(prefix)
    ]
