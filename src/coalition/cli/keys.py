"""coalition keys rotate, coalition keys rotate-statements, coalition keys show-statements."""

import typer

from coalition.access import (
    PUBLISHED_BEFORE,
    load_keys,
    rotate_signing_key,
    rotate_statement_key,
)
from coalition.cli.running import at_home, console, office, run, settings
from coalition.documents import public_keys
from coalition.kit.database import administering

app = typer.Typer(help="The keys that sign access tokens and statements.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The keys that sign access tokens and statements."""


@app.command()
def rotate() -> None:
    """Make a new key. It signs after a minute, when everybody who checks tokens can have seen it
    at /oauth/jwks; the old one is checked until its last token has ended. Servers run on.
    """

    async def work() -> str:
        async with at_home() as addresses, administering(addresses) as connection:
            return await rotate_signing_key(connection, token_seconds=settings().token_seconds)

    kid = run(work)
    console.print(f"key  {kid}, signs in {PUBLISHED_BEFORE.seconds} seconds", highlight=False)


@app.command(name="rotate-statements")
def rotate_statements() -> None:
    """Make a new key for statements. It signs after a minute; those before it stay known for ever,
    for what they signed.
    """

    async def work() -> str:
        async with at_home() as addresses, administering(addresses) as connection:
            return await rotate_statement_key(connection)

    kid = run(work)
    console.print(f"key  {kid}, signs in {PUBLISHED_BEFORE.seconds} seconds", highlight=False)


@app.command(name="show-statements")
def show_statements() -> None:
    """Print the public keys of statements (JWK set), as /.well-known/settlement-keys has them."""

    async def work() -> bytes:
        async with office() as desk:
            return public_keys(await load_keys(desk.database))

    typer.echo(run(work).decode())
