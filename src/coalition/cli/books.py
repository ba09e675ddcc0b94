"""coalition books check, coalition books verify."""

import json
from typing import Annotated

import typer
from rich.table import Table

from coalition import ledger, settlement
from coalition.cli.running import console, office, progress, run
from coalition.ledger import Broken

app = typer.Typer(help="The books.", no_args_is_help=True)
ALL_CHECKS = (*ledger.CHECKS, *settlement.SETTLEMENT_CHECKS)


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
        found = []
        async with office() as desk:
            with progress() as bar:
                task = bar.add_task("Checking the books", total=len(ALL_CHECKS) + 1)
                async for result in ledger.broken_laws(desk.database, ALL_CHECKS):
                    found.append(result)
                    bar.advance(task)
                found.append(await settlement.unreproducible_statements(desk))
                bar.advance(task)
        return found

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


def checks_table(results: list[Broken]) -> Table:
    table = Table(title="The books", title_justify="left")
    table.add_column("")
    table.add_column("law")
    table.add_column("")
    for one in results:
        holds = "[green]holds[/]" if not one.rows else "[bold red]BROKEN[/]"
        table.add_row(one.check.invariant, one.check.law, holds)
        for row in one.rows:
            table.add_row("", f"[red]{row}[/]", "")
    return table
