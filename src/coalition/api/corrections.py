"""What the operator adds beside the entries: corrections, exchange rates, exchanges."""

from datetime import date
from decimal import Decimal

import strawberry

from coalition import settlement
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.netting import DocumentSide
from coalition.api.partners import Partner
from coalition.api.periods import IN_OFFICE
from coalition.api.scalars import CurrencyCode, MoneyType, Points
from coalition.api.settlement import SettlementPeriod, Statement
from coalition.api.viewers import OPERATORS, seen_by, shown_to
from coalition.kit.ids import Kind, NotAnId
from coalition.settlement.errors import LineNotFound

_APPROVES = seen_by(Scope.SETTLEMENT_APPROVE, kinds=OPERATORS)


@strawberry.input(description="What an adjustment comes from.")
class AdjustmentSourceInput:
    kind: str = strawberry.field(
        description="Like DISPUTE. GOODWILL is paid by the operator, all others by the pool."
    )
    id: str = strawberry.field(description="Which one.")
    authorised: Decimal = strawberry.field(
        description="All adjustments from it together never exceed this amount."
    )


@strawberry.input(description="The line of a statement that is corrected.")
class LineInput:
    statement_id: strawberry.ID = strawberry.field(description="Of which statement.")
    line: int = strawberry.field(description="Its place in it.")


@strawberry.input(
    description="A correction in a partner's favour, or with a sign against it: points and a price,"
    " or an amount."
)
class RecordAdjustmentInput:
    idempotency_key: str = strawberry.field(
        description="The same key and input are one adjustment."
    )
    partner: str = strawberry.field(description="Whose: the brand's code.")
    reason: str = strawberry.field(description="Why; it stands on the statement.")
    source: AdjustmentSourceInput = strawberry.field(description="What it comes from.")
    points: Points | None = strawberry.field(default=None, description="How many points.")
    price: Decimal | None = strawberry.field(default=None, description="Money per point.")
    amount: Decimal | None = strawberry.field(default=None, description="Or how much money.")
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Absent: that of the line, or the partner's own."
    )
    corrects: DocumentSide = strawberry.field(
        default=DocumentSide.ISSUANCE, description="Which of its documents."
    )
    line: LineInput | None = strawberry.field(default=None, description="What it corrects.")


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="A correction of what a partner was billed or paid.")
class Adjustment:
    points: Points = strawberry.field(description="How many points; 0 for an amount alone.")
    price: Decimal | None = strawberry.field(description="Money per point.")
    amount: MoneyType = strawberry.field(description="Above zero in the partner's favour.")
    reason: str = strawberry.field(description="Why.")
    source: str = strawberry.field(description="What it comes from.")
    partner: Partner = strawberry.field(description="Whose.")
    period: SettlementPeriod = strawberry.field(description="On whose statement it stands.")

    @classmethod
    def of(cls, context: Context, found: settlement.Adjustment) -> "Adjustment":
        return cls(
            points=Points(found.points),
            price=found.price,
            amount=MoneyType.of(found.amount),
            reason=found.reason,
            source=found.source,
            partner=Partner.numbered(context, found.partner_id),
            period=SettlementPeriod.of(context, found.period),
        )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of an adjustment.")
class RecordAdjustmentPayload:
    adjustment: Adjustment | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether the key had been used for it before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "RecordAdjustmentPayload":
        return cls(adjustment=None, replayed=False, user_errors=errors)


@strawberry.input(description="Statements of a period that were calculated wrongly.")
class CorrectStatementsInput:
    label: str = strawberry.field(description='Of which period, like "2017-01".')
    reason: str = strawberry.field(description="Why; it is kept with the run.")
    calendar: str | None = strawberry.field(
        default=None, description="Of which calendar; absent: the programme's."
    )
    partner: str | None = strawberry.field(
        default=None, description="Of one brand only, by its code; absent: of all."
    )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of a correction.")
