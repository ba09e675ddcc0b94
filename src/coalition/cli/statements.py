"""coalition statements show."""

import csv
import json
import sys
from typing import Annotated

import typer

from coalition import ledger, settlement
from coalition.cli.running import OPERATOR, console, invoked, office, run, stop
from coalition.cli.settling import Calendar
from coalition.kit.database import EVERYTHING
from coalition.partners import Terms
from coalition.settlement import StatementRecord
from coalition.terminal import statement_table

app = typer.Typer(help="Settlement statements.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Settlement statements."""


@app.command()
def show(
    label: Annotated[str, typer.Argument(help='Of which period, like "2017-01".')],
    partner: Annotated[str | None, typer.Option(help="One brand's code; else all.")] = None,
    calendar: Calendar = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One line per statement line.")] = False,
) -> None:
    """Show the statements of a closed period."""

    async def work() -> tuple[list[StatementRecord], Terms]:
        async with office() as desk:
            terms = await desk.terms()
            of = settlement.calendar_asked(terms, OPERATOR, calendar)
            async with desk.database.reading(EVERYTHING) as connection:
                period = await ledger.period_named(connection, of.name, label)
                if period is None:
                    return [], terms
                asked = settlement.StatementFilter(period_id=period.id)
                return await settlement.list_statements(connection, asked), terms

    found, terms = run(work)
    codes = {one.id: one.code for one in terms.partners}
    if partner is not None and partner not in codes.values():
        stop(f"There is no brand {partner!r}. There are: {', '.join(sorted(codes.values()))}.")
    shown = [one for one in reversed(found) if partner is None or codes[one.partner_id] == partner]
    if not shown:
        stop(f"{label} has no statements. Close it first: {invoked(f'settlement close {label}')}")
    if as_json:
        typer.echo(json.dumps([_as_dict(one, codes) for one in shown]))
    elif as_csv:
        _write_csv(shown, codes)
    else:
        for one in shown:
            console.print(statement_table(one))


def _as_dict(one: StatementRecord, codes: dict[int, str]) -> dict[str, object]:
    return {
        "number": one.number,
        "partner": codes[one.partner_id],
        "currency": one.net.currency,
        "issued": str(one.issued.amount),
        "redeemed": str(one.redeemed.amount),
        "net": str(one.net.amount),
        "hash": one.hash,
        "issuedAt": one.issued_at.isoformat(),
        "lines": [
            {
                "kind": line.kind,
                "description": line.description,
                "points": line.points,
                "price": None if line.price is None else f"{line.price.normalize():f}",
                "amount": str(line.amount.amount),
                "entries": line.entries,
            }
            for line in one.lines
        ],
    }


def _write_csv(shown: list[StatementRecord], codes: dict[int, str]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(
        ["statement", "partner", "kind", "description", "points", "price", "amount", "currency",
         "entries"]
    )  # fmt: skip
    for one in shown:
        for line in one.lines:
            price = "" if line.price is None else f"{line.price.normalize():f}"
            writer.writerow(
                [one.number, codes[one.partner_id], line.kind, line.description, line.points,
                 price, line.amount.amount, line.amount.currency, line.entries]
            )  # fmt: skip
