"""People who are signed in: a random token in a cookie, its SHA-256 in the database."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from coalition.access.actor import ActorKind, Scope
from coalition.access.roles import scopes_of
from coalition.kit.config import Settings
from coalition.kit.database import Database

# With https a name that no other host and no plain page can set (RFC 6265bis section 4.1.3.2).
SECURE_COOKIE = "__Host-coalition"
LOOPBACK_COOKIE = "coalition"
_IDLE = timedelta(hours=1)
_LONGEST = timedelta(hours=12)
_FRESH = timedelta(minutes=10)
_LONGEST_AGENT = 300


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
    proved_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether the person has shown its password or a passkey a moment ago: what decides who
        may sign in from now on is not left to whoever finds a browser open.
        """
        return now - self.proved_at < _FRESH


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One place where somebody is signed in. `agent` None: the browser did not say."""

    session_id: bytes
    began_at: datetime
    seen_at: datetime
    agent: str | None


def session_cookie(settings: Settings) -> str:
    """The one name that counts here. Were the other one read too, a neighbour under the same
    domain could set it and have somebody work in a session of his.
    """
    return SECURE_COOKIE if settings.is_secure else LOOPBACK_COOKIE


def hash_of_token(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def signed_in(
    database: Database, settings: Settings, cookies: Mapping[str, str], *, now: datetime
) -> SignedIn | None:
    """Who sends these cookies; None for nobody. Raises `Unavailable`."""
    token = cookies.get(session_cookie(settings))
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
        proved_at=row["proved_at"],
    )


async def begin_session(
    database: Database, login_id: int, before: str | None, *, agent: str = "", now: datetime
) -> str:
    """The token of a new session; the one `before` it in the same browser ends. `agent`: what the
    browser says that it is.

    Raises `Unavailable`.
    """
    token = secrets.token_urlsafe(32)
    await database.call(
        "begin_session", hash_of_token(token), before and hash_of_token(before), login_id,
        now + _LONGEST, _printable(agent), now,
    )  # fmt: skip
    return token


async def prove_session(database: Database, session_id: bytes, *, now: datetime) -> None:
    """The person has shown its password or a passkey once more."""
    await database.call("prove_session", session_id, now)


async def end_session(database: Database, session_id: bytes) -> None:
    await database.call("end_session", session_id)


async def sessions_of(database: Database, login_id: int, *, now: datetime) -> list[OpenSession]:
    """Where somebody is signed in, the latest seen first."""
    idle = int(_IDLE.total_seconds())
    rows = await database.call("sessions_of", login_id, idle, now)
    return [OpenSession(**dict(row)) for row in rows]


async def end_other_sessions(database: Database, person: SignedIn) -> int:
    """How many there were: all of the person's but the one that it asks from."""
    (row,) = await database.call("end_other_sessions", person.login_id, person.session_id)
    ended: int = row["ended"]
    return ended


def _printable(agent: str) -> str | None:
    """What a header said, as it may be stored and shown."""
    said = "".join(one for one in agent if one.isprintable() and one.isascii())
    return said[:_LONGEST_AGENT] or None


def csrf_of(person: SignedIn) -> str:
    """What a form of this session carries, so that no other page can send one in its name."""
    return hmac.new(person.session_id, b"form", hashlib.sha256).hexdigest()


def csrf_holds(person: SignedIn, given: str | None) -> bool:
    return hmac.compare_digest(csrf_of(person).encode(), (given or "").encode())
