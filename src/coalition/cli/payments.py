"""coalition settlement pay, payments, bank, resolve-bank-entry."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from coalition import payments
from coalition.access import load_keys
from coalition.cli.running import console, office, person, run, stop
from coalition.cli.settling import (
    NOT_YET,
    Calendar,
    DryRun,
    Json,
    Label,
    exit_codes,
    moment,
    period_asked,
)
from coalition.kit.amounts import Money
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import Misconfigured
from coalition.kit.ids import Kind, NotAnId, Seal
from coalition.partners import Office, Terms
from coalition.payments.bank_document import LARGEST_FILE
from coalition.payments.errors import NO_SUCH_ENTRY, BankEntryNotFound, NothingToInstruct
from coalition.settlement.errors import PeriodNotReady
from coalition.terminal import bank_table, errors, payments_table

# A file holds account numbers: for who runs the command, and nobody else.
_PRIVATE = 0o600
# Rent and salaries are of the same account: what names no payment is nobody's task.
_AS_IT_SHOULD_BE = {"MATCHED", "PARTIAL", "ACCEPTED", "KNOWN", "UNKNOWN"}


def add_to(app: typer.Typer) -> None:
    app.command(name="pay")(pay)
    app.command(name="payments")(show_payments)
    app.command(name="bank")(bank)
    app.command(name="resolve-bank-entry")(resolve_bank_entry)


class _Is(StrEnum):
    SAME = "same"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class _Shown:
    """Entries of the bank. `ids` by their numbers, `codes` of brands by theirs."""

    entries: Sequence[payments.BankEntry]
    ids: Mapping[int, str]
    codes: Mapping[int, str]

    def as_dicts(self) -> list[dict[str, object]]:
        return [self._as_dict(one) for one in self.entries]

    def tell_what_waits(self) -> None:
        waiting = [self.ids[one.id] for one in self.entries if one.waits]
        if waiting:
            console.print(
                "The bank may have told of these before. Say of each which it is:\n"
                "  coalition settlement resolve-bank-entry ID --as same|another --reason ...\n"
                + "\n".join(f"  {one}" for one in waiting),
                markup=False,
            )

    def _as_dict(self, one: payments.BankEntry) -> dict[str, object]:
        def part(minor: int) -> str | None:
            return None if one.amount is None else f"{Money(minor, one.amount.currency).amount}"

        return {
            "id": self.ids[one.id],
            "place": one.place,
            "outcome": one.outcome,
            "resolvedAs": one.resolved_as,
            "partner": None if one.partner_id is None else self.codes[one.partner_id],
            "matchedWith": one.names,
            "endToEndId": one.end_to_end_id,
            "bankReference": one.bank_reference,
            "isCredit": one.is_credit,
            "amount": None if one.amount is None else f"{one.amount.amount}",
            "currency": None if one.amount is None else one.amount.currency,
            "booked": part(one.booked),
            "surplus": part(one.surplus),
            "reason": one.reason,
            "bookedOn": None if one.booked_on is None else one.booked_on.isoformat(),
        }


async def _shown(desk: Office, entries: Sequence[payments.BankEntry]) -> _Shown:
    seal = (await load_keys(desk.database)).seal
    return _Shown(
        entries,
        {one.id: seal.seal(Kind.BANK_ENTRY, one.id) for one in entries},
        _codes(await desk.terms()),
    )


def _codes(terms: Terms) -> dict[int, str]:
    return {one.id: one.code for one in terms.partners}


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
    console.print(payments_table(label, made.payments, _codes(terms)))
    for one in made.files:
        console.print(f"{one.message_id}: {one.payments} payments, {one.control_sum}, {one.schema}")
    for file in files:
        console.print(f"Written: {file}")


def show_payments(label: Label, calendar: Calendar = None, as_json: Json = False) -> None:
    """Show a period's payments, and what the bank has said of them.

    Exit code 3: somebody has to look at something of it.
    """

    async def work() -> tuple[list[payments.Payment], _Shown, Terms]:
        async with office() as desk:
            period, terms = await period_asked(desk, label, calendar), await desk.terms()
            async with desk.database.reading(EVERYTHING) as connection:
                found = await payments.payments_of(connection, period.id)
                entries = await payments.bank_entries_of(connection, period.id)
            return found, await _shown(desk, entries), terms

    with exit_codes():
        found, shown, terms = run(work)
    if as_json:
        told = [_payment_as_dict(one, terms) for one in found]
        typer.echo(json.dumps({"label": label, "payments": told, "bankEntries": shown.as_dicts()}))
    else:
        console.print(payments_table(label, found, _codes(terms)))
        if shown.entries:
            console.print(bank_table("What the bank said", shown.entries, shown.codes))
        shown.tell_what_waits()
    failed = {payments.PaymentState.RETURNED, payments.PaymentState.REJECTED}
    if any(one.state in failed or one.surplus.minor for one in found) or any(
        one.waits for one in shown.entries
    ):
        raise SystemExit(NOT_YET)


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

    async def work() -> tuple[payments.Taken, _Shown]:
        async with office() as desk:
            taken = await payments.take_bank_file(
                desk, actor=person(), content=content, now=datetime.now(UTC), dry_run=dry_run
            )
            return taken, await _shown(desk, taken.entries)

    taken, shown = run(work)
    if as_json:
        told = {
            "messageId": taken.message_id, "document": taken.schema, "dryRun": dry_run,
            "replayed": taken.replayed, "entries": shown.as_dicts(),
            "statements": [_statement_as_dict(one) for one in taken.statements],
        }  # fmt: skip
        typer.echo(json.dumps(told))
    else:
        if taken.replayed:
            console.print(Text(f"{taken.message_id} was taken before; nothing has changed."))
        title = f"{taken.message_id} ({taken.schema})"
        console.print(bank_table(title, taken.entries, shown.codes))
        _tell_of_statements(taken.statements)
        if not dry_run:
            shown.tell_what_waits()
    if any(one.missing_after is not None or one.is_repeated for one in taken.statements) or any(
        (one.resolved_as or one.outcome) not in _AS_IT_SHOULD_BE for one in taken.entries
    ):
        raise SystemExit(NOT_YET)


def _tell_of_statements(statements: Sequence[payments.KeptStatement]) -> None:
    """On standard error: what lacks, and what has come again."""
    for one in statements:
        if one.missing_after is not None:
            errors.print(
                f"Statements are missing between number {one.missing_after} and {one.sequence}:"
                " ask the bank for them.",
                style="yellow",
            )
        if one.is_repeated:
            errors.print(
                Text(f"Another file had told of statement {one.identification}.", style="yellow")
            )


def _statement_as_dict(one: payments.KeptStatement) -> dict[str, object]:
    return {
        "identification": one.identification,
        "currency": one.currency,
        "page": one.page,
        "sequence": one.sequence,
        "day": None if one.day is None else one.day.isoformat(),
        "missingAfter": one.missing_after,
        "isRepeated": one.is_repeated,
    }


def resolve_bank_entry(
    entries: Annotated[list[str], typer.Argument(help="Which entries: their ids.")],
    as_: Annotated[
        _Is, typer.Option("--as", help="The same booking as one told before, or another.")
    ],
    reason: Annotated[str, typer.Option(help="How you know; it is kept.")],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say of entries of the bank whether it had told of them before.

    Exit code 3: another booking that somebody has to look at, like one that is too much.
    """

    async def work() -> tuple[list[bool], _Shown]:
        async with office() as desk:
            seal = (await load_keys(desk.database)).seal
            numbers = [_number(seal, one) for one in entries]
            done = [
                await payments.resolve_bank_entry(
                    desk, actor=person(), now=datetime.now(UTC), dry_run=dry_run,
                    resolution=payments.Resolution(one, as_ is _Is.SAME, reason),
                )
                for one in numbers
            ]  # fmt: skip
            return [one.replayed for one in done], await _shown(desk, [one.entry for one in done])

    replayed, shown = run(work)
    if as_json:
        told = [
            one | {"replayed": before}
            for one, before in zip(shown.as_dicts(), replayed, strict=True)
        ]
        typer.echo(json.dumps({"dryRun": dry_run, "entries": told}))
    else:
        if all(replayed):
            console.print("This had been said before; nothing has changed.")
        console.print(bank_table("Resolved", shown.entries, shown.codes))
    if any(one.resolved_as not in _AS_IT_SHOULD_BE for one in shown.entries):
        raise SystemExit(NOT_YET)


def _number(seal: Seal, entry: str) -> int:
    try:
        return seal.open(Kind.BANK_ENTRY, entry)[0]
    except NotAnId:
        raise BankEntryNotFound(NO_SUCH_ENTRY) from None


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


def _payment_as_dict(one: payments.Payment, terms: Terms) -> dict[str, object]:
    return {
        "partner": terms.partner(one.partner_id).code,
        "direction": one.direction.value,
        "amount": f"{one.amount.amount}",
        "paid": f"{one.paid.amount}",
        "surplus": f"{one.surplus.amount}",
        "currency": one.amount.currency,
        "method": one.method.value,
        "endToEndId": one.end_to_end_id,
        "dueOn": one.due_on.isoformat(),
        "state": one.state.value,
        "reason": one.reason,
        "bankReason": one.bank_reason,
    }


def _as_dict(made: payments.Instructed, terms: Terms, files: Sequence[Path]) -> dict[str, object]:
    return {
        "label": made.period.label,
        "state": made.period.state,
        "alreadyInstructed": made.already_instructed,
        "payments": [_payment_as_dict(one, terms) for one in made.payments],
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
