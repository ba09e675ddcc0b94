"""The files of a statement, and the invoices that its money is asked for with."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from coalition import documents as files
from coalition import settlement
from coalition.api.context import Context, Info
from coalition.api.lines import READS
from coalition.api.node import Node
from coalition.api.periods import IN_OFFICE
from coalition.api.scalars import CurrencyCode, MoneyType
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, shown_to
from coalition.kit.amounts import Money
from coalition.kit.ids import Kind
from coalition.partners import Terms

_LINES_MEDIA_TYPE = "application/x-ndjson"


@strawberry.enum(description="What a file of a statement or invoice is.")
class DocumentKind(Enum):
    JSON = strawberry.enum_value(
        "JSON", description="For programs; of a statement, this is the file that is signed."
    )
    CSV = strawberry.enum_value("CSV", description="For spreadsheets and programs.")
    XLSX = strawberry.enum_value("XLSX", description="A workbook, numbers as numbers.")
    PDF = strawberry.enum_value("PDF", description="For people, tagged.")
    LINES = strawberry.enum_value(
        "LINES", description="Every entry behind every line of a statement, chained by hashes."
    )


@strawberry.enum(description="What kind of document it is (UNCL 1001).")
class InvoiceKind(Enum):
    INVOICE = strawberry.enum_value(380, description="380: the coalition bills the partner.")
    CREDIT_NOTE = strawberry.enum_value(381, description="381: the coalition takes that back.")
    SELF_BILLED_INVOICE = strawberry.enum_value(
        389, description="389: the coalition bills itself, in the partner's name."
    )
    SELF_BILLED_CREDIT_NOTE = strawberry.enum_value(
        261, description="261: the coalition takes that back, in the partner's name."
    )


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A file: fetch it by GET with the same token.")
class Document:
    kind: DocumentKind = strawberry.field(description="What it is.")
    media_type: str = strawberry.field(description="As the answer says it.")
    url: str = strawberry.field(description="Where it is fetched.")
    source: strawberry.Private["files.StatementDocument | files.Invoice | _Summary"]

    @strawberry.field(description="SHA-256 of the file: the same for ever.")
    async def sha256(self) -> str:
        extension = self.kind.name.lower()
        if isinstance(self.source, _Summary):
            content = await asyncio.to_thread(
                files.summary_file, self.source.record, self.source.terms, extension
            )
        elif isinstance(self.source, files.Invoice):
            content = await asyncio.to_thread(files.invoice_file, self.source, extension)
        elif self.kind is DocumentKind.LINES:
            return self.source.line_file_sha256
        else:
            content = await asyncio.to_thread(files.rendered, self.source, extension)
        return hashlib.sha256(content).hexdigest()

    @classmethod
    def of_statement(
        cls, context: Context, record: settlement.StatementRecord, made: files.StatementDocument
    ) -> "list[Document]":
        base = f"{context.server.settings.url}/statements/{context.seal(Kind.STATEMENT, record.id)}"
        return [
            *_files(base, made),
            cls(
                kind=DocumentKind.LINES,
                media_type=_LINES_MEDIA_TYPE,
                url=f"{base}.ndjson",
                source=made,
            ),
        ]


@dataclass(frozen=True, slots=True)
class _Summary:
    """A summary, and the terms that it is rendered with."""

    record: files.EntitySummary
    terms: Terms


def _files(base: str, source: files.StatementDocument | files.Invoice | _Summary) -> list[Document]:
    return [
        Document(
            kind=DocumentKind(one.extension.upper()),
            media_type=one.media_type,
            url=f"{base}.{one.extension}",
            source=source,
        )
        for one in files.FORMATS.values()
    ]


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="An invoice or credit note of a statement.")
class Invoice(Node):
    record: strawberry.Private[files.Invoice]
    kind: InvoiceKind = strawberry.field(description="What kind of document.")
    number: str = strawberry.field(description="Without gaps in its series.")
    net: MoneyType = strawberry.field(description="Without VAT.")
    vat: MoneyType = strawberry.field(description="The sum of its VAT per rate.")
    total: MoneyType = strawberry.field(description="net + vat; never below zero.")
    issued_at: datetime = strawberry.field(description="When its period became final.")

    @strawberry.field(description="The number of the invoice that a credit note takes back.")
    def corrects(self) -> str | None:
        said: str | None = files.invoice_content(self.record)["corrects"]
        return said

    @strawberry.field(description="Its files.")
    def documents(self, info: Info) -> list[Document]:
        context = info.context
        seal = context.seal(Kind.INVOICE, self.record.id)
        return _files(f"{context.server.settings.url}/invoices/{seal}", self.record)

    @classmethod
    def of(cls, context: Context, record: files.Invoice) -> Self:
        return cls(
            id=context.seal(Kind.INVOICE, record.id),
            record=record,
            kind=InvoiceKind(record.type_code),
            number=record.number,
            net=MoneyType.of(record.net),
            vat=MoneyType.of(record.vat),
            total=MoneyType.of(record.total),
            issued_at=record.recorded_at,
        )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="The sums of a legal entity's statements in one currency.")
class EntityTotals:
    currency: CurrencyCode = strawberry.field(description="Which currency.")
    sums: strawberry.Private[dict[str, Money]]

    @strawberry.field(description="What it owes for points it gave.")
    def issued(self) -> MoneyType:
        return MoneyType.of(self.sums["issued"])

    @strawberry.field(description="What it is owed for points spent with it.")
    def redeemed(self) -> MoneyType:
        return MoneyType.of(self.sums["redeemed"])

    @strawberry.field(description="Before VAT: above zero it pays.")
    def net(self) -> MoneyType:
        return MoneyType.of(self.sums["net"])

    @strawberry.field(description="VAT on what it is billed.")
    def vat_issued(self) -> MoneyType:
        return MoneyType.of(self.sums["vatIssued"])

    @strawberry.field(description="VAT on what it bills.")
    def vat_redeemed(self) -> MoneyType:
        return MoneyType.of(self.sums["vatRedeemed"])

    @strawberry.field(description="What is paid in all.")
    def payable(self) -> MoneyType:
        return MoneyType.of(self.sums["payable"])


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="A legal entity's statements in a period, all its brands together.")
class EntitySummary:
    code: str = strawberry.field(description="The legal entity's code.")
    name: str = strawberry.field(description="Its name.")
    statements: list[str] = strawberry.field(description="The numbers of its statements.")
    record: strawberry.Private[files.EntitySummary]

    @strawberry.field(description="The sums of the statements, by currency.")
    def totals(self) -> list[EntityTotals]:
        return [
            EntityTotals(currency=CurrencyCode(currency), sums=sums)
            for currency, sums in self.record.totals.items()
        ]

    @strawberry.field(description="Its files; they change when a statement is replaced or netted.")
    def documents(self, info: Info) -> list[Document]:
        context = info.context
        seal = context.keys.seal.seal(Kind.SUMMARY, self.record.period.id, self.record.entity.id)
        base = f"{context.server.settings.url}/summaries/{seal}"
        return _files(base, _Summary(self.record, context.terms))

    @classmethod
    def of(cls, record: files.EntitySummary) -> Self:
        return cls(
            code=record.entity.code,
            name=record.entity.name,
            statements=[one.number for one in record.statements],
            record=record,
        )
