"""Invoices and credit notes: numbered and written when a period is final, rendered when asked for.

UNCL 1001: 380 invoice, 381 credit note, 389 self-billed invoice, 261 self-billed credit note.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.documents.as_csv import csv_of
from coalition.documents.as_pdf import compiled, rates_of
from coalition.documents.as_xlsx import xlsx_of
from coalition.documents.content import money
from coalition.documents.records import invoice
from coalition.documents.sheet import Sheet
from coalition.documents.words import INVOICE_FACTS, INVOICE_KINDS, INVOICE_TOTALS
from coalition.kit.amounts import Money, exponent_of
from coalition.proof.canonical import canonical

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Invoice:
    """Amounts are above zero; a credit note takes them back. `corrects`: the id of the document
    that it takes back. `content` is what stands in the books, to the byte.
    """

    id: int
    type_code: int
    number: str
    period_id: int
    partner_id: int
    statement_id: int
    corrects: int | None
    net: Money
    vat: Money
    total: Money
    content: str
    sha256: str
    recorded_at: datetime


async def invoices_at(connection: AsyncConnection, ids: Sequence[int]) -> list[Invoice]:
    return await _read(connection, invoice.c.id.in_(ids))


async def invoices_of_statements(
    connection: AsyncConnection, statement_ids: Sequence[int]
) -> list[Invoice]:
    """In the order of their numbering."""
    return await _read(connection, invoice.c.statement_id.in_(statement_ids))


async def invoices_of_period(connection: AsyncConnection, period_id: int) -> list[Invoice]:
    """In the order of their numbering."""
    return await _read(connection, invoice.c.period_id == period_id)


async def _read(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> list[Invoice]:
    rows = await connection.execute(sa.select(invoice).where(which).order_by(invoice.c.id))
    return [
        Invoice(
            id=row.id, type_code=row.type_code, number=row.number, period_id=row.period_id,
            partner_id=row.partner_id, statement_id=row.statement_id, corrects=row.corrects,
            net=Money(row.net, row.currency), vat=Money(row.vat, row.currency),
            total=Money(row.total, row.currency), content=row.content, sha256=row.sha256.hex(),
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]  # fmt: skip


def invoice_file(one: Invoice, extension: str) -> bytes:
    """An invoice's file in a format of `FORMATS`. The same invoice gives the same bytes."""
    said = invoice_content(one)
    if extension == "json":
        return canonical(said)
    issued = datetime.fromisoformat(said["issuedAt"])
    if extension == "pdf":
        totals = [[words, said["totals"][name]] for name, words in INVOICE_TOTALS.items()]
        data = {"content": said, "title": INVOICE_KINDS[one.type_code], "totals": totals,
                "rates": rates_of(said["taxes"])}  # fmt: skip
        return compiled("invoice", data, issued)
    if extension == "csv":
        return csv_of(_sheet(said))
    return xlsx_of(_sheet(said), issued_at=issued, decimals=exponent_of(one.total.currency))


def invoice_content(one: Invoice) -> dict[str, Any]:
    """What stands in the books, with its amounts in the currency's decimals and its hash."""
    said = dict(json.loads(one.content))
    currency = said["currency"]

    def amount(minor: str) -> str:
        return money(Money(int(minor), currency))

    said["lines"] = [
        {**{name: value for name, value in line.items() if name != "minor"},
         "amount": amount(line["minor"])}
        for line in said["lines"]
    ]  # fmt: skip
    said["totals"] = {name: amount(said.pop(f"{name}Minor")) for name in ("net", "vat", "total")}
    return said | {"sha256": one.sha256}


def _sheet(said: Json) -> Sheet:
    facts = {name: said[name] for name in INVOICE_FACTS if name in said} | {
        "seller": (said["seller"] or {}).get("name"),
        "sellerVatId": (said["seller"] or {}).get("vatId"),
        "buyer": (said["buyer"] or {}).get("name"),
        "buyerVatId": (said["buyer"] or {}).get("vatId"),
    }
    kind, currency = INVOICE_KINDS[said["typeCode"]], said["currency"]
    return Sheet(
        facts=tuple(
            (name, INVOICE_FACTS[name], str(facts[name]))
            for name in INVOICE_FACTS
            if facts.get(name) is not None
        ),
        totals=tuple(
            (name, words, Decimal(said["totals"][name])) for name, words in INVOICE_TOTALS.items()
        ),
        taxes=tuple(
            (kind, tax["mode"], Decimal(tax["rate"]), Decimal(tax["base"]), Decimal(tax["vat"]),
             currency)
            for tax in said["taxes"]
        ),
        lines=tuple(
            (line["line"], kind, line["description"], None, None, None, int(line["points"]),
             None if line["price"] is None else Decimal(line["price"]), Decimal(line["share"]),
             Decimal(line["amount"]), currency, None, None)
            for line in said["lines"]
        ),
    )  # fmt: skip
