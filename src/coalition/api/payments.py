"""What a settled period is paid by, and the files for the bank."""

from datetime import date, datetime
from enum import Enum

import strawberry

from coalition import ledger, payments, settlement
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun, InCalendar, Label
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.lines import READS
from coalition.api.partners import Partner
from coalition.api.periods import IN_OFFICE
from coalition.api.scalars import CurrencyCode, MoneyType
from coalition.api.settlement import SettlementPeriod
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.payments import PaymentFile as FileRecord

_APPROVES = seen_by(Scope.SETTLEMENT_APPROVE, kinds=OPERATORS)


@strawberry.enum(description="Who pays.")
class PaymentDirection(Enum):
    IN = strawberry.enum_value("IN", description="The brand pays the pool.")
    OUT = strawberry.enum_value("OUT", description="The pool pays the brand.")


@strawberry.enum(description="By which way a payment goes.")
class PaymentMethod(Enum):
    CREDIT_TRANSFER = strawberry.enum_value(
        "CREDIT_TRANSFER", description="The operator's bank is told to pay (pain.001)."
    )
    DIRECT_DEBIT = strawberry.enum_value(
        "DIRECT_DEBIT", description="It is collected on the brand's mandate (pain.008)."
    )
    INVOICE = strawberry.enum_value("INVOICE", description="The brand pays by itself.")
    BY_HAND = strawberry.enum_value(
        "BY_HAND", description="The operator pays it, but by no file; `reason` says why."
    )


@strawberry.enum(description="How far a payment is.")
class PaymentState(Enum):
    SENT = strawberry.enum_value("SENT", description="It stands in a file for the bank.")
    AWAITED = strawberry.enum_value("AWAITED", description="Whoever pays it has to do so.")
    PARTLY_PAID = strawberry.enum_value("PARTLY_PAID", description="A part has arrived.")
    PAID = strawberry.enum_value("PAID", description="The bank has booked it.")
    RETURNED = strawberry.enum_value("RETURNED", description="It was paid and has come back.")
    REJECTED = strawberry.enum_value("REJECTED", description="The bank has refused it.")
    REPLACED = strawberry.enum_value("REPLACED", description="Another attempt stands instead.")


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A brand's payment for a period, or the pool's to it.")
class Payment:
    end_to_end_id: str = strawberry.field(
        description="What it is found by at every bank: the statement's number."
    )
    statement_number: str = strawberry.field(description="For which statement.")
    attempt: int = strawberry.field(description="1, or higher when an earlier one has failed.")
    direction: PaymentDirection = strawberry.field(description="Who pays.")
    method: PaymentMethod = strawberry.field(description="By which way.")
    reason: str | None = strawberry.field(description="Why it is in no file, when it is not.")
    amount: MoneyType = strawberry.field(description="How much.")
    paid: MoneyType = strawberry.field(description="How much of it the bank has booked.")
    surplus: MoneyType = strawberry.field(
        description="What came besides, too much or twice; it is nobody's until it is sent back."
    )
    account: str | None = strawberry.field(
        description="The brand's account, all but its ends left out."
    )
    due_on: date = strawberry.field(description="For which day.")
    state: PaymentState = strawberry.field(description="How far it is.")
    bank_reason: str | None = strawberry.field(
        description="Why the bank refused it or gave it back, as ISO 20022 codes it: AC04."
    )
    partner_id: strawberry.Private[int]

    @strawberry.field(description="Which brand's.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.partner_id)

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "Payment | None":
        async with context.reading() as connection:
            found = await payments.payment_numbered(connection, number)
        return None if found is None else cls.of(found)

    @classmethod
    def of(cls, one: payments.Payment) -> "Payment":
        return cls(
            end_to_end_id=one.end_to_end_id,
            statement_number=one.statement_number,
            attempt=one.attempt,
            direction=PaymentDirection(one.direction.value),
            method=PaymentMethod(one.method.value),
            reason=one.reason,
            amount=MoneyType.of(one.amount),
            paid=MoneyType.of(one.paid),
            surplus=MoneyType.of(one.surplus),
            account=one.account,
            due_on=one.due_on,
            state=PaymentState(one.state.value),
            bank_reason=one.bank_reason,
            partner_id=one.partner_id,
        )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="A file for the bank: one per way, currency and attempt.")
