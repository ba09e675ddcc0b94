"""Logins: who may sign in. Made by the operator's commands; tried at the sign-in page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access.actor import ActorKind
from coalition.access.attempts import Attempts
from coalition.access.passwords import checked_password, hash_of_password, password_matches
from coalition.access.records import login, oauth_grant, passkey, session
from coalition.access.roles import ROLES
from coalition.kit.database import Database
from coalition.kit.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class NewLogin:
    """Of a partner's staff (`partner_id`), a member (`member_id`) or the operator's staff."""

    email: str
    kind: ActorKind
    roles: Sequence[str]
    partner_id: int | None = None
    member_id: int | None = None


def email_of(text: str) -> str:
    """An e-mail address as it is kept. Raises `Misconfigured`."""
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Misconfigured(f"{text!r} is no e-mail address: {error}") from None


async def add_login(connection: AsyncConnection, new: NewLogin, password: str) -> None:
    """As the owner. Raises `Misconfigured` for what is taken, unknown or too easy."""
    email, roles = email_of(new.email), _roles_of(new.kind, new.roles)
    if await connection.scalar(sa.select(login.c.id).where(login.c.email == email)):
        raise Misconfigured(f"{email} has a login. Close it, or give it another password.")
    await connection.execute(
        sa.insert(login).values(
            email=email,
            kind=new.kind.value,
            partner_id=new.partner_id,
            member_id=new.member_id,
            roles=roles,
            status="active",
            password_hash=hash_of_password(checked_password(password, email)),
            created_at=sa.func.clock_timestamp(),
        )
    )


async def change_password(
    connection: AsyncConnection, email: str, password: str, *, keep_passkeys: bool = False
) -> int:
    """As the owner; every session of the login ends, and every link that it was to be mailed. How
    many passkeys have ended with them: where a login had fallen into other hands, one of its
    passkeys may be of those hands.

    Raises `Misconfigured`.
    """
    login_id = await _id_of(connection, email)
    hashed = hash_of_password(checked_password(password, email_of(email)))
    await connection.execute(
        sa.update(login).where(login.c.id == login_id).values(password_hash=hashed)
    )
    await connection.execute(sa.delete(session).where(session.c.login_id == login_id))
    await connection.execute(
        sa.text("SELECT books.end_links(:login, clock_timestamp())"), {"login": login_id}
    )
    await connection.execute(
        sa.text("SELECT books.warn_login(:login, 'PASSWORD_CHANGED', '{}', clock_timestamp())"),
        {"login": login_id},
    )
    return 0 if keep_passkeys else await _end_passkeys(connection, login_id)


async def change_roles(
    connection: AsyncConnection, email: str, roles: Sequence[str]
) -> tuple[list[str], list[str]]:
    """As the owner: these roles instead of those that the login has. Those it had, and has now.

    Its sessions go by them at once; tokens of what it allowed carry no more than they hold, on
    every server within seconds. Raises `Misconfigured`.
    """
    found = await connection.execute(
        sa.select(login.c.id, login.c.kind, login.c.roles)
        .where(login.c.email == email_of(email))
        .with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        raise _unknown(email)
    kind = ActorKind(row.kind)
    if kind is ActorKind.MEMBER:
        raise Misconfigured(f"{email} is a member's login: it has no roles to choose.")
    new = _roles_of(kind, roles)
    await connection.execute(sa.update(login).where(login.c.id == row.id).values(roles=new))
    return list(row.roles), new


async def close_login(connection: AsyncConnection, email: str) -> None:
    """As the owner; its sessions, its passkeys and all that it allowed to clients end.

    Raises `Misconfigured`.
    """
    login_id = await _id_of(connection, email)
    await connection.execute(sa.update(login).where(login.c.id == login_id).values(status="closed"))
    await connection.execute(sa.delete(session).where(session.c.login_id == login_id))
    await connection.execute(
        sa.update(oauth_grant)
        .where(oauth_grant.c.login_id == login_id, oauth_grant.c.ended_at.is_(None))
        .values(ended_at=sa.func.clock_timestamp())
    )
    await _end_passkeys(connection, login_id)


async def list_logins(connection: AsyncConnection) -> Sequence[sa.RowMapping]:
    """As the owner: email, kind, partner_id, roles, status of each."""
    columns = (login.c.email, login.c.kind, login.c.partner_id, login.c.roles, login.c.status)
    found = await connection.execute(sa.select(*columns).order_by(login.c.email))
    return found.mappings().all()


async def login_with_password(
    database: Database, *, email: str, password: str, address: str, now: datetime
) -> int | None:
    """The login's number; None alike for an unknown address, a wrong password, a closed login.

    Raises `TooManyAttempts`, `Unavailable`.
    """
    known_as = email.strip().lower()[:320]
    attempts = Attempts(database, address, known_as)
    await attempts.count(now)
    found = await database.call("find_login", known_as) if known_as.isprintable() else []
    matches = await password_matches(found[0]["password_hash"] if found else None, password)
    if not found or not matches or not found[0]["active"]:
        return None
    await attempts.forget()
    login_id: int = found[0]["login_id"]
    return login_id


async def _end_passkeys(connection: AsyncConnection, login_id: int) -> int:
    ended = await connection.execute(sa.delete(passkey).where(passkey.c.login_id == login_id))
    return int(ended.rowcount)


def _roles_of(kind: ActorKind, names: Sequence[str]) -> list[str]:
    """Each once. Raises `Misconfigured`."""
    known = ROLES[kind]
    wrong = sorted(set(names) - known.keys())
    if wrong or not names:
        raise Misconfigured(
            f"{', '.join(wrong) or 'Nothing'}: no role of this kind. There are"
            f" {', '.join(sorted(known))}."
        )
    return sorted(set(names))


def _unknown(email: str) -> Misconfigured:
    return Misconfigured(f"There is no login {email!r}.")


async def _id_of(connection: AsyncConnection, email: str) -> int:
    found = await connection.scalar(sa.select(login.c.id).where(login.c.email == email_of(email)))
    if found is None:
        raise _unknown(email)
    return int(found)
