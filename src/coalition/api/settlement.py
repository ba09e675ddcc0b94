"""Periods, statements and flows."""

from datetime import datetime
from decimal import Decimal

import strawberry

from coalition import documents as files
from coalition import ledger, settlement
from coalition.access import Scope
from coalition.api.arguments import After, First, InCalendar, Label, PlaceOfLine
from coalition.api.context import Context, Info
from coalition.api.lines import READS, StatementLine
from coalition.api.netting import DocumentSide, Netting, PointsRoll, Treasury
from coalition.api.node import Node
from coalition.api.paging import PageInfo, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.periods import IN_OFFICE, OpenItems, PeriodState, PeriodStep, SettlementRun
from coalition.api.scalars import CurrencyCode, MoneyType, Points
from coalition.api.statement_documents import Document, EntitySummary, Invoice
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.documents.errors import StatementNotOut
from coalition.kit.amounts import Money
from coalition.kit.ids import Kind

_OFFICE = seen_by(*IN_OFFICE, kinds=OPERATORS)


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="VAT of one document at one rate, on the document's total.")
class StatementTax:
    document: DocumentSide = strawberry.field(description="Of which document.")
    mode: str = strawberry.field(description="How it is taxed, as the agreement says.")
    rate: Decimal = strawberry.field(description='Like "0.21".')
    base: MoneyType = strawberry.field(description="What is taxed.")
    vat: MoneyType = strawberry.field(description="base x rate, rounded once, half-even.")

    @classmethod
    def of(cls, statement: settlement.StatementRecord, tax: dict[str, str]) -> "StatementTax":
        currency = statement.net.currency
        return cls(
            document=DocumentSide(tax["side"]),
            mode=tax["mode"],
            rate=Decimal(tax["rate"]),
            base=MoneyType.of(Money.of(Decimal(tax["base"]), currency)),
            vat=MoneyType.of(Money.of(Decimal(tax["vat"]), currency)),
        )


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What a partner owes and is owed for a period.")
class Statement(Node):
    record: strawberry.Private[settlement.StatementRecord]
    number: str = strawberry.field(description="Its number.")
    currency: CurrencyCode = strawberry.field(description="The partner's own.")
    issued: MoneyType = strawberry.field(
        description="What it owes for points it gave: for packs when these are bought."
    )
    redeemed: MoneyType = strawberry.field(description="What it is owed for points spent with it.")
    fees: MoneyType = strawberry.field(description="What the operator charges it.")
    breakage: MoneyType = strawberry.field(
        description="Its share of what it paid for points that ended unspent."
    )
    adjusted: MoneyType = strawberry.field(description="Corrections in its favour.")
    prepaid: MoneyType = strawberry.field(
        description="What came out of packs, in periods before packs were billed; 0 since."
    )
    net: MoneyType = strawberry.field(
        description="issued + fees - redeemed - breakage - adjusted - prepaid; above zero the"
        " partner pays the pool."
    )
    vat_issued: MoneyType = strawberry.field(description="VAT on what it is billed.")
    vat_redeemed: MoneyType = strawberry.field(description="VAT on what it bills.")
    payable: MoneyType = strawberry.field(
        description="net + vatIssued - vatRedeemed: what is paid in all."
    )
    version: int = strawberry.field(description="1, or higher when it replaces another one.")
    hash: str = strawberry.field(
        description="SHA-256 over its content; the same content always gives the same hash."
    )
    issued_at: datetime = strawberry.field(description="When it was issued.")

    @strawberry.field(description="The legal entity that it is for: its name.")
    def legal_entity(self, info: Info) -> str:
        return info.context.terms.partner(self.record.partner_id).legal_entity

    @strawberry.field(description="Its VAT, per document and rate.")
    def taxes(self) -> list[StatementTax]:
        return [StatementTax.of(self.record, one) for one in self.record.taxes]

    @strawberry.field(description="Whose statement it is.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @strawberry.field(description="Of which period.")
    async def period(self, info: Info) -> "SettlementPeriod":
        async with info.context.reading() as connection:
            period = await ledger.period_numbered(connection, self.record.period_id)
        if period is None:
            raise RuntimeError("A statement of a period that is not there.")
        return SettlementPeriod.of(info.context, period)

    @strawberry.field(
        description="Its files, all of the same content; none before its period is closed."
    )
    async def documents(self, info: Info) -> list[Document]:
        context = info.context
        try:
            made = await files.statement_documents(
                context.server.office, context.keys, [self.record]
            )
        except StatementNotOut:
            return []
        return Document.of_statement(context, self.record, made[self.record.id])

    @strawberry.field(
        description="What its money is asked for with; empty before its period is final."
    )
    async def invoices(self, info: Info) -> list[Invoice]:
        async with info.context.reading() as connection:
            found = await files.invoices_of_statements(connection, [self.record.id])
        return [Invoice.of(info.context, one) for one in found]

    @strawberry.field(description="The line at that place; null: there is none.")
    def line(self, place: PlaceOfLine) -> StatementLine | None:
        for one in self.record.lines:
            if one.line == place:
                return StatementLine.of(self.record, one)
        return None

    @strawberry.field(description="Its lines by kind and price.")
    def lines(self) -> list[StatementLine]:
        return [StatementLine.of(self.record, line) for line in self.record.lines]

    @classmethod
    def of(cls, context: Context, record: settlement.StatementRecord) -> "Statement":
        return cls(
            id=context.seal(Kind.STATEMENT, record.id),
            record=record,
            number=record.number,
            currency=CurrencyCode(record.net.currency),
            issued=MoneyType.of(record.issued),
            redeemed=MoneyType.of(record.redeemed),
            fees=MoneyType.of(record.fees),
            breakage=MoneyType.of(record.breakage),
            adjusted=MoneyType.of(record.adjusted),
            prepaid=MoneyType.of(record.prepaid),
            net=MoneyType.of(record.net),
            vat_issued=MoneyType.of(record.vat_issued),
            vat_redeemed=MoneyType.of(record.vat_redeemed),
            payable=MoneyType.of(record.payable),
            version=record.version,
            hash=record.hash,
            issued_at=record.issued_at,
        )

    @classmethod
    async def all_of(cls, context: Context, asked: settlement.StatementFilter) -> "list[Statement]":
        async with context.reading() as connection:
            records = await settlement.list_statements(connection, asked)
        return [cls.of(context, record) for record in reversed(records)]


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A settlement period of a calendar.")
class SettlementPeriod(Node):
    number: strawberry.Private[int]
    calendar: str = strawberry.field(description='Whose midnights, like "monthly@Europe/Madrid".')
    label: str = strawberry.field(description='Like "2017-01".')
    starts_at: datetime = strawberry.field(description="Its first instant.")
    ends_at: datetime = strawberry.field(description="The first instant behind it.")
    state: PeriodState = strawberry.field(description="How far its settlement is.")

    @strawberry.field(
        description="Its statements that stand: a partner's own, the operator all.",
        metadata=seen_by(*READS, kinds=PARTNER_AND_OPERATOR),
    )
    async def statements(self, info: Info) -> list[Statement]:
        asked = settlement.StatementFilter(
            period_id=self.number, partner_id=info.context.actor.partner_id
        )
        return await Statement.all_of(info.context, asked)

    @strawberry.field(
        description="Who pays whom; null before it is final. A partner sees its own positions.",
        metadata=seen_by(*READS, kinds=PARTNER_AND_OPERATOR),
    )
    async def netting(self, info: Info) -> Netting | None:
        async with info.context.reading() as connection:
            found = await settlement.positions_of(connection, self.number)
        return Netting(positions_=found) if found else None

    @strawberry.field(
        description="What became of each issuer's points: a partner's own, the operator all."
        " Empty before the period is calculated.",
        metadata=seen_by(*READS, kinds=PARTNER_AND_OPERATOR),
    )
    async def roll_forward(self, info: Info) -> list[PointsRoll]:
        async with info.context.reading() as connection:
            period = await ledger.period_numbered(connection, self.number)
            found = await settlement.roll_forward(connection, period) if period else []
        return [PointsRoll.of(info.context, one) for one in found]

    @strawberry.field(
        description="Its statements by legal entity, by their codes; empty before they are out.",
        metadata=_OFFICE,
    )
    async def summaries(self, info: Info) -> list[EntitySummary]:
        async with info.context.reading() as connection:
            period = await ledger.period_numbered(connection, self.number)
            if period is None:
                return []
            found = await files.entity_summaries(connection, info.context.terms, period)
        return [EntitySummary.of(one) for one in found]

    @strawberry.field(
        description="The pool's funds before and after it, in the programme's currency.",
        metadata=_OFFICE,
    )
    async def treasury(self, info: Info) -> Treasury | None:
        context = info.context
        async with context.reading() as connection:
            period = await ledger.period_numbered(connection, self.number)
        if period is None:
            return None
        found = await settlement.treasury_of(context.office, actor=context.actor, period=period)
        return Treasury.of(found)

    @strawberry.field(
        description="Who led it where, oldest first.",
        metadata=_OFFICE,
    )
    async def steps(self, info: Info) -> list[PeriodStep]:
        async with info.context.reading() as connection:
            found = await settlement.steps_of(connection, self.number)
        return [PeriodStep.of(one) for one in found]

    @strawberry.field(
        description="The calculations whose results are kept, oldest first.",
        metadata=_OFFICE,
    )
    async def runs(self, info: Info) -> list[SettlementRun]:
        async with info.context.reading() as connection:
            found = await settlement.runs_of(connection, self.number)
        return [SettlementRun.of(one) for one in found]

    @strawberry.field(
        description="What stands in the way of its next state; empty: nothing.",
        metadata=_OFFICE,
    )
    async def open_items(self, info: Info) -> list[OpenItems]:
        context = info.context
        async with context.reading() as connection:
            period = await ledger.period_numbered(connection, self.number)
        if period is None:
            return []
        found = await settlement.next_gates(context.office, period)
        return [OpenItems.of(context, one) for one in found]

    @classmethod
    def of(cls, context: Context, period: ledger.Period) -> "SettlementPeriod":
        return cls(
            id=context.seal(Kind.PERIOD, period.id),
            number=period.id,
            calendar=period.calendar,
            label=period.label,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            state=PeriodState(period.state),
        )


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A statement in a list.")
class StatementEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: Statement = strawberry.field(description="The statement.")


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A page of statements, the newest first.")
class StatementConnection:
    edges: list[StatementEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The statements alone.")
    def nodes(self) -> list[Statement]:
        return [edge.node for edge in self.edges]


@shown_to(Scope.SETTLEMENT_READ, Scope.OPERATOR_READ, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="Points of one brand that were spent at another, or at itself.")
class PointsFlow:
    issuer: Partner = strawberry.field(description="Who had given them.")
    redeemer: Partner = strawberry.field(description="Where they were spent.")
    points: Points = strawberry.field(description="How many, refunds taken off.")


@strawberry.type
class SettlementQueries:
    @strawberry.field(
        description="A partner's own statements, the operator all; the newest first.",
        metadata=seen_by(*READS, kinds=PARTNER_AND_OPERATOR),
    )
    async def statements(
        self, info: Info, first: First = None, after: After = None
    ) -> StatementConnection:
        context = info.context
        behind = place_behind(context, Kind.STATEMENT, after)
        asked = settlement.StatementFilter(partner_id=context.actor.partner_id)

        async def read(limit: int) -> list[settlement.StatementRecord]:
            async with context.reading() as connection:
                return await settlement.list_statements(
                    connection, asked, after=behind[0] if behind else None, limit=limit
                )

        page, page_info = await page_of(
            first, after, read, lambda record: context.seal(Kind.STATEMENT, record.id)
        )
        return StatementConnection(
            edges=[
                StatementEdge(cursor=cursor, node=Statement.of(context, record))
                for cursor, record in page
            ],
            page_info=page_info,
        )

    @strawberry.field(
        description="A period by its label; null when nothing has happened in it yet.",
        metadata=seen_by(*READS, kinds=PARTNER_AND_OPERATOR),
    )
    async def settlement_period(
        self, info: Info, label: Label, calendar: InCalendar = None
    ) -> SettlementPeriod | None:
        async with info.context.reading() as connection:
            asked = settlement.calendar_asked(info.context.terms, info.context.actor, calendar)
            period = await ledger.period_named(connection, asked.name, label)
        return SettlementPeriod.of(info.context, period) if period else None

    @strawberry.field(
        description="Who issued what was spent where in a period: the operator all, a partner its"
        " own row and column.",
        metadata=seen_by(Scope.SETTLEMENT_READ, Scope.OPERATOR_READ, kinds=PARTNER_AND_OPERATOR),
    )
    async def flows(
        self, info: Info, period: Label, calendar: InCalendar = None
    ) -> list[PointsFlow]:
        context = info.context
        found = await settlement.flows(
            context.office, actor=context.actor, label=period, calendar=calendar
        )
        return [
            PointsFlow(
                issuer=Partner.numbered(context, flow.issuer_id),
                redeemer=Partner.numbered(context, flow.redeemer_id),
                points=Points(flow.points),
            )
            for flow in found
        ]
