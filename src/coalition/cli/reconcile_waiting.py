"""coalition reconcile run: the files that wait, and what is overdue. For cron."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from coalition import reconciliation
from coalition.cli.running import OPERATOR, console, office, progress, run
from coalition.cli.settling import Json
from coalition.kit.database import EVERYTHING, NOTHING
from coalition.kit.errors import Misconfigured
from coalition.partners import Office
from coalition.reconciliation import OpenValue

ABOVE_TOLERANCE = 3


def add_to(app: typer.Typer) -> None:
    app.command(name="run")(run_waiting)


@dataclass(frozen=True, slots=True)
class _RunOfAll:
    compared: int
    aged: reconciliation.Aged
    open: list[OpenValue]
    codes: dict[int, str]


def run_waiting(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and keep nothing.")
    ] = False,
    as_of: Annotated[
        datetime | None, typer.Option(help="With --dry-run: at this moment (UTC).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare the files that wait, and see to it that what is overdue has an owner. For cron."""
    if as_of is not None and not dry_run:
        raise Misconfigured("--as-of goes with --dry-run: what is found is found now.")
    now = datetime.now(UTC) if as_of is None else as_of.replace(tzinfo=UTC)

    async def work() -> _RunOfAll:
        async with office() as desk:
            return await (_rehearsed(desk, now) if dry_run else _ran(desk, now))

    done = run(work)
    if as_json:
        typer.echo(
            json.dumps({"compared": done.compared, "owned": done.aged.owned, "due": done.aged.due,
                        "dryRun": dry_run,
                        "open": [open_as_dict(one, done.codes) for one in done.open]})
        )  # fmt: skip
    else:
        if dry_run:
            console.print("A dry run: nothing of this is kept.")
        console.print(
            f"{done.compared:,} files compared; {done.aged.owned:,} overdue items have an owner"
            " now."
        )
        for one in done.open:
            console.print(
                f"{done.codes[one.partner_id]}: {one.items:,} open, {one.value} at stake,"
                f" {one.tolerance} allowed."
            )
    if any(one.is_above for one in done.open):
        raise SystemExit(ABOVE_TOLERANCE)


async def _ran(desk: Office, now: datetime) -> _RunOfAll:
    count = 0
    with progress() as bar:
        task = bar.add_task("Comparing files", total=None)
        async for _ in reconciliation.run_waiting(desk, actor=OPERATOR, now=now):
            count += 1
            bar.advance(task)
    aged = await reconciliation.own_overdue(desk, actor=OPERATOR, now=now)
    return await _with_what_is_open(desk, count, aged, {})


async def _rehearsed(desk: Office, now: datetime) -> _RunOfAll:
    """Of each partner by itself; what is overdue is what is so without their new files."""
    count, rehearsed = await reconciliation.rehearse_waiting(desk, actor=OPERATOR, now=now)
    async with desk.database.rehearsing(NOTHING) as rehearsal:
        aged = await reconciliation.own_overdue(desk.rehearsing(rehearsal), actor=OPERATOR, now=now)
    return await _with_what_is_open(desk, count, aged, rehearsed)


async def _with_what_is_open(
    desk: Office, count: int, aged: reconciliation.Aged, rehearsed: dict[int, list[OpenValue]]
) -> _RunOfAll:
    """`rehearsed`: what would be open of some brands, which counts instead of what is."""
    terms = await desk.terms()
    async with desk.database.reading(EVERYTHING) as connection:
        stands = await reconciliation.open_values(connection, terms, None)
    found = [one for one in stands if one.partner_id not in rehearsed]
    found += [one for each in rehearsed.values() for one in each]
    return _RunOfAll(count, aged, found, {one.id: one.code for one in terms.partners})


def open_as_dict(one: OpenValue, codes: dict[int, str]) -> dict[str, object]:
    return {
        "partner": codes[one.partner_id],
        "items": one.items,
        "value": str(one.value.amount),
        "tolerance": str(one.tolerance.amount),
        "currency": one.value.currency,
        "isAbove": one.is_above,
    }
