"""coalition books check."""

import json
from typing import Annotated

import typer

from coalition.cli.running import console, office, run
from coalition.ledger import Broken
from coalition.terminal import check_books, checks_table

app = typer.Typer(help="The books.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The books."""


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Prove the invariants on the live database, and name each row that breaks one.

    Every balance and every lot is rebuilt from the entries and compared. Exit code 1 when
    something does not hold.
    """

    async def work() -> list[Broken]:
        async with office() as desk:
            return await check_books(desk)

    results = run(work)
    if as_json:
        rows = [
            {"invariant": one.check.invariant, "law": one.check.law, "broken": list(one.rows)}
            for one in results
        ]
        typer.echo(json.dumps(rows))
    else:
        console.print(checks_table(results))
    if any(result.rows for result in results):
        raise SystemExit(1)
