"""Take a partner's file: read it to its end, row by row into the database, all or nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid4

from asyncpg import Record

from coalition.access import Actor, load_keys
from coalition.files import ContractBroken, at_most, check_announced, replaced
from coalition.kit.ids import Kind, NotAnId, Seal
from coalition.partners import Office, Partner
from coalition.reconciliation.create_file import partner_of, refuse_suspended
from coalition.reconciliation.errors import (
    FileOfAnotherPeriod,
    ReconciliationFileNotFound,
    ReconciliationFileTaken,
    SequenceOutdated,
    SequenceReused,
)
from coalition.reconciliation.file_contract import MOST_BYTES, Contract, Expected, FileRow, Header
from coalition.reconciliation.periods import span_of

# Rows of one call: enough that the trips do not count, few enough to be held.
_AT_ONCE: Final = 10_000
_STEP: Final = 256 * 1024
_CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Taken:
    """`file_id`: of the file that counts, an earlier one when the same content came again.

    `gap_after`: the last sequence number before those that lack; None when none does.
    """

    file_id: int
    repeated: bool
    rows: int
    gap_after: int | None = None


@dataclass(frozen=True, slots=True)
class _Upload:
    office: Office
    partner: Partner
    file_id: int
    upload: UUID
    seal: Seal


async def take_file(
    office: Office,
    *,
    actor: Actor,
    file_id: int,
    pieces: AsyncIterator[bytes],
    now: datetime,
    partner_id: int | None = None,
    most: int = MOST_BYTES,
    forget: bool = False,
) -> Taken:
    """Nothing of a file that is refused stays, and another one can be sent in its place; with
    `forget` its place does not stay either. `most`: bytes of it as it is sent.

    Raises what `pieces` raises, `NotAllowed`, `ReconciliationFileNotFound`,
    `ReconciliationFileTaken`, `FileBroken` and what is one, `FileNotAsAnnounced`,
    `UploadReplaced`, `SequenceReused`, `SequenceOutdated`, `PartnerSuspended`.
    """
    owner = partner_of(actor, partner_id)
    terms = await office.terms()
    refuse_suspended(terms, actor)
    partner = terms.partner(owner)
    begun = await _begin(office, owner, file_id)
    upload = _Upload(office, partner, file_id, begun[1], (await load_keys(office.database)).seal)
    try:
        return await _take(upload, begun[0], at_most(pieces, most), now)
    except BaseException:
        # Also when the connection is lost: what came of a file is no file.
        await asyncio.shield(
            office.database.call("drop_reconciliation_rows", owner, file_id, upload.upload, forget)
        )
        raise


async def _begin(office: Office, owner: int, file_id: int) -> tuple[Record, UUID]:
    upload = uuid4()
    (begun,) = await office.database.call("begin_reconciliation_upload", owner, file_id, upload)
    match begun["outcome"]:
        case ReconciliationFileNotFound.code:
            raise ReconciliationFileNotFound("No such reconciliation file of this partner.")
        case ReconciliationFileTaken.code:
            raise ReconciliationFileTaken(
                "The reconciliation file came whole before. Open another one, with the next"
                " sequence number, to correct it."
            )
    return begun, upload


async def _take(
    upload: _Upload, begun: Record, pieces: AsyncIterator[bytes], now: datetime
) -> Taken:
    expected = Expected(upload.partner.code, begun["period_label"], upload.partner.currency)
    contract = Contract(begun["format"], begun["compression"], expected)
    await _keep(upload, contract, pieces)
    header = contract.header
    if header is None:
        raise AssertionError("a contract ends with a header or raises")
    span = span_of(upload.partner, header.period, now=now)
    _check_moment(header, span.starts_at, now)
    check_announced(begun["announced_sha256"], contract.sha256)
    await upload.office.open_period(upload.partner.calendar, span)
    return await _finish(upload, contract, header, now)


async def _keep(upload: _Upload, contract: Contract, pieces: AsyncIterator[bytes]) -> None:
    """The next rows are read while those before them are written: never more than two lots."""
    waiting: list[FileRow] = []
    writing: asyncio.Task[None] | None = None
    try:
        async for rows in _rows_of(contract, pieces):
            waiting += rows
            if len(waiting) >= _AT_ONCE:
                if writing is not None:
                    await writing
                writing = asyncio.create_task(_add(upload, waiting))
                waiting = []
    finally:
        if writing is not None:
            # Also when the file turns out to be broken: what is being written is removed then.
            await writing
    if waiting:
        await _add(upload, waiting)


async def _rows_of(
    contract: Contract, pieces: AsyncIterator[bytes]
) -> AsyncIterator[list[FileRow]]:
    """In a thread: a server that takes a file goes on answering."""
    async for piece in pieces:
        for start in range(0, len(piece), _STEP):
            found = contract.feed(piece[start : start + _STEP])
            while (rows := await asyncio.to_thread(_next, found)) is not None:
                yield rows
    found = contract.end()
    while (rows := await asyncio.to_thread(_next, found)) is not None:
        yield rows


def _next(found: Iterator[list[FileRow]]) -> list[FileRow] | None:
    return next(found, None)


def _check_moment(header: Header, starts_at: datetime, now: datetime) -> None:
    if header.created > now + _CLOCKS_APART:
        raise ContractBroken(f"created {header.created.isoformat()} is in the future.", line=1)
    if header.created < starts_at:
        raise FileOfAnotherPeriod(
            f"the file was created before {header.period} began: it is of another period.", line=1
        )


async def _add(upload: _Upload, rows: list[FileRow]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    if "ID" in columns[7]:
        columns[8] = [
            _opened(upload.seal, value) if kind == "ID" else value
            for kind, value in zip(columns[7], columns[8], strict=True)
        ]
    (row,) = await upload.office.database.call(
        "add_reconciliation_rows", upload.partner.id, upload.file_id, upload.upload, *columns
    )
    if not row["added"]:
        raise replaced()


def _opened(seal: Seal, text: str) -> str:
    """The member's number; 0, which nobody has, for an id that names none."""
    try:
        return str(seal.open(Kind.MEMBER, text)[0])
    except NotAnId:
        return "0"


async def _finish(upload: _Upload, contract: Contract, header: Header, now: datetime) -> Taken:
    sums = contract.sums
    (row,) = await upload.office.database.call(
        "finish_reconciliation_upload", upload.partner.id, upload.file_id, upload.upload,
        upload.partner.calendar.name, header.period, header.sequence, header.currency,
        header.created, sums.rows, Decimal(sums.points), Decimal(sums.amount).scaleb(-4),
        contract.sha256, now,
    )  # fmt: skip
    match row["outcome"]:
        case "TAKEN":
            return Taken(upload.file_id, repeated=False, rows=sums.rows, gap_after=row["gap_after"])
        case "REPEATED":
            return Taken(row["same_as"], repeated=True, rows=sums.rows)
        case SequenceReused.code:
            raise SequenceReused(
                f"Another file of {header.period} was taken as number {header.sequence}. Send a"
                f" corrected file as number {row['latest'] + 1}."
            )
        case SequenceOutdated.code:
            raise SequenceOutdated(
                f"File number {row['latest']} of {header.period} was taken before; number"
                f" {header.sequence} comes too late."
            )
        case _:
            raise replaced()
