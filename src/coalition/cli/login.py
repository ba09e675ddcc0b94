"""coalition login add, list, role, password, close."""

import json
import os
from collections.abc import Mapping
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.table import Table

from coalition.access import ActorKind
from coalition.access.logins import (
    NewLogin,
    add_login,
    change_password,
    change_roles,
    close_login,
    list_logins,
)
from coalition.access.roles import ROLES
from coalition.cli.running import at_home, console, run
from coalition.kit.database import Addresses, Database, administering
from coalition.kit.errors import Misconfigured
from coalition.members import IdentifierKind, MemberStatus, known_member, ref_by
from coalition.partners import Office

app = typer.Typer(help="People who may sign in.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="The e-mail address to sign in with.")]
PasswordFrom = Annotated[
    str | None, typer.Option(help="Read the password from this environment variable.")
]

_ROLES_HELP = "May be given several times. " + " ".join(
    f"Of {whose}: {', '.join(ROLES[kind])}."
    for whose, kind in (("a brand", ActorKind.PARTNER), ("the operator", ActorKind.OPERATOR))
)


@app.command()
def add(
    email: Email,
    role: Annotated[list[str] | None, typer.Option(help=_ROLES_HELP)] = None,
    partner: Annotated[str | None, typer.Option(help="Of this brand's staff.")] = None,
    operator: Annotated[bool, typer.Option("--operator", help="Of the operator's staff.")] = False,
    member: Annotated[str | None, typer.Option(help="The member with this card.")] = None,
    password_from: PasswordFrom = None,
) -> None:
    """Let somebody sign in. The password is asked for twice, or read from a variable."""
    if sum((partner is not None, operator, member is not None)) != 1:
        raise Misconfigured("Say whose login it is: --partner, --operator or --member.")
    if member is not None and role:
        raise Misconfigured("A member has no roles to choose.")
    password = _password(password_from)

    async def work() -> None:
        async with at_home() as addresses:
            new = await _new_login(addresses, email, role or [], partner, member)
            async with administering(addresses) as connection:
                await add_login(connection, new, password)

    run(work)
    console.print(f"{email} may sign in.", highlight=False)


@app.command("list")
def show(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show who may sign in."""

    async def work() -> list[dict[str, Any]]:
        async with at_home() as addresses:
            async with administering(addresses) as connection:
                found = await list_logins(connection)
            of_brands = any(row["partner_id"] is not None for row in found)
            codes = await _partner_codes(addresses) if of_brands else {}
        return [_as_dict(row, codes) for row in found]

    rows = run(work)
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(title=f"Logins: {len(rows)}", title_justify="left")
    for name in ("e-mail", "kind", "partner", "roles", "status"):
        table.add_column(name)
    for row in rows:
        table.add_row(
            row["email"],
            row["kind"].lower(),
            row["partner"] or "",
            ", ".join(row["roles"]),
            row["status"],
        )
    console.print(table)


@app.command("role")
def change_role(
    email: Email,
    role: Annotated[list[str], typer.Option(help="May be given several times.")],
) -> None:
    """Give a login these roles instead of those that it has. Within seconds, what it allowed to
    programs reaches no further than they do.
    """

    async def work() -> tuple[list[str], list[str]]:
        async with at_home() as addresses, administering(addresses) as connection:
            return await change_roles(connection, email, role)

    before, now = run(work)
    told = "as before" if before == now else f"before: {', '.join(before)}"
    console.print(f"{email} has the roles {', '.join(now)} ({told}).", highlight=False)


@app.command()
def password(
    email: Email,
    password_from: PasswordFrom = None,
    keep_passkeys: Annotated[
        bool, typer.Option("--keep-passkeys", help="Let its passkeys sign in as before.")
    ] = False,
) -> None:
    """Give a login another password. Its sessions and passkeys end."""
    new = _password(password_from)

    async def work() -> int:
        async with at_home() as addresses, administering(addresses) as connection:
            return await change_password(connection, email, new, keep_passkeys=keep_passkeys)

    ended = run(work)
    told = {0: "", 1: ", and its passkey has ended"}.get(ended, f", and its {ended} passkeys ended")
    console.print(f"{email} has a new password{told}.", highlight=False)


@app.command()
def close(email: Email) -> None:
    """Close a login. Its sessions and passkeys end, and within seconds the tokens of what it
    allowed.
    """

    async def work() -> None:
        async with at_home() as addresses, administering(addresses) as connection:
            await close_login(connection, email)

    run(work)
    console.print(f"{email} may not sign in any more.", highlight=False)


def _as_dict(row: sa.RowMapping, codes: Mapping[int, str]) -> dict[str, Any]:
    return {
        "email": row["email"],
        "kind": row["kind"],
        "partner": None if row["partner_id"] is None else codes[row["partner_id"]],
        "roles": row["roles"],
        "status": row["status"],
    }


async def _partner_codes(addresses: Addresses) -> dict[int, str]:
    database = Database(addresses, connections=2)
    try:
        return {one.id: one.code for one in (await Office(database).terms()).partners}
    finally:
        await database.close()


async def _new_login(
    addresses: Addresses, email: str, roles: list[str], partner: str | None, card: str | None
) -> NewLogin:
    database = Database(addresses, connections=2)
    try:
        if partner is not None:
            partners = {one.code: one.id for one in (await Office(database).terms()).partners}
            if partner not in partners:
                known = ", ".join(partners)
                raise Misconfigured(f"There is no brand {partner!r}. There are: {known}.")
            return NewLogin(email, ActorKind.PARTNER, roles, partner_id=partners[partner])
        if card is not None:
            found = await known_member(
                database, partner_id=None, ref=ref_by(IdentifierKind.CARD, card, ("member",))
            )
            if found is None:
                raise Misconfigured(f"There is no member with the card {card!r}.")
            if found.status == MemberStatus.CLOSED:
                raise Misconfigured(f"The member with the card {card!r} has left.")
            return NewLogin(email, ActorKind.MEMBER, ["member"], member_id=found.member_id)
    finally:
        await database.close()
    return NewLogin(email, ActorKind.OPERATOR, roles)


def _password(variable: str | None) -> str:
    if variable is None:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    given = os.environ.get(variable)
    if not given:
        raise Misconfigured(f"{variable} holds no password.")
    return given
