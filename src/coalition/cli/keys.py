"""coalition keys rotate."""

import typer

from coalition.access import PUBLISHED_BEFORE, rotate_signing_key
from coalition.cli.running import at_home, console, run, settings
from coalition.kit.database import administering

app = typer.Typer(help="The keys that sign access tokens.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The keys that sign access tokens."""


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
