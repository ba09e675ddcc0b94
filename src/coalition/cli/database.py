"""coalition migrate, coalition init."""

from pathlib import Path
from typing import Annotated

import typer

from coalition.cli.running import at_home, console, invoked, run
from coalition.migrate import migrate
from coalition.partners.example import copy_example

STARTER = "partners.yaml"


def add_to(app: typer.Typer) -> None:
    app.command(name="migrate")(bring_up_to_date)
    app.command(name="init")(begin)


def bring_up_to_date() -> None:
    """Bring the database to the newest schema. Safe to run again, and twice at once."""
    console.print(f"The database is at revision {run(_migrate)}.")


def begin(
    folder: Annotated[
        Path, typer.Argument(help="Where to put partners.yaml.", file_okay=False)
    ] = Path(),
) -> None:
    """From nothing to a database that waits for its partners, and a file to describe them in."""
    revision = run(_migrate)
    target = folder / STARTER
    console.print(f"The database is at revision {revision}.")
    if target.exists():
        console.print(f"{target} is there and stays as it is.")
    else:
        copy_example(target)
        console.print(f"{target} is an example of six brands: make it yours.")
    first, then = invoked(f"partners plan {target}"), invoked(f"partners apply {target}")
    console.print(f"Next: {first}, then {then}", highlight=False, soft_wrap=True)


async def _migrate() -> str:
    async with at_home() as addresses:
        return await migrate(addresses)
