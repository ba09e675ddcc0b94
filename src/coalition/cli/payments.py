"""coalition settlement pay, bank."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from coalition import payments
from coalition.cli.running import console, office, person, run, stop
from coalition.cli.settling import NOT_YET, DryRun, Json, exit_codes, moment
from coalition.kit.errors import Misconfigured
from coalition.partners import Terms
from coalition.payments.bank_document import LARGEST_FILE
from coalition.payments.errors import NothingToInstruct
from coalition.settlement.errors import PeriodNotReady

# A file holds account numbers: for who runs the command, and nobody else.
_PRIVATE = 0o600
# Rent and salaries are of the same account: what names no payment is nobody's task.
_AS_IT_SHOULD_BE = {"MATCHED", "PARTIAL", "ACCEPTED", "KNOWN", "UNKNOWN"}


def add_to(app: typer.Typer) -> None:
    app.command(name="pay")(pay)
    app.command(name="bank")(bank)


def pay(
    label: Annotated[str, typer.Argument(help='Which period, like "2017-01".')],
    to: Annotated[
        Path | None,
        typer.Option("--to", help="A folder to put the files into.", file_okay=False),
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of all payments."),
    ] = None,
    calendar: Annotated[str | None, typer.Option(help="Else the programme's.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Send again what came back or was refused.")
    ] = False,
    dry_run: DryRun = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(help="With --dry-run: count the days from this moment in UTC."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the payments of a final period: files for the bank, and who is waited for.

    Asked again, the same files are given. Exit code 3: the period is not final yet.
    """
    if as_of is not None and not dry_run:
        raise Misconfigured("--as-of goes with --dry-run: no bank carries out what is dated back.")
    now = moment(as_of)
    request = payments.InstructionRequest(label, calendar, _day(on), again)

    async def work() -> tuple[payments.Instructed, Terms]:
        async with office() as desk:
            made = await payments.instruct_payments(
                desk, actor=person(), request=request, now=now, dry_run=dry_run
            )
            return made, await desk.terms()

    try:
        with exit_codes(PeriodNotReady):
            made, terms = run(work)
    except NothingToInstruct as nothing:
        typer.echo(json.dumps({"label": label, "files": []}) if as_json else nothing.message)
        return
    files = [] if to is None else _put(to, made)
    if as_json:
        typer.echo(json.dumps(_as_dict(made, terms, files)))
        return
    if made.already_instructed:
        console.print(f"{label} was instructed before; nothing has changed.")
    console.print(_payments_table(label, made.payments, terms))
    for one in made.files:
        console.print(f"{one.message_id}: {one.payments} payments, {one.control_sum}, {one.schema}")
    for file in files:
        console.print(f"Written: {file}")


def bank(
    file: Annotated[
        Path, typer.Argument(help="camt.053, camt.054 or pain.002.", exists=True, dir_okay=False)
    ],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a file of the bank: what it says is matched with the payments.

    Exit code 3: somebody has to look at something in it.
    """
    # One byte more than is allowed is enough to refuse it.
    with file.open("rb") as opened:
        content = opened.read(LARGEST_FILE + 1)

    async def work() -> payments.Taken:
        async with office() as desk:
            return await payments.take_bank_file(
                desk, actor=person(), content=content, now=datetime.now(UTC), dry_run=dry_run
            )

    taken = run(work)
    if as_json:
        typer.echo(json.dumps(_taken_as_dict(taken, dry_run=dry_run)))
    else:
        _show_taken(taken)
    if any(one.outcome not in _AS_IT_SHOULD_BE for one in taken.entries):
        raise SystemExit(NOT_YET)


def _taken_as_dict(taken: payments.Taken, *, dry_run: bool) -> dict[str, object]:
    return {
        "messageId": taken.message_id,
        "document": taken.schema,
        "dryRun": dry_run,
        "replayed": taken.replayed,
        "entries": [{"place": one.place, "outcome": one.outcome} for one in taken.entries],
    }


def _show_taken(taken: payments.Taken) -> None:
    if taken.replayed:
        console.print(f"{taken.message_id} was taken before; nothing has changed.")
    table = Table(title=f"{taken.message_id} ({taken.schema})", title_justify="left")
    table.add_column("entry", justify="right")
    table.add_column("outcome")
    for one in taken.entries:
        table.add_row(str(one.place), one.outcome)
    console.print(table)


def _day(on: datetime | None) -> date | None:
    return None if on is None else on.date()


def _put(folder: Path, made: payments.Instructed) -> list[Path]:
    """The files, each whole or not at all, and none over another one's bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for message_id, content in made.contents.items():
        target = folder / f"{message_id}.xml"
        if target.exists() and target.read_bytes() != content:
            stop(f"{target} is there with other bytes; nothing was written over it.")
        part = target.with_suffix(".part")
        part.touch(mode=_PRIVATE)
        part.write_bytes(content)
        part.replace(target)
        found.append(target)
    return found


def _payments_table(label: str, found: Sequence[payments.Payment], terms: Terms) -> Table:
    table = Table(title=f"Payments of {label}", title_justify="left")
    for name in ("brand", "pays", "amount", "by", "on", "state", "why"):
        table.add_column(name, justify="right" if name == "amount" else "left")
    for one in found:
        table.add_row(
            terms.partner(one.partner_id).code,
            "brand" if one.direction is payments.Direction.IN else "pool",
            str(one.amount),
            one.method.value,
            one.due_on.isoformat(),
            one.state.value,
            one.reason or one.bank_reason or "",
        )
    return table


def _as_dict(made: payments.Instructed, terms: Terms, files: Sequence[Path]) -> dict[str, object]:
    return {
        "label": made.period.label,
        "state": made.period.state,
        "alreadyInstructed": made.already_instructed,
        "payments": [
            {
                "partner": terms.partner(one.partner_id).code,
                "direction": one.direction.value,
                "amount": f"{one.amount.amount}",
                "currency": one.amount.currency,
                "method": one.method.value,
                "endToEndId": one.end_to_end_id,
                "state": one.state.value,
                "reason": one.reason,
            }
            for one in made.payments
        ],
        "files": [
            {
                "messageId": one.message_id,
                "document": one.schema,
                "payments": one.payments,
                "controlSum": f"{one.control_sum.amount}",
                "currency": one.control_sum.currency,
                "hash": one.hash,
            }
            for one in made.files
        ],
        "written": [str(one) for one in files],
    }
