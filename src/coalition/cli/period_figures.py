"""coalition settlement statements, treasury, roll-forward: a period's figures, as they are kept."""

import json
from collections.abc import Mapping

import typer

from coalition import ledger, settlement
from coalition.cli import statements
from coalition.cli.running import OPERATOR, console, office, run
from coalition.cli.settling import NOT_YET, Calendar, Json, Label, exit_codes, period_asked
from coalition.kit.amounts import Money
from coalition.kit.database import EVERYTHING
from coalition.partners import Terms
from coalition.terminal import errors, roll_table, treasury_table


def add_to(app: typer.Typer) -> None:
    app.command(name="statements")(statements.show)
    app.command(name="treasury")(treasury)
    app.command(name="roll-forward")(roll_forward)


def treasury(label: Label, calendar: Calendar = None, as_json: Json = False) -> None:
    """Show the pool before and after a period in each currency, and what it lacks."""

    async def work() -> settlement.Treasury:
        async with office() as desk:
            period = await period_asked(desk, label, calendar)
            return await settlement.treasury_of(desk, actor=OPERATOR, period=period)

    with exit_codes():
        found = run(work)
    if not as_json:
        console.print(treasury_table(label, found))
        return
    answer = {
        "label": label,
        "currency": found.fund.after.currency,
        "before": _amounts(found.before),
        "moved": _amounts(found.moved),
        "exchanged": _amounts(found.exchanged),
        "fundBefore": str(found.fund.before.amount),
        "fundMoved": str(found.fund.moved.amount),
        "fundAfter": str(found.fund.after.amount),
        "rounding": str(found.fund.rounding.amount),
        "needs": [
            {
                "currency": one.needed.currency,
                "needed": str(one.needed.amount),
                "booked": str(one.booked.amount),
                "rate": f"{one.rate.rate.normalize():f}",
                "base": one.rate.base,
            }
            for one in found.needs
        ],
    }
    typer.echo(json.dumps(answer))


def roll_forward(label: Label, calendar: Calendar = None, as_json: Json = False) -> None:
    """Show what became of each issuer's points in a period. Exit code 3: it is not calculated."""

    async def work() -> tuple[ledger.Period, list[settlement.RollForward], Terms]:
        async with office() as desk:
            period = await period_asked(desk, label, calendar)
            async with desk.database.reading(EVERYTHING) as connection:
                found = await settlement.roll_forward(connection, period)
            return period, found, await desk.terms()

    with exit_codes():
        period, found, terms = run(work)
    if not settlement.State(period.state).has_statements:
        errors.print(f"{label} is {period.state}: close it first.", style="bold red")
        raise SystemExit(NOT_YET)
    if not as_json:
        console.print(roll_table(label, found, terms))
        return
    typer.echo(
        json.dumps(
            [
                {
                    "issuer": terms.partner(one.issuer_id).code,
                    "opening": one.opening,
                    "issued": one.period.issued,
                    "returned": one.period.returned,
                    "redeemed": one.period.redeemed,
                    "refunded": one.period.refunded,
                    "expired": one.period.expired,
                    "repaid": one.period.repaid,
                    "relieved": one.relieved,
                    "outstanding": one.closing - one.relieved,
                }
                for one in found
            ]
        )
    )


def _amounts(found: Mapping[str, Money]) -> dict[str, str]:
    return {currency: str(money.amount) for currency, money in found.items()}
