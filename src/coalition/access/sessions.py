"""People who are signed in: a random token in a cookie, its SHA-256 in the database."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from coalition.access.actor import ActorKind, Scope
from coalition.access.roles import scopes_of
from coalition.kit.database import Database

# With https a name that no other host and no plain page can set (RFC 6265bis section 4.1.3.2).
SECURE_COOKIE = "__Host-coalition"
LOOPBACK_COOKIE = "coalition"
_IDLE = timedelta(hours=1)
_LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person in one session. `scopes`: what its roles let it do or allow to clients."""

    session_id: bytes
    login_id: int
    email: str
    kind: ActorKind
    partner_id: int | None
    member_id: int | None
    roles: tuple[str, ...]
    scopes: frozenset[Scope]
    signed_in_at: datetime


def token_in(cookies: Mapping[str, str]) -> str | None:
    return cookies.get(SECURE_COOKIE) or cookies.get(LOOPBACK_COOKIE)


def hash_of_token(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def signed_in(
    database: Database, cookies: Mapping[str, str], *, now: datetime
) -> SignedIn | None:
    """Who sends these cookies; None for nobody. Raises `Unavailable`."""
    token = token_in(cookies)
    if token is None:
        return None
    session_id = hash_of_token(token)
    rows = await database.call("find_session", session_id, int(_IDLE.total_seconds()), now)
    if not rows:
        return None
    row = rows[0]
    kind = ActorKind(row["kind"])
    roles = tuple(row["roles"])
    return SignedIn(
        session_id=session_id,
        login_id=row["login_id"],
        email=row["email"],
        kind=kind,
        partner_id=row["partner_id"],
        member_id=row["member_id"],
        roles=roles,
        scopes=scopes_of(kind, roles),
        signed_in_at=row["began_at"],
    )


async def begin_session(
    database: Database, login_id: int, cookies: Mapping[str, str], *, now: datetime
) -> str:
    """The token of a new session; the one that the same browser had ends. Raises `Unavailable`."""
    token = secrets.token_urlsafe(32)
    before = token_in(cookies)
    await database.call(
        "begin_session", hash_of_token(token), before and hash_of_token(before), login_id,
        now + _LONGEST, now,
    )  # fmt: skip
    return token


async def end_session(database: Database, session_id: bytes) -> None:
    await database.call("end_session", session_id)


def csrf_of(person: SignedIn) -> str:
    """What a form of this session carries, so that no other page can send one in its name."""
    return hmac.new(person.session_id, b"form", hashlib.sha256).hexdigest()


def csrf_holds(person: SignedIn, given: str | None) -> bool:
    return hmac.compare_digest(csrf_of(person).encode(), (given or "").encode())
