"""coalition missing ...: what members miss and brands have not answered, for cron too."""

import json
from typing import Annotated

import typer

from coalition import missing
from coalition.access import load_keys
from coalition.cli.running import console, office, run
from coalition.cli.settling import NOT_YET, AsOf, Json, moment
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import Misconfigured
from coalition.kit.ids import Kind
from coalition.terminal import missing_table

app = typer.Typer(
    help="Purchases that brought no points. Exit code 3: a brand is to answer, and late.",
    no_args_is_help=True,
)
_MOST = 1_000  # in one table
_UNDECIDED = (missing.MissingState.OPEN, missing.MissingState.ASKED)


@app.callback()
def group() -> None:
    """So that a single command has its name."""


@app.command(name="list")
def list_(
    partner: Annotated[str | None, typer.Option(help="One brand's code; else all.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that are decided, too.")] = False,
    overdue: Annotated[
        bool,
        typer.Option("--overdue", help="Only what a brand should have answered; code 3."),
    ] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show missing purchases, the longest reported first."""
    now = moment(as_of)

    async def work() -> list[tuple[str, str, missing.MissingPurchase]]:
        async with office() as desk:
            codes = {one.id: one.code for one in (await desk.terms()).partners}
            wanted = [number for number, code in codes.items() if partner in {None, code}]
            if not wanted:
                raise Misconfigured(f"There is no brand {partner}.")
            asked = missing.MissingFilter(
                partner_ids=wanted, states=() if every else _UNDECIDED,
                overdue_at=now if overdue else None,
            )  # fmt: skip
            async with desk.database.reading(EVERYTHING) as connection:
                found = await missing.list_missing(
                    connection, asked, limit=_MOST, oldest_first=True
                )
            seal = (await load_keys(desk.database)).seal
            return [
                (seal.seal(Kind.MISSING_PURCHASE, one.id), codes[one.partner_id], one)
                for one in found
            ]

    found = run(work)
    if as_json:
        typer.echo(json.dumps([_as_dict(*one, overdue=one[2].is_overdue(now)) for one in found]))
    else:
        console.print(missing_table(found, now))
    if overdue and found:
        raise SystemExit(NOT_YET)


def _as_dict(
    id_: str, brand: str, one: missing.MissingPurchase, *, overdue: bool
) -> dict[str, object]:
    return {
        "id": id_,
        "partner": brand,
        "state": one.state.value,
        "reference": one.reference,
        "purchasedOn": one.purchased_on.isoformat(),
        "amount": f"{one.amount.amount}",
        "currency": one.amount.currency,
        "reportedAt": one.reported_at.isoformat(),
        "dueAt": None if one.due_at is None else one.due_at.isoformat(),
        "overdue": overdue,
    }
