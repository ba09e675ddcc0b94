"""coalition holds sweep."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from coalition import redemption
from coalition.cli.running import console, office, progress, run

app = typer.Typer(help="Points set aside.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Points set aside."""


@app.command()
def sweep(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Post the release of holds past their time. Their points are free already."""

    async def work() -> int:
        released = 0
        async with office() as desk:
            with progress() as bar:
                task = bar.add_task("Releasing holds", total=None)
                async for count in redemption.sweep_holds(desk, now=datetime.now(UTC)):
                    released += count
                    bar.advance(task, count)
        return released

    released = run(work)
    if as_json:
        typer.echo(json.dumps({"released": released}))
    else:
        console.print(f"{released:,} holds released.")
