"""The laws of documents: invoices by query, and each signed statement against its signature."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access import ServerKeys
from coalition.documents.content import TOTALS, instant, money, plain
from coalition.documents.records import period_head, statement_document
from coalition.documents.statements import StatementDocument, public_keys
from coalition.kit.database import EVERYTHING, Database
from coalition.ledger import Broken, Check
from coalition.proof import Keys, NoSuchKey, read_keys, verify_statement
from coalition.settlement import StatementFilter, StatementRecord, list_statements

_PAGE = 200
_MOST_FINDINGS = 20
Json = Mapping[str, Any]

SIGNED = Check("LE9", "Each signed statement is what was signed, and what the books say of it", "")

DOCUMENT_CHECKS = (
    Check(
        "I7",
        "The invoices of a final period bill its statements, once",
        """
        SELECT format('statement %s: %s %s to pay without packs, its invoices say %s', s.number,
                      s.due, s.currency, coalesce(i.due, 0))
          FROM (SELECT s.id, s.number, s.currency, CASE
                       WHEN EXISTS (SELECT 1 FROM statement n WHERE n.replaces = s.id) THEN 0
                       ELSE s.net + s.prepaid + s.vat_issued - s.vat_redeemed END AS due
                  FROM statement s
                 WHERE EXISTS (SELECT 1 FROM settlement_run r
                                WHERE r.period_id = s.period_id AND r.kind = 'NETTING')) s
          LEFT JOIN (SELECT statement_id, sum(CASE WHEN type_code IN (380, 261) THEN total
                                                   ELSE -total END) AS due
                       FROM invoice GROUP BY 1) i ON i.statement_id = s.id
         WHERE s.due <> coalesce(i.due, 0)
        UNION ALL
        SELECT format('invoice %s: it is not what its content says', number) FROM invoice
         WHERE sha256 <> sha256(convert_to(content, 'UTF8'))
            OR (type_code::text, number, currency, net::text, vat::text, total::text)
               IS DISTINCT FROM (content::jsonb ->> 'typeCode', content::jsonb ->> 'number',
                   content::jsonb ->> 'currency', content::jsonb ->> 'netMinor',
                   content::jsonb ->> 'vatMinor', content::jsonb ->> 'totalMinor')
            OR net::text IS DISTINCT FROM (
                 SELECT sum((l ->> 'minor')::bigint)::text
                   FROM jsonb_array_elements(content::jsonb -> 'lines') l)
        UNION ALL
        SELECT format('series %s of %s: %s documents, and the last is number %s', series,
                      coalesce(nullif(issuer, ''), 'the coalition'), count(*), max(place))
          FROM invoice GROUP BY issuer, series HAVING count(*) <> max(place)
        """,
    ),
)


async def altered_documents(database: Database, keys: ServerKeys) -> Broken:
    """Check every signature again, and each signed statement against its rows, page by page."""
    known = read_keys(public_keys(keys))
    found: list[str] = []
    after = 0
    while True:
        async with database.reading(EVERYTHING) as connection:
            page = await _page(connection, after)
        if not page or len(found) >= _MOST_FINDINGS:
            return Broken(SIGNED, tuple(found[:_MOST_FINDINGS]))
        for after, document, record, head in page:
            wrong = await asyncio.to_thread(_wrong, document, known, record, head)
            name = record.number if record else f"numbered {after}"
            found += [f"statement {name}, {one}" for one in wrong]


_Row = tuple[int, StatementDocument, StatementRecord | None, str | None]


async def _page(connection: AsyncConnection, after: int) -> list[_Row]:
    rows = (
        await connection.execute(
            sa.select(statement_document)
            .where(statement_document.c.statement_id > after)
            .order_by(statement_document.c.statement_id)
            .limit(_PAGE)
        )
    ).all()
    ids = [row.statement_id for row in rows]
    records = await list_statements(
        connection, StatementFilter(statement_ids=ids, replaced_too=True)
    )
    by_id = {one.id: one for one in records}
    heads = await connection.execute(
        sa.select(period_head.c.period_id, period_head.c.head).where(
            period_head.c.period_id.in_([one.period_id for one in records])
        )
    )
    head_of = {row.period_id: row.head.hex() for row in heads}
    found: list[_Row] = []
    for row in rows:
        record = by_id.get(row.statement_id)
        document = StatementDocument(row.content.encode(), row.signature)
        head = head_of.get(record.period_id) if record else None
        found.append((row.statement_id, document, record, head))
    return found


def _wrong(
    document: StatementDocument,
    keys: Keys,
    record: StatementRecord | None,
    head: str | None,
) -> list[str]:
    if record is None:
        return ["document: the statement that it was made of is not there"]
    try:
        wrong = [str(one) for one in verify_statement(document.file, keys).findings]
    except NoSuchKey as error:
        return [f"signature: {error}"]
    if wrong:
        return wrong
    return list(_differences(json.loads(document.content), record, head))


def _differences(content: Json, record: StatementRecord, head: str | None) -> Iterable[str]:
    """What its rows say otherwise than what was signed."""
    said = {
        "number": record.number,
        "version": record.version,
        "issuedAt": instant(record.issued_at),
        "taxes": [dict(tax) for tax in record.taxes],
        "currency": record.net.currency,
        "runId": record.run_id,
        "hash": record.hash,
        "ledgerHead": head,
    } | {f"totals.{name}": money(getattr(record, source)) for name, source in TOTALS.items()}
    signed = dict(content) | {f"totals.{name}": value for name, value in content["totals"].items()}
    for name, value in said.items():
        if signed[name] != value:
            yield f"{name}: {value} in the books, {signed[name]} was signed"
    if len(record.lines) != len(content["lines"]):
        yield f"lines: {len(record.lines)} in the books, {len(content['lines'])} were signed"
    for line, was in zip(record.lines, content["lines"], strict=False):
        is_said = (
            line.line, line.kind, line.description, str(line.points),
            None if line.price is None else plain(line.price), plain(line.share),
            money(line.amount), line.entries, line.promotion, line.adjustment_id,
        )  # fmt: skip
        names = ("line", "kind", "description", "points", "price", "share", "amount", "entries",
                 "promotion", "adjustment")  # fmt: skip
        if is_said != tuple(was[name] for name in names):
            yield f"line {was['line']}: it is not the line that was signed"
