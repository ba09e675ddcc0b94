"""Periods, statements and flows."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from coalition import ledger, settlement
from coalition.access import Scope
from coalition.api.arguments import After, Asked, DryRun, First, Label
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.node import Node
from coalition.api.paging import PageInfo, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.periods import (
    IN_OFFICE,
    OpenItems,
    PeriodState,
    PeriodStep,
    SettlementRun,
)
from coalition.api.scalars import CurrencyCode, MoneyType, Points
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.ids import Kind

_READS = (
    Scope.SETTLEMENT_READ,
    Scope.OPERATOR_READ,
    Scope.SETTLEMENT_CLOSE,
    Scope.SETTLEMENT_APPROVE,
)
_OFFICE = seen_by(*IN_OFFICE, kinds=OPERATORS)


@strawberry.enum(description="What a statement's line bills or pays.")
class StatementLineKind(Enum):
    ISSUANCE = strawberry.enum_value("ISSUANCE", description="Points the partner gave.")
    PROMOTION_ISSUANCE = strawberry.enum_value(
        "PROMOTION_ISSUANCE", description="Points it gave as its share of a joint promotion."
    )
    ISSUANCE_REVERSAL = strawberry.enum_value(
        "ISSUANCE_REVERSAL", description="Points that returns took back, at their own price."
    )
    SHORTFALL = strawberry.enum_value(
        "SHORTFALL",
        description="Returned points already spent; the description names who bears them.",
    )
    OWN_POINTS_REDEEMED = strawberry.enum_value(
        "OWN_POINTS_REDEEMED",
        description="Points it had given, spent at a brand: the part of them that is paid then.",
    )
    OWN_POINTS_REFUNDED = strawberry.enum_value(
        "OWN_POINTS_REFUNDED", description="The same, given back, at its own price."
    )
    FEE = strawberry.enum_value("FEE", description="What the operator charges.")
    REDEMPTION = strawberry.enum_value("REDEMPTION", description="Points spent with the partner.")
    REDEMPTION_REVERSAL = strawberry.enum_value(
        "REDEMPTION_REVERSAL", description="Refunded points, at their own price."
    )
    BREAKAGE_SHARE = strawberry.enum_value(
        "BREAKAGE_SHARE", description="Its share of what it paid for points that ended unspent."
    )
    ADJUSTMENT = strawberry.enum_value(
        "ADJUSTMENT", description="A correction; above zero in the partner's favour."
    )
    PREPAID = strawberry.enum_value("PREPAID", description="Paid before, out of a pack.")


@shown_to(*_READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="One kind at one price, rounded once, half-even.")
class StatementLine:
    line: int = strawberry.field(description="Its place in the statement, from 1.")
    kind: StatementLineKind = strawberry.field(description="What it bills or pays.")
    description: str = strawberry.field(description="The same in words.")
    points: Points = strawberry.field(description="Summed; below zero where it takes back.")
    price: Decimal | None = strawberry.field(description="Money per point.")
    share: Decimal = strawberry.field(
        description="The part of the price that is due by this line, 0 to 1."
    )
    amount: MoneyType = strawberry.field(description="points x price x share.")
    entries: int = strawberry.field(description="How many entries it sums.")
    promotion: str | None = strawberry.field(description="The joint promotion that gave them.")
    record: strawberry.Private[settlement.StatementLineRecord]

    @strawberry.field(
        description="The period that a line which takes back takes back from; null: this one."
    )
    async def original_period(self, info: Info) -> "SettlementPeriod | None":
        if self.record.original_period_id is None:
            return None
        async with info.context.reading() as connection:
            period = await ledger.period_numbered(connection, self.record.original_period_id)
        return SettlementPeriod.of(info.context, period) if period else None

    @strawberry.field(description="The brand where the partner's own points were spent.")
    def redeemer(self, info: Info) -> Partner | None:
        number = self.record.redeemer_id
        return None if number is None else Partner.numbered(info.context, number)

    @classmethod
    def of(cls, record: settlement.StatementLineRecord) -> "StatementLine":
        return cls(
            line=record.line,
            kind=StatementLineKind(record.kind),
            description=record.description,
            points=Points(record.points),
            price=record.price.normalize() if record.price is not None else None,
            share=record.share.normalize(),
            amount=MoneyType.of(record.amount),
            entries=record.entries,
            promotion=record.promotion,
            record=record,
        )


@shown_to(*_READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What a partner owes and is owed for a period.")
class Statement(Node):
    record: strawberry.Private[settlement.StatementRecord]
    number: str = strawberry.field(description="Its number.")
    currency: CurrencyCode = strawberry.field(description="The partner's own.")
    issued: MoneyType = strawberry.field(description="What it owes for points it gave.")
    redeemed: MoneyType = strawberry.field(description="What it is owed for points spent with it.")
    fees: MoneyType = strawberry.field(description="What the operator charges it.")
    breakage: MoneyType = strawberry.field(
        description="Its share of what it paid for points that ended unspent."
    )
    adjusted: MoneyType = strawberry.field(description="Corrections in its favour.")
    prepaid: MoneyType = strawberry.field(description="What it had paid before, in packs.")
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

    @strawberry.field(description="Its lines by kind and price.")
    def lines(self) -> list[StatementLine]:
        return [StatementLine.of(line) for line in self.record.lines]

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


@shown_to(*_READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A settlement period of the programme's calendar.")
class SettlementPeriod(Node):
    number: strawberry.Private[int]
    label: str = strawberry.field(description='Like "2017-01".')
    starts_at: datetime = strawberry.field(description="Its first instant.")
    ends_at: datetime = strawberry.field(description="The first instant behind it.")
    state: PeriodState = strawberry.field(description="How far its settlement is.")

    @strawberry.field(
        description="Its statements that stand: a partner's own, the operator all.",
        metadata=seen_by(*_READS, kinds=PARTNER_AND_OPERATOR),
    )
    async def statements(self, info: Info) -> list[Statement]:
        asked = settlement.StatementFilter(
            period_id=self.number, partner_id=info.context.actor.partner_id
        )
        return await Statement.all_of(info.context, asked)

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
            label=period.label,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            state=PeriodState(period.state),
        )


@shown_to(*_READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A statement in a list.")
class StatementEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: Statement = strawberry.field(description="The statement.")


@shown_to(*_READS, kinds=PARTNER_AND_OPERATOR)
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


@strawberry.input(description="A period to be closed.")
class ClosePeriodInput:
    label: str = strawberry.field(description='Like "2017-01"; closing twice changes nothing.')


@shown_to(Scope.SETTLEMENT_CLOSE, kinds=OPERATORS)
@strawberry.type(description="What became of a close.")
class ClosePeriodPayload:
    period: SettlementPeriod | None = strawberry.field(description="Null when refused.")
    statements: list[Statement] = strawberry.field(description="One per partner.")
    already_closed: bool = strawberry.field(description="Whether it had been closed before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ClosePeriodPayload":
        return cls(period=None, statements=[], already_closed=False, user_errors=errors)


@strawberry.type
class SettlementQueries:
    @strawberry.field(
        description="A partner's own statements, the operator all; the newest first.",
        metadata=seen_by(*_READS, kinds=PARTNER_AND_OPERATOR),
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
        metadata=seen_by(*_READS, kinds=PARTNER_AND_OPERATOR),
    )
    async def settlement_period(self, info: Info, label: Label) -> SettlementPeriod | None:
        async with info.context.reading() as connection:
            calendar = settlement.calendar_asked(info.context.terms, info.context.actor)
            period = await ledger.period_named(connection, calendar.name, label)
        return SettlementPeriod.of(info.context, period) if period else None

    @strawberry.field(
        description="Who issued what was spent where in a period: the operator all, a partner its"
        " own row and column.",
        metadata=seen_by(Scope.SETTLEMENT_READ, Scope.OPERATOR_READ, kinds=PARTNER_AND_OPERATOR),
    )
    async def flows(self, info: Info, period: Label) -> list[PointsFlow]:
        context = info.context
        found = await settlement.flows(context.office, actor=context.actor, label=period)
        return [
            PointsFlow(
                issuer=Partner.numbered(context, flow.issuer_id),
                redeemer=Partner.numbered(context, flow.redeemer_id),
                points=Points(flow.points),
            )
            for flow in found
        ]


@strawberry.type
class SettlementMutations:
    @strawberry.mutation(
        description="Close a period that has ended and issue its statements. The operator only.",
        extensions=[RefusalBecomesPayload(ClosePeriodPayload)],
        metadata=seen_by(Scope.SETTLEMENT_CLOSE, kinds=OPERATORS),
    )
    async def close_period(
        self, info: Info, input: Asked[ClosePeriodInput], *, dry_run: DryRun = False
    ) -> ClosePeriodPayload:
        context = info.context
        if dry_run:
            seen, drafts = await settlement.preview_close(
                context.office, actor=context.actor, label=input.label, now=context.now
            )
            context.terms = await context.office.terms()
            return ClosePeriodPayload(
                period=SettlementPeriod.of(context, seen.period),
                statements=[Statement.of(context, draft) for draft in drafts],
                already_closed=seen.already_closed,
                user_errors=[],
            )
        closed = await settlement.close_period(
            context.office, actor=context.actor, label=input.label, now=context.now
        )
        # The close read the terms anew; the answer must know them too.
        context.terms = await context.office.terms()
        asked = settlement.StatementFilter(period_id=closed.period.id)
        return ClosePeriodPayload(
            period=SettlementPeriod.of(context, closed.period),
            statements=await Statement.all_of(context, asked),
            already_closed=closed.already_closed,
            user_errors=[],
        )
