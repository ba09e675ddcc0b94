"""coalition settlement close: one period, or all that have ended, each by itself."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from coalition import ledger, settlement
from coalition.cli.running import console, office, person, run
from coalition.cli.settling import AsOf, Calendar, DryRun, Json, code_of, moment, tell
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import Refusal
from coalition.partners import Office, Terms
from coalition.terminal import period_table


def add_to(app: typer.Typer) -> None:
    app.command(name="close")(close)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """`closed` None: it was refused. `calendar` None: the programme's."""

    label: str
    calendar: str | None
    closed: settlement.Closed | None
    statements: list[settlement.StatementRecord]
    refusal: Refusal | None


def close(
    label: Annotated[str | None, typer.Argument(help="Absent: all that have ended.")] = None,
    calendar: Calendar = None,
    dry_run: DryRun = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Close a period that has ended and issue its statements. Closing again changes nothing. Of all
    that have ended, what refuses one stops no other; the exit code is that of the worst.
    """
    now = moment(as_of)

    async def work() -> tuple[list[_Outcome], Terms]:
        async with office() as desk:
            if label:
                done = [await _close(desk, label, calendar, now, dry_run=dry_run)]
            else:
                done = [one async for one in _close_all(desk, calendar, now, dry_run=dry_run)]
            return done, await desk.terms()

    done, terms = run(work)
    if as_json:
        typer.echo(json.dumps([_as_dict(one, dry_run=dry_run) for one in done]))
    elif not done:
        console.print("No period has ended that is not closed.")
    for one in done:
        if one.refusal is not None:
            tell(one.refusal)
        elif one.closed is not None and not as_json:
            if one.closed.already_closed:
                console.print(f"{one.label} was closed before; nothing has changed.")
            console.print(period_table(one.label, one.statements, terms))
    codes = {code_of(one.refusal) for one in done if one.refusal is not None}
    if codes:
        raise SystemExit(min(codes))


async def _close_all(
    desk: Office, calendar: str | None, now: datetime, *, dry_run: bool
) -> AsyncIterator[_Outcome]:
    """Those that have ended and are not closed, oldest first, each once: to close one opens the
    period behind it, which may have ended too.
    """
    asked: set[tuple[str, str]] = set()
    await desk.terms()
    while True:
        async with desk.database.reading(EVERYTHING) as connection:
            found = await ledger.all_periods(connection)
        one = next(
            (
                one
                for one in found
                if one.ends_at <= now
                and calendar in {None, one.calendar}
                and not settlement.State(one.state).is_published
                and (one.calendar, one.label) not in asked
            ),
            None,
        )
        if one is None:
            return
        asked.add((one.calendar, one.label))
        yield await _close(desk, one.label, one.calendar, now, dry_run=dry_run)


async def _close(
    desk: Office, label: str, calendar: str | None, now: datetime, *, dry_run: bool
) -> _Outcome:
    try:
        if dry_run:
            closed, statements = await settlement.preview_close(
                desk, actor=person(), label=label, calendar=calendar, now=now
            )
        else:
            closed = await settlement.close_period(
                desk, actor=person(), label=label, calendar=calendar, now=now
            )
            async with desk.database.reading(EVERYTHING) as connection:
                asked = settlement.StatementFilter(period_id=closed.period.id)
                statements = await settlement.list_statements(connection, asked)
    except Refusal as refusal:
        return _Outcome(label, calendar, None, [], refusal)
    return _Outcome(label, calendar, closed, statements, None)


def _as_dict(one: _Outcome, *, dry_run: bool) -> dict[str, object]:
    closed, refusal = one.closed, one.refusal
    return {
        "calendar": closed.period.calendar if closed else one.calendar,
        "label": one.label,
        "state": closed.period.state if closed else None,
        "dryRun": dry_run,
        "alreadyClosed": closed.already_closed if closed else False,
        "hashes": {statement.number: statement.hash for statement in one.statements},
        "error": {"code": refusal.code, "message": refusal.message} if refusal else None,
    }
