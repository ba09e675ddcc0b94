"""coalition period close, coalition period list."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from coalition import ledger, settlement
from coalition.cli.running import OPERATOR, console, office, run
from coalition.kit.database import EVERYTHING
from coalition.partners import Terms
from coalition.terminal import period_table

app = typer.Typer(help="Settlement periods.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def close(
    label: Annotated[str, typer.Argument(help='Which one, like "2017-01".')], as_json: Json = False
) -> None:
    """Close a period that has ended and issue its statements. Closing again changes nothing."""

    async def work() -> tuple[settlement.Closed, list[settlement.StatementRecord], Terms]:
        async with office() as desk:
            closed = await settlement.close_period(
                desk, actor=OPERATOR, label=label, now=datetime.now(UTC)
            )
            async with desk.database.reading(EVERYTHING) as connection:
                found = await settlement.list_statements(
                    connection, settlement.StatementFilter(period_id=closed.period.id)
                )
            return closed, found, await desk.terms()

    closed, found, terms = run(work)
    if as_json:
        hashes = {one.number: one.hash for one in found}
        typer.echo(
            json.dumps({"label": label, "alreadyClosed": closed.already_closed, "hashes": hashes})
        )
        return
    if closed.already_closed:
        console.print(f"{label} was closed before; nothing has changed.")
    console.print(period_table(label, found, terms))


@app.command(name="list")
def list_periods(as_json: Json = False) -> None:
    """Every period in which something has happened."""

    async def work() -> tuple[list[ledger.Period], Terms]:
        async with office() as desk:
            terms = await desk.terms()
            async with desk.database.reading(EVERYTHING) as connection:
                return await ledger.all_periods(connection), terms

    periods, terms = run(work)
    if as_json:
        rows = [
            {
                "label": one.label,
                "state": one.state,
                "startsAt": one.starts_at.isoformat(),
                "endsAt": one.ends_at.isoformat(),
            }
            for one in periods
        ]
        typer.echo(json.dumps(rows))
        return
    zone = terms.programme.zone
    table = Table(title=f"Periods ({terms.programme.time_zone})", title_justify="left")
    for name in ("period", "state", "from", "until"):
        table.add_column(name)
    for one in periods:
        table.add_row(
            one.label,
            one.state,
            f"{one.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
            f"{one.ends_at.astimezone(zone):%Y-%m-%d %H:%M}",
        )
    console.print(table)
