"""What people allow clients: grants, the codes and refresh tokens that stand for them."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from asyncpg import Record

from coalition.access.actor import ActorKind, Scope
from coalition.access.clients import built_in_client
from coalition.access.roles import scopes_of
from coalition.kit.database import Database

CODE_LIFE = timedelta(seconds=60)
REFRESH_LIFE = timedelta(days=30)
DEVICE_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Person:
    """Who gave a client leave, and for what. `scopes`: of those, what the person's roles hold
    today, which may be nothing.
    """

    grant_id: UUID
    login_id: int
    partner_id: int | None
    member_id: int | None
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Permission:
    """All that a person allows one client as things stand. `used_at`: when it last renewed its
    access; None: not yet. `ends_at`: when it ends by itself, unless the client is used again; None:
    it has only just begun.
    """

    client_id: str
    client_name: str
    scopes: frozenset[Scope]
    since: datetime
    used_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class TakenCode:
    person: Person
    redirect_uri: str
    challenge: str


def hash_of_code(code: str) -> bytes:
    """SHA-256: every code and token of ours has 256 random bits."""
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()


@dataclass(frozen=True, slots=True)
class GivenIn:
    """How a person gave leave: in which session, where the permission ends with it, and when it had
    last shown its password or a passkey; None: not known.
    """

    session_id: bytes | None = None
    proved_at: datetime | None = None


async def begin_grant(
    database: Database,
    *,
    client_id: str,
    login_id: int,
    scopes: Iterable[Scope],
    redirect_uri: str,
    challenge: str,
    given_in: GivenIn = GivenIn(),
    now: datetime,
) -> str:
    """The code that a person's browser takes to the client."""
    code = secrets.token_urlsafe(32)
    await database.call(
        "begin_grant", uuid4(), client_id, login_id, sorted(scopes),
        given_in.session_id,
        hash_of_code(code), redirect_uri, challenge, now + CODE_LIFE, given_in.proved_at,
        now,
    )  # fmt: skip
    return code


async def take_code(
    database: Database, code: str, client_id: str, *, now: datetime
) -> TakenCode | None:
    """What a code stands for, once. Shown again it ends its grant."""
    rows = await database.call("take_code", hash_of_code(code), client_id, now)
    return (
        TakenCode(_person(rows[0]), rows[0]["redirect_uri"], rows[0]["challenge"]) if rows else None
    )


async def add_refresh_token(database: Database, grant_id: UUID, *, now: datetime) -> str:
    token = "rt_" + secrets.token_urlsafe(32)
    await database.call("add_refresh_token", hash_of_code(token), grant_id, now + REFRESH_LIFE)
    return token


async def take_refresh_token(
    database: Database, token: str, client_id: str, *, now: datetime
) -> Person | None:
    """Who a refresh token stands for, once. Used again it ends its grant."""
    rows = await database.call("take_refresh_token", hash_of_code(token), client_id, now)
    return _person(rows[0]) if rows else None


async def find_refresh_token(
    database: Database, token: str, client_id: str, *, now: datetime
) -> tuple[Person, datetime] | None:
    """Who a refresh token that is still good stands for, and until when."""
    rows = await database.call("find_refresh_token", hash_of_code(token), client_id, now)
    return (_person(rows[0]), rows[0]["expires_at"]) if rows else None


async def end_grant(database: Database, grant_id: UUID, client_id: str, *, now: datetime) -> None:
    await database.call("end_grant", grant_id, client_id, now)


async def permissions_of(
    database: Database, login_id: int, *, url: str, now: datetime
) -> Sequence[Permission]:
    """What a person allows, and has not taken back: the oldest first."""
    rows = await database.call("permissions_of", login_id, REFRESH_LIFE, now)
    return [
        Permission(
            row["client_id"],
            row["name"] or _name_of_built_in(row["client_id"], url),
            _scopes(row["scopes"]),
            row["began_at"],
            row["used_at"],
            row["ends_at"],
        )
        for row in rows
    ]


async def end_permission(
    database: Database, login_id: int, client_id: str, *, now: datetime
) -> bool:
    """Whether there was one. All tokens of it end, on every server within seconds."""
    (row,) = await database.call("end_permission", login_id, client_id, now)
    return bool(row["ended"])


async def is_allowed_already(
    database: Database, *, client_id: str, login_id: int, scopes: Iterable[Scope]
) -> bool:
    (row,) = await database.call("covering_grant", client_id, login_id, sorted(scopes))
    covered: bool = row["covered"]
    return covered


async def begin_device(
    database: Database, *, client_id: str, scopes: Iterable[Scope], user_code: str, now: datetime
) -> str:
    """The device code of a till that waits for leave."""
    code = secrets.token_urlsafe(32)
    await database.call(
        "begin_device", hash_of_code(code), user_code, client_id, sorted(scopes),
        now + DEVICE_LIFE, now,
    )  # fmt: skip
    return code


async def find_device(
    database: Database, user_code: str, *, now: datetime
) -> tuple[str, frozenset[Scope]] | None:
    """The client and the scopes of a till that waits under this code."""
    rows = await database.call("find_device", user_code, now)
    return (rows[0]["client_id"], _scopes(rows[0]["scopes"])) if rows else None


async def decide_device(
    database: Database,
    user_code: str,
    *,
    login_id: int,
    allowed: bool,
    scopes: Iterable[Scope],
    now: datetime,
) -> bool:
    """Whether there still was something to decide."""
    (row,) = await database.call(
        "decide_device", user_code, login_id, allowed, uuid4(), sorted(scopes), now
    )
    decided: bool = row["outcome"] == "DECIDED"
    return decided


async def poll_device(
    database: Database, device_code: str, client_id: str, *, now: datetime
) -> tuple[str, Person | None]:
    """ALLOWED with the person; or PENDING, SLOW_DOWN, DENIED, EXPIRED, NOT_FOUND."""
    rows = await database.call("poll_device", hash_of_code(device_code), client_id, now)
    if not rows:
        return "DENIED", None
    outcome: str = rows[0]["outcome"]
    return outcome, _person(rows[0]) if outcome == "ALLOWED" else None


async def use_assertion(
    database: Database, client_id: str, jti: str, *, until: datetime, now: datetime
) -> bool:
    """Whether a client's assertion comes for the first time."""
    (row,) = await database.call("use_assertion", client_id, hash_of_code(jti), until, now)
    first: bool = row["first_use"]
    return first


async def living_scopes(
    database: Database, client_id: str, grant_id: UUID | None, *, built_in: bool
) -> frozenset[Scope]:
    """What tokens of this client, and of what a person allowed it, may still be used for: nothing
    when they are not good any more, for a person no more than its roles hold by now.
    """
    (row,) = await database.call("alive", client_id, built_in, grant_id)
    if not (row["client"] and row["permission"]):
        return frozenset()
    return frozenset(Scope) if grant_id is None else scopes_of(ActorKind(row["kind"]), row["roles"])


def _name_of_built_in(client_id: str, url: str) -> str:
    built_in = built_in_client(client_id, url)
    return built_in.name if built_in else client_id


def _person(row: Record) -> Person:
    return Person(
        row["grant_id"], row["login_id"], row["partner_id"], row["member_id"],
        _scopes(row["scopes"]) & scopes_of(ActorKind(row["kind"]), row["roles"]),
    )  # fmt: skip


def _scopes(names: Iterable[str]) -> frozenset[Scope]:
    return frozenset(Scope(name) for name in names)
