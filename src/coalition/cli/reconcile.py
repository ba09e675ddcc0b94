"""coalition reconcile FILE, and what becomes of the differences.

Exit codes, for cron: 0 what is open is within the partner's tolerance; 1 the file was refused, or
the command failed; 2 it was typed wrongly; 3 more is open than the tolerance, or something is
overdue. Each is told on standard error, or in the JSON.
"""

import gzip
import hashlib
import json
import zlib
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from coalition import reconciliation
from coalition.access import load_keys
from coalition.cli import reconcile_waiting
from coalition.cli.local_file import LocalFile, local_file
from coalition.cli.reconcile_waiting import ABOVE_TOLERANCE, open_as_dict
from coalition.cli.running import OPERATOR, console, office, run, stop
from coalition.cli.settling import Json
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.errors import Misconfigured
from coalition.kit.ids import Kind, NotAnId
from coalition.partners import Office, Partner
from coalition.reconciliation import FileRecord, ItemRecord, OpenValue, Summary, Taken
from coalition.terminal import ageing_table, errors, items_table, summary_table

_PAGE = 500
_MOST = 10_000  # in one table
_LONGEST_HEADER = 4096


class _FileFirst(TyperGroup):
    """`coalition reconcile march.csv` is `coalition reconcile file march.csv`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        if args and args[0] not in self.commands and args[0] not in {"--help", "-h"}:
            args = ["file", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    help="A partner's file against the ledger. `reconcile FILE` is `reconcile file FILE`.",
    no_args_is_help=True,
    cls=_FileFirst,
)
reconcile_waiting.add_to(app)


@dataclass(frozen=True, slots=True)
class _Compared:
    partner: Partner
    taken: Taken
    file: FileRecord
    summary: Summary
    open: list[OpenValue]


@app.command()
def file(
    path: Annotated[Path, typer.Argument(help="A .csv or .ndjson file, or one with .gz behind.")],
    partner: Annotated[str, typer.Option(help="Whose file it is, by its code.")],
    period: Annotated[
        str | None, typer.Option(help="Of which period; else what the header says.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be found, and keep nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take a partner's file of a period and compare it with the ledger, row by row."""
    told = local_file(path)

    async def work() -> _Compared:
        async with AsyncExitStack() as stack:
            desk = await stack.enter_async_context(office())
            brand = await _brand(desk, partner)
            if dry_run:
                sight = Sight(partner_id=brand.id)
                rehearsal = await stack.enter_async_context(desk.database.rehearsing(sight))
                desk = desk.rehearsing(rehearsal)
            return await _compared(desk, brand, told, period or _label_in(told))

    found = run(work)
    above = any(one.is_above for one in found.open)
    if as_json:
        typer.echo(json.dumps(_as_dict(found, dry_run=dry_run)))
    else:
        _show(found, dry_run=dry_run)
    if above:
        raise SystemExit(ABOVE_TOLERANCE)


