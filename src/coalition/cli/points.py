"""coalition points: import, expire."""

import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from coalition import earning, opening
from coalition.cli.local_file import local_file
from coalition.cli.running import console, office, person, progress, run
from coalition.kit.database import NOTHING
from coalition.terminal import opening_table

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


@app.command(name="import")
def import_balances(
    path: Annotated[Path, typer.Argument(help="A .csv or .ndjson file, or one with .gz behind.")],
    enrol: Annotated[
        bool, typer.Option("--enrol", help="Enrol members that are not known; else refuse them.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be posted; write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Carry over the balances of another system: every lot of the file, or nothing of it."""
    told = local_file(path)
    request = opening.OpeningRequest(told.format, told.compression, told.name, enrol)

    async def work() -> opening.CarriedOver:
        async with AsyncExitStack() as stack:
            desk = await stack.enter_async_context(office())
            if dry_run:
                rehearsal = await stack.enter_async_context(desk.database.rehearsing(NOTHING))
                desk = desk.rehearsing(rehearsal)
            return await opening.carry_over(
                desk, actor=person(), request=request, pieces=told.pieces(), now=datetime.now(UTC)
            )

    done = run(work)
    if as_json:
        typer.echo(json.dumps(_as_dict(done, dry_run=dry_run)))
        return
    if dry_run:
        console.print("A dry run: nothing of this is kept.")
    if done.repeated:
        console.print("The file was carried over before; nothing has changed.")
    console.print(opening_table(done))


def _as_dict(done: opening.CarriedOver, *, dry_run: bool) -> dict[str, object]:
    return {
        "source": done.source,
        "asOf": done.as_of.isoformat(),
        "repeated": done.repeated,
        "dryRun": dry_run,
        "members": done.members,
        "enrolled": done.enrolled,
        "issuers": [
            {
                "issuer": one.code, "lots": one.lots, "points": one.points,
                "billed": opening.PAID if one.paid else opening.WHEN_SPENT,
            }
            for one in done.issuers
        ],
    }  # fmt: skip
