"""coalition settlement adjust, exchange: what is added beside the entries."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from coalition import settlement
from coalition.cli.numbers import decimal_in, whole_in
from coalition.cli.running import console, office, person, run
from coalition.cli.settling import AsOf, Calendar, DryRun, Json, Label, exit_codes, moment
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import Refusal
from coalition.partners import Office
from coalition.partners.file import Mistake, MistakesInFile
from coalition.settlement.errors import LineNotFound

COLUMNS = (
    "key", "partner", "source", "authorised", "points", "price", "amount", "currency", "corrects",
    "statement", "line", "reason",
)  # fmt: skip
_LARGEST = 2**20


def add_to(app: typer.Typer) -> None:
    app.command(name="adjust")(adjust)
    app.command(name="exchange")(exchange)


def adjust(
    file: Annotated[Path, typer.Argument(help=f"CSV with the columns {','.join(COLUMNS)}.")],
    dry_run: DryRun = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Correct what brands were billed or paid, in their open periods: an adjustment per row. The
    same file again changes nothing. Exit code 1 when a row is refused; the others are recorded.
    """
    given = read_adjustments(file)
    now = moment(as_of)

    async def work() -> list[_Outcome]:
        async with office() as desk:
            return [await _record(desk, one, now, dry_run=dry_run) for one in given]

    outcomes = run(work)
    if as_json:
        typer.echo(json.dumps([_as_dict(one, dry_run=dry_run) for one in outcomes]))
    else:
        for one in outcomes:
            console.print(_told(one, dry_run=dry_run), soft_wrap=True)
    if any(one.refusal for one in outcomes):
        raise SystemExit(1)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file. `statement`: the number of the one that is corrected."""

    number: int
    request: settlement.AdjustmentRequest
    statement: str | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    row: Row
    adjustment: settlement.Adjustment | None
    refusal: Refusal | None


async def _record(desk: Office, row: Row, now: datetime, *, dry_run: bool) -> _Outcome:
    try:
        request = row.request
        if row.statement is not None:
            request = replace(request, statement_id=await _statement(desk, row.statement))
        found = await settlement.record_adjustment(
            desk, actor=person(), request=request, now=now, dry_run=dry_run
        )
    except Refusal as refusal:
        return _Outcome(row, None, refusal)
    return _Outcome(row, found, None)


def read_adjustments(file: Path) -> list[Row]:
    """Raises `MistakesInFile` with every line that is wrong."""
    try:
        if file.stat().st_size > _LARGEST:
            raise MistakesInFile(file, [Mistake(0, "", f"is larger than {_LARGEST} bytes")])
        rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines(), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MistakesInFile(file, [Mistake(0, "", f"cannot be read: {error}")]) from None
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        raise MistakesInFile(file, [Mistake(1, "", f"must begin with {','.join(COLUMNS)}")])
    found: list[Row] = []
    mistakes: list[Mistake] = []
    for number, cells in enumerate(rows[1:], start=2):
        try:
            found.append(_row(number, cells))
        except _Wrong as wrong:
            mistakes.append(Mistake(number, wrong.field, str(wrong)))
    if mistakes:
        raise MistakesInFile(file, mistakes)
    return found


class _Wrong(Exception):
    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def _row(number: int, cells: list[str]) -> Row:
    if len(cells) != len(COLUMNS):
        raise _Wrong("", f"has {len(cells)} cells, not {len(COLUMNS)}")
    cell = {name: text.strip() for name, text in zip(COLUMNS, cells, strict=True)}
    kind, _, named = cell["source"].partition(":")
    if not named:
        raise _Wrong("source", f"{cell['source']!r} is not KIND:ID, like DISPUTE:d-1")
    if cell["corrects"] not in {"", *settlement.Side}:
        raise _Wrong("corrects", f"{cell['corrects']!r} is neither ISSUANCE nor REDEMPTION")
    if bool(cell["statement"]) != bool(cell["line"]):
        raise _Wrong("line", "give a statement and its line, or neither")
    request = settlement.AdjustmentRequest(
        idempotency_key=cell["key"],
        partner=cell["partner"],
        reason=cell["reason"],
        source=settlement.Source(kind, named, _needed(cell, "authorised")),
        points=_whole(cell, "points") or 0,
        price=_decimal(cell, "price"),
        amount=_decimal(cell, "amount"),
        currency=cell["currency"] or None,
        corrects=settlement.Side(cell["corrects"] or settlement.Side.ISSUANCE),
        line=_whole(cell, "line"),
    )
    return Row(number, request, cell["statement"] or None)


def _decimal(cell: Mapping[str, str], name: str) -> Decimal | None:
    return _needed(cell, name) if cell[name] else None


def _needed(cell: Mapping[str, str], name: str) -> Decimal:
    found = decimal_in(cell[name])
    if found is None:
        raise _Wrong(name, f"{cell[name]!r} is not a number")
    return found


def _whole(cell: Mapping[str, str], name: str) -> int | None:
    if not cell[name]:
        return None
    found = whole_in(cell[name])
    if found is None:
        raise _Wrong(name, f"{cell[name]!r} is not a whole number")
    return found


def _told(one: _Outcome, *, dry_run: bool) -> str:
    request = one.row.request
    if one.refusal is not None or one.adjustment is None:
        code = one.refusal.code if one.refusal else ""
        return f"row {one.row.number}: {request.partner} refused, {code}: {one.refusal}"
    found = one.adjustment
    done = "was recorded before" if found.replayed else "is recorded"
    return (
        f"row {one.row.number}: {found.amount} in favour of {request.partner} in"
        f" {found.period.label} {'would be recorded' if dry_run else done}."
    )


def _as_dict(one: _Outcome, *, dry_run: bool) -> dict[str, object]:
    found, refusal = one.adjustment, one.refusal
    return {
        "row": one.row.number,
        "key": one.row.request.idempotency_key,
        "partner": one.row.request.partner,
        "label": found.period.label if found else None,
        "calendar": found.period.calendar if found else None,
        "points": one.row.request.points,
        "amount": str(found.amount.amount) if found else None,
        "currency": found.amount.currency if found else None,
        "replayed": found.replayed if found else False,
        "dryRun": dry_run,
        "error": {"code": refusal.code, "message": refusal.message} if refusal else None,
    }


def exchange(
    label: Label,
    currency: Annotated[str, typer.Argument(help="What was bought for what the pool lacks.")],
    rate: Annotated[str, typer.Option(help="The bank's: so many of the other for one --base.")],
    base: Annotated[str, typer.Option(help="One unit of this ...")],
    calendar: Calendar = None,
    key: Annotated[
        str | None, typer.Option(help="Another one is another exchange; absent: the period's.")
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Post what bought currency cost; the difference to the books' rate is posted by name."""
    executed = decimal_in(rate)
    if executed is None:
        raise typer.BadParameter(f"{rate!r} is not a number.", param_hint="--rate")
    request = settlement.ExchangeRequest(
        key or f"exchange:{calendar or ''}:{label}:{currency}".replace(" ", "_"),
        label,
        currency,
        base,
        executed,
        calendar,
    )

    async def work() -> settlement.Exchange:
        async with office() as desk:
            return await settlement.record_exchange(
                desk, actor=person(), request=request, now=datetime.now(UTC), dry_run=dry_run
            )

    with exit_codes():
        found = run(work)
    if as_json:
        answer = {
            "label": label, "bought": str(found.bought.amount), "boughtCurrency": currency,
            "booked": str(found.booked.amount), "sold": str(found.sold.amount),
            "loss": str(found.loss.amount), "soldCurrency": found.sold.currency,
            "replayed": found.replayed, "dryRun": dry_run,
        }  # fmt: skip
        typer.echo(json.dumps(answer))
        return
    console.print(
        f"{found.bought} {'would be ' * dry_run}bought for {found.sold}; in the books it is worth"
        f" {found.booked}: {found.loss} lost{' (posted before)' * found.replayed}."
    )


async def _statement(desk: Office, number: str) -> int:
    """The id of the statement of that number. Raises `LineNotFound`."""
    async with desk.database.reading(EVERYTHING) as connection:
        asked = settlement.StatementFilter(number=number, replaced_too=True)
        found = await settlement.list_statements(connection, asked)
    if not found:
        raise LineNotFound(f"There is no statement {number!r}.", field=("line", "statementId"))
    return found[0].id
