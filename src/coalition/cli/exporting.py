"""coalition settlement export."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from coalition import documents, ledger, settlement
from coalition.access import ServerKeys, load_keys
from coalition.cli.running import console, office, run, settings, stop
from coalition.kit.database import EVERYTHING
from coalition.partners import Office, Terms
from coalition.settlement import StatementRecord

_LINES = "lines"
_JOURNAL = "journal"
_KEYS = "settlement-keys.json"
_FORMATS = [*documents.FORMATS, _LINES, _JOURNAL]


def export(
    label: Annotated[str, typer.Argument(help='Of which period, like "2017-01".')],
    to: Annotated[Path, typer.Option(help="The folder to write into; made when it is missing.")],
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"One of {', '.join(_FORMATS)}; may be repeated. Else all."),
    ] = None,
    partner: Annotated[str | None, typer.Option(help="One brand's code; else all.")] = None,
    calendar: Annotated[
        str | None, typer.Option(help='Like "monthly@Europe/Madrid"; else the programme\'s.')
    ] = None,
    up_to: Annotated[
        int | None, typer.Option(help="The last entry of the journal; else the newest.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Write the statements, invoices and journal of a closed period as files, with the keys that
    prove statements. Writing them again gives the same bytes; of a journal, up to the same entry.
    """
    asked = formats or _FORMATS
    for name in asked:
        if name not in _FORMATS:
            stop(f"There is no format {name!r}. There are: {', '.join(_FORMATS)}.", code=2)

    async def work() -> list[tuple[str, str]]:
        async with office() as desk:
            terms = await desk.terms()
            period, found = await _statements(desk, terms, label, calendar, partner)
            keys = await load_keys(desk.database)
            to.mkdir(parents=True, exist_ok=True)
            written = [_kept(to / _KEYS, documents.public_keys(keys))]
            for one in found:
                written += await _export(desk, keys, one, to, asked)
            written += await _invoices(desk, found, to, asked)
            if _JOURNAL in asked and partner is None:
                written += await _journal(desk, terms, period, to, up_to)
            return written

    written = run(work)
    if as_json:
        typer.echo(json.dumps([{"file": name, "sha256": sha} for name, sha in written]))
        return
    for name, sha in written:
        console.print(f"{sha}  {name}", highlight=False, soft_wrap=True)


async def _statements(
    desk: Office, terms: Terms, label: str, calendar: str | None, partner: str | None
) -> tuple[ledger.Period, list[StatementRecord]]:
    codes = {one.code: one.id for one in terms.partners}
    if partner is not None and partner not in codes:
        stop(f"There is no brand {partner!r}. There are: {', '.join(sorted(codes))}.")
    named = {one.name for one in terms.calendars}
    if calendar is not None and calendar not in named:
        stop(f"Nobody settles by {calendar!r}. There are: {', '.join(sorted(named))}.")
    async with desk.database.reading(EVERYTHING) as connection:
        period = await ledger.period_named(
            connection, calendar or terms.programme.calendar.name, label
        )
        if period is None or not settlement.State(period.state).is_published:
            stop(f"{label} has no statements yet. Close it first: coalition period close {label}")
        asked = settlement.StatementFilter(
            period_id=period.id, partner_id=codes[partner] if partner else None, replaced_too=True
        )
        return period, list(reversed(await settlement.list_statements(connection, asked)))


async def _export(
    desk: Office, keys: ServerKeys, one: StatementRecord, to: Path, formats: list[str]
) -> list[tuple[str, str]]:
    made = (await documents.statement_documents(desk, keys, [one]))[one.id]
    base = documents.file_name(one.number)
    written = [
        _kept(to / f"{base}.{name}", documents.rendered(made, name))
        for name in formats
        if name in documents.FORMATS
    ]
    if _LINES in formats:
        path = to / f"{base}.ndjson"
        written.append((path.name, await _streamed(path, documents.line_file(desk, keys, one))))
    return written


async def _invoices(
    desk: Office, statements: list[StatementRecord], to: Path, formats: list[str]
) -> list[tuple[str, str]]:
    async with desk.database.reading(EVERYTHING) as connection:
        found = await documents.invoices_of_statements(connection, [one.id for one in statements])
    return [
        _kept(to / f"{documents.file_name(one.number)}.{name}", documents.invoice_file(one, name))
        for one in found
        for name in formats
        if name in documents.FORMATS
    ]


async def _journal(
    desk: Office, terms: Terms, period: ledger.Period, to: Path, up_to: int | None
) -> list[tuple[str, str]]:
    async with desk.database.reading(EVERYTHING) as connection:
        entries = await settlement.money_entries(connection, period.id, up_to=up_to)
    journal = documents.Journal(
        period=period.label,
        calendar=period.calendar,
        entries=entries,
        accounts=settings().ledger_accounts,
        codes={one.id: one.code for one in terms.partners},
    )
    base = f"journal_{period.label}"
    return [
        _kept(to / f"{base}.csv", documents.journal_csv(journal)),
        _kept(to / f"{base}.json", documents.journal_json(journal)),
    ]


def _kept(path: Path, content: bytes) -> tuple[str, str]:
    path.write_bytes(content)
    return path.name, hashlib.sha256(content).hexdigest()


async def _streamed(path: Path, pieces: AsyncIterator[bytes]) -> str:
    whole = hashlib.sha256()
    with path.open("wb") as file:
        async for piece in pieces:
            file.write(piece)
            whole.update(piece)
    return whole.hexdigest()
