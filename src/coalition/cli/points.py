"""coalition points expire."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from coalition import earning
from coalition.cli.running import console, office, progress, run

app = typer.Typer(help="Members' points.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Members' points."""


@app.command()
def expire(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Post the end of points whose last day is over. They cannot be spent already."""

    async def work() -> tuple[int, int]:
        lots = points = 0
        async with office() as desk:
            with progress() as bar:
                task = bar.add_task("Expiring points", total=None)
                async for done in earning.expire_points(desk, now=datetime.now(UTC)):
                    lots += done.lots
                    points += done.points
                    bar.advance(task, done.lots)
        return lots, points

    lots, points = run(work)
    if as_json:
        typer.echo(json.dumps({"lots": lots, "points": points}))
    else:
        console.print(f"{points:,} points of {lots:,} awards have ended.")
