"""coalition settlement export."""

import hashlib
import json
import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from coalition import documents, ledger, settlement
from coalition.access import ServerKeys, load_keys
from coalition.cli.running import console, invoked, office, run, settings, stop
from coalition.cli.settling import NOT_YET
from coalition.documents.errors import NotAsSigned
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
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there and differ.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Write the statements of a closed period, their summaries by legal entity, invoices and the
    journal as files, with the keys that prove statements. Writing them again gives the same bytes;
    of a journal, up to the same entry.

    A file that is there already and is another one is left, and named: exit code 1. Exit code 3:
    the period is not closed yet.
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
            folder = _Folder(to, overwrite=overwrite)
            folder.keep(_KEYS, documents.public_keys(keys))
            for one in found:
                await _export(desk, keys, one, folder, asked)
            await _invoices(desk, found, folder, asked)
            if partner is None:
                await _summaries(desk, terms, period, folder, asked)
            if _JOURNAL in asked and partner is None:
                await _journal(desk, terms, period, folder, up_to)
            return folder.written

    try:
        written = run(work)
    except OSError as error:
        stop(escape(f"{error.filename} cannot be written: {error.strerror}."))
    if as_json:
        typer.echo(json.dumps([{"file": name, "sha256": sha} for name, sha in written]))
        return
    for name, sha in written:
        console.print(f"{sha}  {name}", highlight=False, soft_wrap=True)


class _Folder:
    """Where the files go. Each appears whole or not at all, and none in the place of another."""

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.written: list[tuple[str, str]] = []
        self._path = path
        self._overwrite = overwrite

    def keep(self, name: str, content: bytes) -> None:
        self._part(name).write_bytes(content)
        self._put(name, hashlib.sha256(content).hexdigest())

    async def stream(self, name: str, pieces: AsyncIterator[bytes], sha256: str) -> None:
        """Raises `NotAsSigned` when the whole has not the hash that was signed."""
        whole = hashlib.sha256()
        try:
            with self._part(name).open("wb") as part:
                async for piece in pieces:
                    part.write(piece)
                    whole.update(piece)
        except BaseException:
            self._part(name).unlink(missing_ok=True)
            raise
        if whole.hexdigest() != sha256:
            self._part(name).unlink()
            raise NotAsSigned(
                f"The entries behind {name} are not those that it was signed with. Run"
                f" `{invoked('books check')}`: it names what was changed."
            )
        self._put(name, sha256)

    def _part(self, name: str) -> Path:
        return self._path / f".{name}.part"

    def _put(self, name: str, sha256: str) -> None:
        path, part = self._path / name, self._part(name)
        if path.exists() and not self._overwrite and _sha256_of(path) != sha256:
            part.unlink()
            stop(escape(f"{path} is there and is another file. Choose another folder, or say"
                        " --overwrite."))  # fmt: skip
        part.replace(path)
        self.written.append((name, sha256))


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
            close = invoked(f"settlement close {shlex.quote(label)}")
            told = f"{label} has no statements yet. Close it first: {close}"
            stop(escape(told), code=NOT_YET)
        asked = settlement.StatementFilter(
            period_id=period.id, partner_id=codes[partner] if partner else None, replaced_too=True
        )
        return period, list(reversed(await settlement.list_statements(connection, asked)))


async def _export(
    desk: Office, keys: ServerKeys, one: StatementRecord, folder: _Folder, formats: list[str]
) -> None:
    made = (await documents.statement_documents(desk, keys, [one]))[one.id]
    base = documents.file_name(one.number)
    for name in formats:
        if name in documents.FORMATS:
            folder.keep(f"{base}.{name}", documents.rendered(made, name))
    if _LINES in formats:
        await folder.stream(
            f"{base}.ndjson", documents.line_file(desk, keys, one), made.line_file_sha256
        )


async def _invoices(
    desk: Office, statements: list[StatementRecord], folder: _Folder, formats: list[str]
) -> None:
    async with desk.database.reading(EVERYTHING) as connection:
        found = await documents.invoices_of_statements(connection, [one.id for one in statements])
    for one in found:
        for name in formats:
            if name in documents.FORMATS:
                base = documents.file_name(one.number)
                folder.keep(f"{base}.{name}", documents.invoice_file(one, name))


async def _summaries(
    desk: Office, terms: Terms, period: ledger.Period, folder: _Folder, formats: list[str]
) -> None:
    async with desk.database.reading(EVERYTHING) as connection:
        found = await documents.entity_summaries(connection, terms, period)
    for one in found:
        # Once netted it says so: another file than before.
        base = documents.file_name(one.number) + ("_netted" if one.positions else "")
        for name in formats:
            if name in documents.FORMATS:
                folder.keep(f"{base}.{name}", documents.summary_file(one, terms, name))


async def _journal(
    desk: Office, terms: Terms, period: ledger.Period, folder: _Folder, up_to: int | None
) -> None:
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
    if period.calendar != terms.programme.calendar.name:
        base += "_" + re.sub(r"[^\w-]", "_", period.calendar)
    # It grows until the period is locked: the name says how far it goes.
    base += f"_to_{journal.up_to}"
    folder.keep(f"{base}.csv", documents.journal_csv(journal))
    folder.keep(f"{base}.json", documents.journal_json(journal))
