"""coalition settlement ...: a period from its close to its end, for people and for cron."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from coalition import ledger, settlement
from coalition.cli import (
    closing,
    corrections,
    disputes,
    exporting,
    insight,
    payments,
    period_figures,
    rates,
)
from coalition.cli.running import console, office, person, run
from coalition.cli.settling import (
    NOT_YET,
    Calendar,
    DryRun,
    Json,
    Label,
    exit_codes,
    period_asked,
)
from coalition.kit.amounts import Money
from coalition.kit.database import EVERYTHING
from coalition.partners import Terms
from coalition.settlement.errors import StatementDisputed
from coalition.terminal import errors, netting_table, periods_table

app = typer.Typer(
    help="A period from its close to its end. Exit code 3: not yet; 4: another person is needed.",
    no_args_is_help=True,
)
app.add_typer(rates.app, name="rates")
app.add_typer(disputes.app, name="disputes")
app.command(name="export")(exporting.export)
closing.add_to(app)
payments.add_to(app)
corrections.add_to(app)
period_figures.add_to(app)
insight.add_to(app)
app.command(name="expire-disputes")(disputes.expire_disputes)


@app.command()
def status(
    label: Annotated[str | None, typer.Argument(help="One period; else all.")] = None,
    calendar: Calendar = None,
    as_json: Json = False,
) -> None:
    """How far each period is, and what stands in its way."""

    async def work() -> tuple[list[tuple[ledger.Period, list[settlement.Gate]]], Terms]:
        async with office() as desk:
            terms = await desk.terms()
            async with desk.database.reading(EVERYTHING) as connection:
                found = await ledger.all_periods(connection)
            shown = [
                one
                for one in found
                if label in {None, one.label} and calendar in {None, one.calendar}
            ]
            return [(one, await settlement.next_gates(desk, one)) for one in shown], terms

    found, terms = run(work)
    if as_json:
        typer.echo(json.dumps([_period_as_dict(one, gates, terms) for one, gates in found]))
    else:
        console.print(periods_table(found, terms))


@app.command()
def approve(
    label: Label, calendar: Calendar = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Approve a closed period: somebody else than who closed it. Then it is final and netted."""

    async def work() -> tuple[ledger.Period, list[settlement.Position], Terms]:
        async with office() as desk:
            if dry_run:
                period, positions = await settlement.preview_netting(
                    desk, actor=person(), label=label, calendar=calendar
                )
            else:
                approved = await settlement.approve_period(
                    desk, actor=person(), label=label, calendar=calendar, now=datetime.now(UTC)
                )
                period, positions = approved.period, list(approved.positions)
            return period, positions, await desk.terms()

    with exit_codes():
        period, positions, terms = run(work)
    _show_netting(period, positions, terms, as_json=as_json)


@app.command()
def netting(label: Label, calendar: Calendar = None, as_json: Json = False) -> None:
    """Show who pays whom for a final period."""

    async def work() -> tuple[ledger.Period, list[settlement.Position], Terms]:
        async with office() as desk:
            period, terms = await period_asked(desk, label, calendar), await desk.terms()
            async with desk.database.reading(EVERYTHING) as connection:
                return period, await settlement.positions_of(connection, period.id), terms

    period, positions, terms = run(work)
    if not positions:
        errors.print(f"{label} is {period.state}: it is netted when it is approved.", style="red")
        raise SystemExit(NOT_YET)
    _show_netting(period, positions, terms, as_json=as_json)


