"""A statement's document: made and signed once, when it is first asked for, and kept."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from joserfc import jws
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access import ServerKeys
from coalition.documents.content import Known, LineProof, statement_content
from coalition.documents.errors import DocumentRemoved, StatementNotOut
from coalition.documents.lines import LineFile
from coalition.documents.records import period_head, statement_document
from coalition.kit.database import EVERYTHING
from coalition.ledger import IssuerRoll, labels_of_periods, period_numbered
from coalition.partners import Office
from coalition.proof.canonical import canonical
from coalition.settlement import (
    LineDetail,
    RollForward,
    StatementFilter,
    StatementRecord,
    all_line_details,
    balance_before,
    list_statements,
    roll_forward,
)

_NO_ROWS = LineProof(0, 0, "")


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """`content` is what `signature` (a detached JWS) signs, to the byte."""

    content: bytes
    signature: str

    @property
    def file(self) -> bytes:
        """The statement as JSON, canonical as a whole."""
        return b'{"signature":"%b","statement":%b}' % (self.signature.encode(), self.content)

    @property
    def line_file_sha256(self) -> str:
        """That of the line file, as it was signed."""
        return str(json.loads(self.content)["lineFile"]["sha256"])


async def statement_documents(
    office: Office, keys: ServerKeys, records: Sequence[StatementRecord]
) -> dict[int, StatementDocument]:
    """The documents of statements that the caller may see, by their ids. One that was never asked
    for is made from the books as they stand and kept: from then on it is only read.

    Raises `DocumentRemoved`, `StatementNotOut`.
    """
    async with office.database.reading(EVERYTHING) as connection:
        found = await _kept(connection, [one.id for one in records])
    for record in records:
        if record.id not in found:
            found[record.id] = await _issued(office, keys, record)
    return found


def public_keys(keys: ServerKeys) -> bytes:
    """The JWK set (RFC 7517) that statements are checked with: every key that ever signed one."""
    return canonical(keys.proving.as_dict(private=False))


async def line_file(
    office: Office, keys: ServerKeys, record: StatementRecord
) -> AsyncIterator[bytes]:
    """The line file of a statement, piece by piece; the same bytes as were hashed into it."""
    async for piece in LineFile(record.number, keys.seal).written(_details(office, record)):
        yield piece


async def _kept(
    connection: AsyncConnection, statement_ids: Sequence[int]
) -> dict[int, StatementDocument]:
    rows = await connection.execute(
        sa.select(statement_document).where(statement_document.c.statement_id.in_(statement_ids))
    )
    return {
        row.statement_id: StatementDocument(row.content.encode(), row.signature) for row in rows
    }


async def _issued(office: Office, keys: ServerKeys, record: StatementRecord) -> StatementDocument:
    file = LineFile(record.number, keys.seal)
    async for _ in file.written(_details(office, record)):
        pass
    content = statement_content(record, await _known(office, record, file))
    rows = await office.database.call(
        "keep_statement_document", record.id, content.decode(), _signature(keys, content)
    )
    if not rows:
        raise StatementNotOut(f"{record.number} is not out: close its period first.")
    (row,) = rows
    if row["outcome"] == "REMOVED":
        raise DocumentRemoved(
            f"The document of {record.number} was signed and is not there any more. Restore it"
            " from a backup: no second one is signed."
        )
    return StatementDocument(row["content"].encode(), row["signature"])


def _signature(keys: ServerKeys, content: bytes) -> str:
    """A detached JWS: header, nothing, signature (RFC 7515, appendix F)."""
    key = keys.statements
    header = {"alg": "ES256", "kid": key.kid, "typ": "coalition-statement+jws"}
    whole = jws.serialize_compact(header, content, key, algorithms=["ES256"])
    protected, _, signature = whole.split(".")
    return f"{protected}..{signature}"


async def _details(
    office: Office, record: StatementRecord
) -> AsyncIterator[tuple[int, Sequence[LineDetail]]]:
    for line in record.lines:
        async for page in all_line_details(office.database, record, line):
            yield line.line, page


async def _known(office: Office, record: StatementRecord, file: LineFile) -> Known:
    terms = await office.terms()
    async with office.database.reading(EVERYTHING) as connection:
        period = await period_numbered(connection, record.period_id)
        head = await connection.scalar(
            sa.select(period_head.c.head).where(period_head.c.period_id == record.period_id)
        )
        named = {one.original_period_id for one in record.lines if one.original_period_id}
        labels = await labels_of_periods(connection, named) if named else {}
        replaced = (
            await list_statements(
                connection, StatementFilter(statement_id=record.replaces, replaced_too=True)
            )
            if record.replaces
            else []
        )
        if period is None:
            raise RuntimeError(f"The statement {record.number} is of a period that is not there.")
        rolls = await roll_forward(connection, period)
        before = await balance_before(connection, record)
    return Known(
        terms=terms,
        period=period,
        labels=labels,
        replaces=replaced[0].number if replaced else None,
        head=head.hex() if head else None,
        proofs=[file.proofs.get(line.line, _NO_ROWS) for line in record.lines],
        rows=file.rows,
        line_file=file.sha256,
        roll=_roll_of(record.partner_id, rolls) if head else None,
        before=before,
        stores=file.stores,
    )


def _roll_of(issuer_id: int, rolls: Sequence[RollForward]) -> RollForward:
    """Who has never given a point has a roll of nothing."""
    nothing = RollForward(issuer_id, 0, IssuerRoll(issuer_id, 0, 0, 0, 0, 0, 0, 0), 0, 0)
    return next((one for one in rolls if one.issuer_id == issuer_id), nothing)
