"""API clients and their secrets: made, checked, rotated. Only a hash of a secret is stored."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coalition.access.actor import MEMBER_SCOPES, OPERATOR_SCOPES, PARTNER_SCOPES, Scope
from coalition.kit.database import Database

SECRET_PREFIX = "cs_"  # noqa: S105 - what every secret begins with
SHORTEST_SECRET = 32
WEB_CALLBACK = "/app/callback"
EXPLORER = "explorer"
WEB = "web"
# The clients that are part of this software and stand in no table.
BUILT_IN = frozenset({EXPLORER, WEB})
# Compared against when a client is unknown, so that both answers take the same work.
_NOBODY = hashlib.sha256(b"nobody").digest()


class Grant(StrEnum):
    """How a client comes to a token; the words of the protocol."""

    CLIENT_CREDENTIALS = "client_credentials"
    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


class Authentication(StrEnum):
    """How a client shows who it is."""

    SECRET = "client_secret"  # noqa: S105 - the name of a method
    PRIVATE_KEY = "private_key_jwt"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A client as the authorization server knows it. `suspended`: its brand is. `public_keys`: a
    JWK set.
    """

    id: str
    partner_id: int | None
    name: str
    scopes: frozenset[Scope]
    active: bool
    suspended: bool = False
    grants: frozenset[Grant] = frozenset({Grant.CLIENT_CREDENTIALS})
    redirect_uris: tuple[str, ...] = ()
    authentication: Authentication = Authentication.SECRET
    public_keys: Mapping[str, object] | None = None
    store_code: str | None = None
    terminal_code: str | None = None
    secret_hashes: tuple[bytes, ...] = ()
    built_in: bool = False


def new_secret() -> str:
    """256 random bits; shown once, stored as `hash_of`."""
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """SHA-256. Enough because a secret is long and random, never a person's password: it is
    made by `new_secret`, or refused under 32 characters when it comes from the environment.
    """
    return hashlib.sha256(secret.encode()).digest()


def built_in_client(client_id: str, url: str, web_secret: str | None = None) -> ApiClient | None:
    """A client that is part of this software: the explorer for everybody who may sign in, the
    members' pages for members. `web_secret`: by which the pages show who they are; without it
    they cannot.
    """
    if client_id == EXPLORER:
        return _explorer(url)
    return _members_pages(url, web_secret) if client_id == WEB else None


def _explorer(url: str) -> ApiClient:
    return ApiClient(
        id=EXPLORER,
        partner_id=None,
        name="The explorer of this server",
        scopes=PARTNER_SCOPES | MEMBER_SCOPES | OPERATOR_SCOPES,
        active=True,
        grants=frozenset({Grant.AUTHORIZATION_CODE, Grant.REFRESH_TOKEN}),
        redirect_uris=(f"{url}/graphiql",),
        authentication=Authentication.NONE,
        built_in=True,
    )


def _members_pages(url: str, secret: str | None) -> ApiClient:
    return ApiClient(
        id=WEB,
        partner_id=None,
        name="The members' pages of this server",
        scopes=MEMBER_SCOPES,
        active=True,
        grants=frozenset({Grant.AUTHORIZATION_CODE, Grant.REFRESH_TOKEN}),
        redirect_uris=(f"{url}{WEB_CALLBACK}",),
        secret_hashes=() if secret is None else (hash_of(secret),),
        built_in=True,
    )


async def find_client(database: Database, client_id: str, *, now: datetime) -> ApiClient | None:
    """The client and its live secrets, or None. Raises `Unavailable`."""
    rows = await database.call("client_credentials", client_id, now)
    if not rows:
        return None
    row = rows[0]
    return ApiClient(
        id=client_id,
        partner_id=row["partner_id"],
        name=row["name"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        active=row["active"],
        suspended=row["suspended"],
        grants=frozenset(Grant(name) for name in row["grants"]),
        redirect_uris=tuple(row["redirect_uris"]),
        authentication=Authentication(row["authentication"]),
        public_keys=json.loads(row["public_keys"]) if row["public_keys"] else None,
        store_code=row["store_code"],
        terminal_code=row["terminal_code"],
        secret_hashes=tuple(row["secret_hashes"]),
    )


def secret_matches(client: ApiClient | None, secret: str) -> bool:
    """In constant time for a known and an unknown client alike."""
    presented = hash_of(secret)
    known = client.secret_hashes if client else ()
    matches = [hmac.compare_digest(presented, one) for one in (*known, _NOBODY)]
    return any(matches[: len(known)])
