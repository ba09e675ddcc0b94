"""coalition client create, rotate, revoke."""

import os
from datetime import timedelta
from typing import Annotated

import typer

from coalition.access import (
    OPERATOR_SCOPES,
    PARTNER_SCOPES,
    SHORTEST_SECRET,
    Scope,
    create_client,
    new_secret,
    revoke_client,
    set_secret,
)
from coalition.cli.running import at_home, console, run
from coalition.kit.database import Addresses, Database, administering
from coalition.kit.errors import Misconfigured
from coalition.partners import Office

app = typer.Typer(help="API clients.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The client's id.")]
SecretEnv = Annotated[
    str | None, typer.Option(help="Read the secret from this variable instead of making one.")
]


@app.command()
def create(
    client_id: Id,
    scope: Annotated[list[Scope], typer.Option(help="May be given several times.")],
    partner: Annotated[str | None, typer.Option(help="Its brand; none: the operator's.")] = None,
    name: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    secret_env: SecretEnv = None,
) -> None:
    """Make an API client. Its secret is shown here and never again.

    A client that the partners' file does not name is revoked when the file is next applied.
    """
    secret, shown = _secret(secret_env)
    allowed = OPERATOR_SCOPES if partner is None else PARTNER_SCOPES
    wrong = [one.value for one in scope if one not in allowed]
    if wrong:
        raise Misconfigured(
            f"{', '.join(wrong)}: not for this kind of client. It may have"
            f" {', '.join(sorted(allowed))}."
        )

    async def work() -> None:
        async with at_home() as addresses:
            partner_id = await _partner_id(addresses, partner) if partner else None
            async with administering(addresses) as connection:
                await create_client(
                    connection,
                    client_id=client_id,
                    partner_id=partner_id,
                    name=name or client_id,
                    scopes=scope,
                    secret=secret,
                )

    run(work)
    _show(client_id, shown)


@app.command()
def rotate(
    client_id: Id,
    secret_env: SecretEnv = None,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=168, help="How long the one before stays good.")
    ] = 0,
) -> None:
    """Give a client a new secret. The one before it ends at once, or after the overlap; two are
    good at most.
    """
    secret, shown = _secret(secret_env)

    async def work() -> None:
        async with at_home() as addresses, administering(addresses) as connection:
            await set_secret(connection, client_id, secret, timedelta(hours=overlap_hours))

    run(work)
    _show(client_id, shown)


@app.command()
def revoke(client_id: Id) -> None:
    """End a client. Its tokens stop within five seconds, and it gets no more.

    A client that the partners' file names is active again when the file is next applied.
    """

    async def work() -> None:
        async with at_home() as addresses, administering(addresses) as connection:
            await revoke_client(connection, client_id)

    run(work)
    console.print(f"{client_id} is revoked.", highlight=False)


async def _partner_id(addresses: Addresses, code: str) -> int:
    database = Database(addresses, connections=2)
    try:
        partners = (await Office(database).terms()).partners
    finally:
        await database.close()
    for one in partners:
        if one.code == code:
            return one.id
    known = ", ".join(one.code for one in partners)
    raise Misconfigured(f"There is no brand {code!r}. There are: {known}.")


def _secret(secret_env: str | None) -> tuple[str, str | None]:
    """The secret, and what to show of it."""
    if secret_env is None:
        made = new_secret()
        return made, made
    given = os.environ.get(secret_env, "")
    if len(given) < SHORTEST_SECRET:
        raise Misconfigured(
            f"{secret_env} must hold a secret of at least {SHORTEST_SECRET} characters."
        )
    return given, None


def _show(client_id: str, secret: str | None) -> None:
    console.print(f"client  {client_id}", highlight=False)
    if secret is not None:
        console.print(f"secret  {secret}", highlight=False, soft_wrap=True)