@app.command()
def advance(
    label: Label,
    to: Annotated[settlement.State, typer.Argument(help="instructed, settled or locked.")],
    calendar: Calendar = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Lead a final period on: its payments are sent, have all arrived, or it is locked."""
    _advance(label, to, calendar, dry_run=dry_run, as_json=as_json)


@app.command()
def lock(
    label: Label, calendar: Calendar = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Lock a settled period: nothing about it changes any more."""
    _advance(label, settlement.State.LOCKED, calendar, dry_run=dry_run, as_json=as_json)


def _advance(
    label: str, to: settlement.State, calendar: str | None, *, dry_run: bool, as_json: bool
) -> None:
    async def work() -> settlement.Advanced:
        async with office() as desk:
            return await settlement.advance_period(
                desk, actor=person(), label=label, calendar=calendar, to=to,
                now=datetime.now(UTC), dry_run=dry_run,
            )  # fmt: skip

    with exit_codes():
        advanced = run(work)
    answer = {
        "label": label, "state": advanced.period.state, "alreadyThere": advanced.already_there,
        "dryRun": dry_run,
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(answer))
    elif dry_run and not advanced.already_there:
        console.print(f"{label} is {advanced.period.state} and would be {to}.")
    else:
        console.print(f"{label} is {advanced.period.state}.")


@app.command()
def waive(
    label: Label,
    partner: Annotated[str, typer.Option(help="Whose items: the brand's code.")],
    subject: Annotated[str, typer.Option(help="Of what, like RECONCILIATION.")],
    state: Annotated[settlement.State, typer.Option(help="The state that they keep it from.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    calendar: Calendar = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let a period pass in spite of open items. It passes with the second person."""

    async def work() -> settlement.Gate:
        async with office() as desk:
            waiver = settlement.Waiver(label, state, partner, subject, reason, calendar)
            return await settlement.waive_items(
                desk, actor=person(), waiver=waiver, now=datetime.now(UTC), dry_run=dry_run
            )

    with exit_codes():
        gate = run(work)
    if as_json:
        answer = {
            "label": label, "partner": partner, "subject": gate.subject, "state": gate.state,
            "openItems": gate.open_items, "waivers": gate.waivers, "dryRun": dry_run,
        }  # fmt: skip
        typer.echo(json.dumps(answer))
        return
    console.print(
        f"{gate.waivers} of 2 people have waived {gate.open_items} items of {partner} in {label}."
    )


@app.command()
def correct(
    label: Label,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the run.")],
    partner: Annotated[
        str | None, typer.Option(help="Of one brand only, by its code; else of all.")
    ] = None,
    calendar: Calendar = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Calculate a closed period again and replace the statements that come out differently. Exit
    code 3 while a line of one is disputed.
    """

    async def work() -> settlement.Corrected:
        async with office() as desk:
            return await settlement.correct_statements(
                desk, actor=person(), label=label, calendar=calendar, brand=partner,
                reason=reason, now=datetime.now(UTC), dry_run=dry_run,
            )  # fmt: skip

    with exit_codes(StatementDisputed):
        corrected = run(work)
    numbers = [one.number for one in corrected.replaced]
    added = [one.number for one in corrected.by[len(numbers) :]]
    if as_json:
        told = {"label": label, "replaced": numbers, "added": added, "dryRun": dry_run}
        typer.echo(json.dumps(told))
        return
    would = "would be " * dry_run
    if numbers or not added:
        said = ", ".join(numbers) or "none: all statements are right"
        console.print(f"{label}: {would}replaced: {said}.")
    if added:
        console.print(f"{label}: {would}added: {', '.join(added)}.")


def _show_netting(
    period: ledger.Period, positions: list[settlement.Position], terms: Terms, *, as_json: bool
) -> None:
    if not as_json:
        console.print(netting_table(period.label, positions, terms))
        return
    found = [
        {
            "partner": None if one.partner_id is None else terms.partner(one.partner_id).code,
            "currency": one.net.currency,
            "net": str(one.net.amount),
            "vat": str(one.vat.amount),
            "amount": str(one.amount.amount),
            "held": str(Money(one.held, one.net.currency).amount),
            "settled": str(one.settled.amount),
            "settledCurrency": one.settled.currency,
        }
        for one in positions
    ]
    typer.echo(json.dumps({"label": period.label, "state": period.state, "positions": found}))


def _period_as_dict(
    one: ledger.Period, gates: list[settlement.Gate], terms: Terms
) -> dict[str, object]:
    return {
        "calendar": one.calendar,
        "label": one.label,
        "state": one.state,
        "startsAt": one.starts_at.isoformat(),
        "endsAt": one.ends_at.isoformat(),
        "openItems": [
            {
                "partner": terms.partner(gate.partner_id).code,
                "subject": gate.subject,
                "state": gate.state,
                "openItems": gate.open_items,
                "waivers": gate.waivers,
            }
            for gate in gates
        ],
    }