class PaymentFile:
    message_id: str = strawberry.field(description="Its MsgId; a bank takes each once.")
    method: PaymentMethod = strawberry.field(description="Which way its payments go.")
    is_sepa: bool = strawberry.field(
        description="Whether they go by the rules of SEPA: in euro, and both accounts in it."
    )
    currency: CurrencyCode = strawberry.field(description="In which currency.")
    attempt: int = strawberry.field(description="1, or higher for what had failed.")
    document: str = strawberry.field(description='Of ISO 20022, like "pain.001.001.09".')
    payments: int = strawberry.field(description="How many payments it holds.")
    control_sum: MoneyType = strawberry.field(description="Their sum.")
    hash: str = strawberry.field(description="SHA-256 of its bytes.")
    recorded_at: datetime | None = strawberry.field(description="When; null for a dry run.")
    bytes_: strawberry.Private[bytes]

    @strawberry.field(
        description="The file itself, in UTF-8, with its account numbers.", metadata=_APPROVES
    )
    def content(self) -> str:
        return self.bytes_.decode()

    @classmethod
    def of(cls, one: FileRecord) -> "PaymentFile":
        return cls(
            message_id=one.message_id,
            method=PaymentMethod(one.method.value),
            is_sepa=one.is_sepa,
            currency=CurrencyCode(one.control_sum.currency),
            attempt=one.attempt,
            document=one.schema,
            payments=one.payments,
            control_sum=MoneyType.of(one.control_sum),
            hash=one.hash,
            recorded_at=one.recorded_at,
            bytes_=one.content,
        )


@strawberry.input(description="A final period whose payments are to be made.")
class InstructPaymentsInput:
    label: str = strawberry.field(description='Like "2017-01"; again: the same files.')
    calendar: str | None = strawberry.field(
        default=None, description="Of which calendar; absent: the programme's."
    )
    on: date | None = strawberry.field(
        default=None,
        description="The day of all payments; absent: the next bank day, debits one later.",
    )
    again: bool = strawberry.field(
        default=False, description="Another attempt of those that came back or were refused."
    )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of a period's payments.")
class InstructPaymentsPayload:
    period: SettlementPeriod | None = strawberry.field(description="Null when refused.")
    payments: list[Payment] = strawberry.field(description="All of the period.")
    files: list[PaymentFile] = strawberry.field(description="For the bank.")
    already_instructed: bool = strawberry.field(
        description="Whether they had been made before; nothing was made anew."
    )
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "InstructPaymentsPayload":
        return cls(period=None, payments=[], files=[], already_instructed=False, user_errors=errors)


async def period_asked(context: Context, label: str, calendar: str | None) -> ledger.Period | None:
    asked = settlement.calendar_asked(context.terms, context.actor, calendar)
    async with context.reading() as connection:
        return await ledger.period_named(connection, asked.name, label)


@strawberry.type
class PaymentQueries:
    @strawberry.field(
        description="A period's payments: a partner's own, the operator all.",
        metadata=seen_by(*READS, kinds=PARTNER_AND_OPERATOR),
    )
    async def payments(
        self, info: Info, label: Label, calendar: InCalendar = None
    ) -> list[Payment]:
        context = info.context
        period = await period_asked(context, label, calendar)
        if period is None:
            return []
        async with context.reading() as connection:
            found = await payments.payments_of(connection, period.id, context.actor.partner_id)
        return [Payment.of(one) for one in found]

    @strawberry.field(
        description="The files that were made for the bank.",
        metadata=seen_by(*IN_OFFICE, kinds=OPERATORS),
    )
    async def payment_files(
        self, info: Info, label: Label, calendar: InCalendar = None
    ) -> list[PaymentFile]:
        context = info.context
        period = await period_asked(context, label, calendar)
        if period is None:
            return []
        async with context.reading() as connection:
            found = await payments.payment_files(connection, period.id)
        return [PaymentFile.of(one) for one in found]


@strawberry.type
class PaymentMutations:
    @strawberry.mutation(
        description="Make the payments of a final period: files for the bank, and who is waited"
        " for. The same files when it is asked again.",
        extensions=[RefusalBecomesPayload(InstructPaymentsPayload)],
        metadata=_APPROVES,
    )
    async def instruct_payments(
        self, info: Info, input: Asked[InstructPaymentsInput], *, dry_run: DryRun = False
    ) -> InstructPaymentsPayload:
        context = info.context
        request = payments.InstructionRequest(input.label, input.calendar, input.on, input.again)
        made = await payments.instruct_payments(
            context.office, actor=context.actor, request=request, now=context.now, dry_run=dry_run
        )
        return InstructPaymentsPayload(
            period=SettlementPeriod.of(context, made.period),
            payments=[Payment.of(one) for one in made.payments],
            files=[PaymentFile.of(one) for one in made.files],
            already_instructed=made.already_instructed,
            user_errors=[],
        )