class CorrectStatementsPayload:
    replaced: list[Statement] = strawberry.field(
        description="Those that came out differently; empty: all were right."
    )
    statements: list[Statement] = strawberry.field(description="Those that stand instead.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "CorrectStatementsPayload":
        return cls(replaced=[], statements=[], user_errors=errors)


@strawberry.input(description="One unit of base is rate of quote on a day.")
class FxRateInput:
    on: date = strawberry.field(description="Of which day.")
    base: CurrencyCode = strawberry.field(description="One unit of this ...")
    quote: CurrencyCode = strawberry.field(description="... is so many of this.")
    rate: Decimal = strawberry.field(description="How many; above zero.")


@strawberry.input(description="Rates to be kept.")
class LoadFxRatesInput:
    source: str = strawberry.field(description="Whose, as the programme names its source.")
    rates: list[FxRateInput] = strawberry.field(description="1 to 10000 of them.")


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of rates.")
class LoadFxRatesPayload:
    loaded: int = strawberry.field(description="How many are new.")
    known: int = strawberry.field(description="How many were kept before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "LoadFxRatesPayload":
        return cls(loaded=0, known=0, user_errors=errors)


@strawberry.input(description="Currency that was bought for what the pool lacked.")
class RecordExchangeInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one exchange.")
    label: str = strawberry.field(description='For which period, like "2017-01".')
    currency: CurrencyCode = strawberry.field(description="What was bought.")
    base: CurrencyCode = strawberry.field(description="One unit of this ...")
    rate: Decimal = strawberry.field(description="... was so many of the other: the bank's rate.")
    calendar: str | None = strawberry.field(
        default=None, description="Of which calendar; absent: the programme's."
    )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of an exchange.")
class RecordExchangePayload:
    bought: MoneyType | None = strawberry.field(description="What the pool lacked.")
    booked: MoneyType | None = strawberry.field(description="Its worth at the cut-off's rate.")
    sold: MoneyType | None = strawberry.field(description="What the bank took for it.")
    loss: MoneyType | None = strawberry.field(description="sold - booked; below zero: a gain.")
    replayed: bool = strawberry.field(description="Whether the key had been used for it before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "RecordExchangePayload":
        return cls(
            bought=None, booked=None, sold=None, loss=None, replayed=False, user_errors=errors
        )


@strawberry.type
class CorrectionMutations:
    @strawberry.mutation(
        description="Correct what a partner was billed or paid, in its open period.",
        extensions=[RefusalBecomesPayload(RecordAdjustmentPayload)],
        metadata=_APPROVES,
    )
    async def record_adjustment(
        self, info: Info, input: Asked[RecordAdjustmentInput], *, dry_run: DryRun = False
    ) -> RecordAdjustmentPayload:
        context = info.context
        found = await settlement.record_adjustment(
            context.office,
            actor=context.actor,
            request=_adjustment(context, input),
            now=context.now,
            dry_run=dry_run,
        )
        return RecordAdjustmentPayload(
            adjustment=Adjustment.of(context, found), replayed=found.replayed, user_errors=[]
        )

    @strawberry.mutation(
        description="Calculate a closed period's statements again and replace those that come out"
        " differently. What they moved is reversed; they stay to be read. Refused while a line of"
        " one is disputed, and once one was adjusted.",
        extensions=[RefusalBecomesPayload(CorrectStatementsPayload)],
        metadata=_APPROVES,
    )
    async def correct_statements(
        self, info: Info, input: Asked[CorrectStatementsInput], *, dry_run: DryRun = False
    ) -> CorrectStatementsPayload:
        context = info.context
        found = await settlement.correct_statements(
            context.office,
            actor=context.actor,
            label=input.label,
            calendar=input.calendar,
            brand=input.partner,
            reason=input.reason,
            now=context.now,
            dry_run=dry_run,
        )
        context.terms = await context.office.terms()
        return CorrectStatementsPayload(
            replaced=[Statement.of(context, one) for one in found.replaced],
            statements=[
                Statement.of(context, settlement.draft_as_record(one, found.period.id, context.now))
                for one in found.by
            ],
            user_errors=[],
        )

    @strawberry.mutation(
        description="Keep exchange rates, all or nothing. A kept rate is never changed.",
        extensions=[RefusalBecomesPayload(LoadFxRatesPayload)],
        metadata=_APPROVES,
    )
    async def load_fx_rates(self, info: Info, input: Asked[LoadFxRatesInput]) -> LoadFxRatesPayload:
        context = info.context
        rates = [settlement.GivenRate(one.on, one.base, one.quote, one.rate) for one in input.rates]
        found = await settlement.load_rates(
            context.office, actor=context.actor, source=input.source, rates=rates
        )
        return LoadFxRatesPayload(loaded=found.loaded, known=found.known, user_errors=[])

    @strawberry.mutation(
        description="Post what currency cost that was bought for what the pool lacks.",
        extensions=[RefusalBecomesPayload(RecordExchangePayload)],
        metadata=_APPROVES,
    )
    async def record_exchange(
        self, info: Info, input: Asked[RecordExchangeInput], *, dry_run: DryRun = False
    ) -> RecordExchangePayload:
        context = info.context
        request = settlement.ExchangeRequest(
            input.idempotency_key,
            input.label,
            input.currency,
            input.base,
            input.rate,
            input.calendar,
        )
        found = await settlement.record_exchange(
            context.office,
            actor=context.actor,
            request=request,
            now=context.now,
            dry_run=dry_run,
        )
        return RecordExchangePayload(
            bought=MoneyType.of(found.bought),
            booked=MoneyType.of(found.booked),
            sold=MoneyType.of(found.sold),
            loss=MoneyType.of(found.loss),
            replayed=found.replayed,
            user_errors=[],
        )


def _adjustment(context: Context, asked: RecordAdjustmentInput) -> settlement.AdjustmentRequest:
    statement_id: int | None = None
    if asked.line is not None:
        try:
            statement_id, _ = context.keys.seal.open(Kind.STATEMENT, str(asked.line.statement_id))
        except NotAnId:
            raise LineNotFound("No such statement.", field=("line", "statementId")) from None
    return settlement.AdjustmentRequest(
        idempotency_key=asked.idempotency_key,
        partner=asked.partner,
        reason=asked.reason,
        source=settlement.Source(asked.source.kind, asked.source.id, asked.source.authorised),
        points=int(asked.points or 0),
        price=asked.price,
        amount=asked.amount,
        currency=asked.currency,
        corrects=settlement.Side(str(asked.corrects.value)),
        statement_id=statement_id,
        line=asked.line.line if asked.line else None,
    )
