"""API clients and their secrets: made, checked, rotated. Only a hash of a secret is stored."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from coalition.access.actor import Scope
from coalition.kit.database import Database

SECRET_PREFIX = "cs_"  # noqa: S105 - what every secret begins with
SHORTEST_SECRET = 32
# Compared against when a client is unknown, so that both answers take the same work.
_NOBODY = hashlib.sha256(b"nobody").digest()


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A client as the token endpoint knows it."""

    id: str
    partner_id: int | None
    scopes: frozenset[Scope]
    active: bool
    secret_hashes: tuple[bytes, ...]


def new_secret() -> str:
    """256 random bits; shown once, stored as `hash_of`."""
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """SHA-256. Enough because a secret is long and random, never a person's password: it is
    made by `new_secret`, or refused under 32 characters when it comes from the environment.
    """
    return hashlib.sha256(secret.encode()).digest()


async def find_client(database: Database, client_id: str, *, now: datetime) -> ApiClient | None:
    """The client and its live secrets, or None. Raises `Unavailable`."""
    rows = await database.call("client_credentials", client_id, now)
    if not rows:
        return None
    row = rows[0]
    return ApiClient(
        id=client_id,
        partner_id=row["partner_id"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        active=row["active"],
        secret_hashes=tuple(row["secret_hashes"]),
    )


def secret_matches(client: ApiClient | None, secret: str) -> bool:
    """In constant time for a known and an unknown client alike."""
    presented = hash_of(secret)
    known = client.secret_hashes if client else ()
    matches = [hmac.compare_digest(presented, one) for one in (*known, _NOBODY)]
    return any(matches[: len(known)])