@app.command()
def items(
    partner: Annotated[str | None, typer.Option(help="One brand's code; else all.")] = None,
    row_class: Annotated[
        reconciliation.RowClass | None, typer.Option("--class", help="Only this class.")
    ] = None,
    state: Annotated[str, typer.Option(help="Only in this state.")] = "open",
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only what is overdue; exit code 3 when something is.")
    ] = False,
    as_of: Annotated[
        datetime | None, typer.Option(help="Count ages at this moment (UTC); else now.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show differences with their age, what is to be done, and who looks after them."""
    now = datetime.now(UTC) if as_of is None else as_of.replace(tzinfo=UTC)

    async def work() -> tuple[list[ItemRecord], dict[int, str], dict[int, str]]:
        async with office() as desk:
            brand = None if partner is None else await _brand(desk, partner)
            asked = reconciliation.ItemFilter(
                partner_id=brand.id if brand else None, row_class=row_class, state=state,
                due_before=now if overdue else None,
            )  # fmt: skip
            found = await _items(desk, asked)
            seal = (await load_keys(desk.database)).seal
            ids = {one.id: seal.seal(Kind.RECONCILIATION_ITEM, one.id) for one in found}
            return found, ids, {one.id: one.code for one in (await desk.terms()).partners}

    found, ids, codes = run(work)
    if as_json:
        typer.echo(json.dumps([_item_as_dict(one, ids[one.id], codes, now) for one in found]))
    else:
        console.print(items_table(found, ids, codes, now))
    if overdue and found:
        raise SystemExit(ABOVE_TOLERANCE)


@app.command()
def ageing(
    partner: Annotated[str | None, typer.Option(help="One brand's code; else all.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(help="Count ages at this moment (UTC); else now.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how old open differences are. Exit code 3 when some are overdue and nobody's."""
    now = datetime.now(UTC) if as_of is None else as_of.replace(tzinfo=UTC)

    async def work() -> tuple[list[reconciliation.Ageing], dict[int, str]]:
        async with office() as desk:
            brand = None if partner is None else await _brand(desk, partner)
            async with desk.database.reading(EVERYTHING) as connection:
                found = await reconciliation.ageing_of(
                    connection, now=now, partner_id=brand.id if brand else None
                )
            return found, {one.id: one.code for one in (await desk.terms()).partners}

    found, codes = run(work)
    if as_json:
        typer.echo(json.dumps([_ageing_as_dict(one, codes) for one in found]))
    else:
        console.print(ageing_table(found, codes))
    if any(one.unowned for one in found):
        raise SystemExit(ABOVE_TOLERANCE)


@app.command()
def resolve(
    item: Annotated[str, typer.Argument(help="Its id, as `reconcile items` shows it.")],
    action: Annotated[reconciliation.Action, typer.Argument(help="What to do with it.")],
    note: Annotated[str, typer.Option(help="Why, for whoever reads it later.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what it would come to; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Resolve a difference as the operator, once and with a reason."""
    now = datetime.now(UTC)

    async def work() -> tuple[ItemRecord, bool, dict[int, str]]:
        async with office() as desk:
            try:
                number, _ = (await load_keys(desk.database)).seal.open(
                    Kind.RECONCILIATION_ITEM, item
                )
            except NotAnId:
                number = 0
            verb = reconciliation.rehearse_resolution if dry_run else reconciliation.resolve_item
            resolution = reconciliation.Resolution(f"command-{item}-{action.value}", action, note)
            resolved = await verb(
                desk, actor=OPERATOR, item_id=number, resolution=resolution, now=now
            )
            codes = {one.id: one.code for one in (await desk.terms()).partners}
            return resolved.item, resolved.replayed, codes

    found, replayed, codes = run(work)
    if as_json:
        shown = _item_as_dict(found, item, codes, now)
        typer.echo(json.dumps(shown | {"replayed": replayed, "dryRun": dry_run}))
        return
    console.print(f"{item} is {found.state}{' (a dry run)' if dry_run else ''}.")


async def _compared(desk: Office, brand: Partner, told: LocalFile, label: str) -> _Compared:
    now = datetime.now(UTC)
    # By its content: a command that is run twice takes the file once.
    request = reconciliation.FileRequest(
        f"file-{_sha256_of(told)}-{label}", label, told.format, told.compression, told.name
    )
    created = await reconciliation.create_file(
        desk, actor=OPERATOR, request=request, now=now, partner_id=brand.id
    )
    async with desk.database.reading(Sight(partner_id=brand.id)) as connection:
        before = (await reconciliation.files_at(connection, [created.file_id]))[created.file_id]
    if before.state == "AWAITING":
        taken = await reconciliation.take_file(
            desk, actor=OPERATOR, file_id=created.file_id, pieces=told.pieces(), now=now,
            partner_id=brand.id, forget=True,
        )  # fmt: skip
    else:
        taken = Taken(before.same_as or before.id, repeated=True, rows=before.rows or 0)
    await reconciliation.run_reconciliation(
        desk, actor=OPERATOR, file_id=taken.file_id, now=now, partner_id=brand.id
    )
    terms = await desk.terms()
    async with desk.database.reading(Sight(partner_id=brand.id)) as connection:
        file = (await reconciliation.files_at(connection, [taken.file_id]))[taken.file_id]
        nothing = Summary(taken.file_id, {}, {})
        summary = (await reconciliation.summaries_of(connection, [taken.file_id])).get(
            taken.file_id, nothing
        )
        found = await reconciliation.open_values(connection, terms, file.period_id)
    return _Compared(brand, taken, file, summary, found)


def _sha256_of(told: LocalFile) -> str:
    digest = hashlib.sha256()
    for piece in told.read():
        digest.update(piece)
    return digest.hexdigest()


def _label_in(told: LocalFile) -> str:
    """The period that a file's header names. Raises `Misconfigured`."""
    try:
        packed = told.compression == "GZIP"
        with gzip.open(told.path) if packed else told.path.open("rb") as content:
            line = content.readline(_LONGEST_HEADER).decode("utf-8-sig").strip()
        if told.format == "NDJSON":
            return str(json.loads(line)["period"])
        name, _, label, *_ = line.split(",")
        if name == "HEADER":
            return label
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError):
        pass
    raise Misconfigured(
        f"{told.path} does not begin with a header that names its period: say --period."
    )


async def _items(desk: Office, asked: reconciliation.ItemFilter) -> list[ItemRecord]:
    found: list[ItemRecord] = []
    while len(found) < _MOST:
        async with desk.database.reading(EVERYTHING) as connection:
            page = await reconciliation.list_items(
                connection, asked, after=found[-1].id if found else 0, limit=_PAGE
            )
        found += page
        if len(page) < _PAGE:
            break
    return found


async def _brand(desk: Office, code: str) -> Partner:
    partners = {one.code: one for one in (await desk.terms()).partners}
    if code not in partners:
        stop(f"There is no brand {code!r}. There are: {', '.join(sorted(partners))}.")
    return partners[code]


def _show(found: _Compared, *, dry_run: bool) -> None:
    if dry_run:
        console.print("A dry run: nothing of this is kept.")
    if found.taken.repeated:
        console.print("The file was taken before; nothing has changed.")
    if found.file.gap_after is not None:
        errors.print(
            f"Files are missing between number {found.file.gap_after} and"
            f" {found.file.sequence}: ask the partner for them.",
            style="yellow",
        )
    console.print(summary_table(found.file, found.summary, found.partner.name))
    for one in found.open:
        within = "above what is" if one.is_above else "within the"
        console.print(
            f"{one.items:,} open, {one.value} at stake: {within} {one.tolerance} allowed."
        )


def _as_dict(found: _Compared, *, dry_run: bool) -> dict[str, object]:
    return {
        "partner": found.partner.code,
        "period": found.file.period_label,
        "sequence": found.file.sequence,
        "missingAfter": found.file.gap_after,
        "rows": found.file.rows,
        "repeated": found.taken.repeated,
        "dryRun": dry_run,
        "classes": [
            {
                "side": side, "class": row_class.value, "rows": one.items,
                "ledgerPoints": one.ledger_points, "filePoints": one.file_points,
                "value": one.value,
            }
            for side, sums in found.summary.sums.items()
            for row_class, one in sorted(sums.items())
        ],
        "identities": {
            side: asdict(one) | {"difference": one.difference, "closes": one.closes}
            for side, one in found.summary.identities.items()
        },
        "open": [open_as_dict(one, {found.partner.id: found.partner.code}) for one in found.open],
    }  # fmt: skip


def _ageing_as_dict(one: reconciliation.Ageing, codes: dict[int, str]) -> dict[str, object]:
    return {
        "partner": codes[one.partner_id],
        "items": one.items,
        "value": str(one.value.amount),
        "currency": one.value.currency,
        "overdue": one.overdue,
        "unowned": one.unowned,
        "oldestAt": one.oldest_at.isoformat(),
        "bands": [
            {"fromDays": band.from_days, "items": band.items, "value": str(band.value.amount)}
            for band in one.bands
        ],
    }


def _item_as_dict(
    one: ItemRecord, public_id: str, codes: dict[int, str], now: datetime
) -> dict[str, object]:
    return {
        "id": public_id,
        "partner": codes[one.partner_id],
        "class": one.row_class.value,
        "reference": one.reference,
        "ledgerPoints": one.ledger_points,
        "filePoints": one.file_points,
        "value": str(one.value.amount),
        "currency": one.value.currency,
        "action": one.action,
        "state": one.state,
        "owner": one.owner,
        "ageDays": max((now - one.opened_at).days, 0),
        "overdue": one.state == "open" and one.due_at <= now,
        "dueAt": one.due_at.isoformat(),
    }
