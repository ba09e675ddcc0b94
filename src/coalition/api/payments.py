"""What a settled period is paid by: payment files out, and what the bank says of them."""

import base64
import binascii
from datetime import date, datetime
from enum import Enum

import strawberry

from coalition import ledger, payments, settlement
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun, First, InCalendar, Label
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.lines import READS
from coalition.api.paging import page_size
from coalition.api.partners import Partner
from coalition.api.periods import IN_OFFICE
from coalition.api.scalars import CurrencyCode, MoneyType
from coalition.api.settlement import SettlementPeriod
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.amounts import Money
from coalition.payments import PaymentFile as FileRecord
from coalition.payments.errors import BankFileNotValid

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
        "BY_HAND", description="The operator pays it, but by no file: it has no account."
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
@strawberry.type(description="A file for the bank: one per currency, way and attempt.")
class PaymentFile:
    message_id: str = strawberry.field(description="Its MsgId; a bank takes each once.")
    method: PaymentMethod = strawberry.field(description="Which way its payments go.")
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
            currency=CurrencyCode(one.control_sum.currency),
            attempt=one.attempt,
            document=one.schema,
            payments=one.payments,
            control_sum=MoneyType.of(one.control_sum),
            hash=one.hash,
            recorded_at=one.recorded_at,
            bytes_=one.content,
        )


@strawberry.enum(description="What became of an entry of a bank's file.")
class BankOutcome(Enum):
    MATCHED = strawberry.enum_value("MATCHED", description="It pays all that was open.")
    PARTIAL = strawberry.enum_value("PARTIAL", description="It pays a part of what was open.")
    OVERPAID = strawberry.enum_value("OVERPAID", description="It pays it, and more came.")
    DOUBLE = strawberry.enum_value("DOUBLE", description="The payment had been paid before.")
    RETURNED = strawberry.enum_value("RETURNED", description="What was paid has come back.")
    REJECTED = strawberry.enum_value("REJECTED", description="The bank refused the payment.")
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="The bank has taken the order.")
    KNOWN = strawberry.enum_value("KNOWN", description="Another file had told of it.")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="It names no payment of ours.")
    AMBIGUOUS = strawberry.enum_value("AMBIGUOUS", description="It names several of them.")
    CURRENCY_DIFFERS = strawberry.enum_value(
        "CURRENCY_DIFFERS", description="It is in another currency than the payment."
    )
    AMOUNT_DIFFERS = strawberry.enum_value(
        "AMOUNT_DIFFERS", description="It takes back what was not paid."
    )
    DIRECTION_DIFFERS = strawberry.enum_value(
        "DIRECTION_DIFFERS", description="It went the other way than the payment."
    )
    ACCOUNT_DIFFERS = strawberry.enum_value(
        "ACCOUNT_DIFFERS", description="It came from another brand's account."
    )
    PERIOD_LOCKED = strawberry.enum_value(
        "PERIOD_LOCKED", description="The payment's period is locked: nothing is added to it."
    )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What a bank said about one payment.")
class BankEntry:
    place: int = strawberry.field(description="Its place in the file.")
    outcome: BankOutcome = strawberry.field(description="What became of it.")
    end_to_end_id: str | None = strawberry.field(description="The id that it gave.")
    bank_reference: str | None = strawberry.field(description="The bank's own reference.")
    amount: MoneyType | None = strawberry.field(description="How much.")
    surplus: MoneyType | None = strawberry.field(description="What of it is nobody's yet.")
    reason: str | None = strawberry.field(description="Its reason, as ISO 20022 codes it.")
    booked_on: date | None = strawberry.field(description="When the bank booked it.")
    partner_id: strawberry.Private[int | None]

    @strawberry.field(description="Whose payment it is about; null: of none that is known.")
    def partner(self, info: Info) -> Partner | None:
        number = self.partner_id
        return None if number is None else Partner.numbered(info.context, number)

    @classmethod
    def of(cls, one: payments.BankEntry) -> "BankEntry":
        return cls(
            place=one.place,
            outcome=BankOutcome(one.outcome),
            end_to_end_id=one.end_to_end_id,
            bank_reference=one.bank_reference,
            amount=None if one.amount is None else MoneyType.of(one.amount),
            surplus=None
            if one.amount is None
            else MoneyType.of(Money(one.surplus, one.amount.currency)),
            reason=one.reason,
            booked_on=one.booked_on,
            partner_id=one.partner_id,
        )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="A file of the bank that was taken.")
class BankFile:
    message_id: str = strawberry.field(description="Its MsgId.")
    document: str = strawberry.field(description='Of ISO 20022, like "camt.053.001.08".')
    hash: str = strawberry.field(description="SHA-256 of its bytes.")
    person: str = strawberry.field(description="Who took it in.")
    recorded_at: datetime = strawberry.field(description="When.")
    entries: list[BankEntry] = strawberry.field(description="What it says, in its order.")

    @classmethod
    def of(cls, one: payments.BankFile) -> "BankFile":
        return cls(
            message_id=one.message_id,
            document=one.schema,
            hash=one.hash,
            person=one.person,
            recorded_at=one.recorded_at,
            entries=[BankEntry.of(entry) for entry in one.entries],
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


@strawberry.input(description="A file of the bank: camt.053, camt.054 or pain.002.")
class TakeBankFileInput:
    content: str = strawberry.field(description="Its bytes in Base64 (RFC 4648, section 4).")


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of one entry.")
class TakenEntry:
    place: int = strawberry.field(description="Its place in the file.")
    outcome: BankOutcome = strawberry.field(description="What became of it.")


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of a bank's file.")
class TakeBankFilePayload:
    message_id: str | None = strawberry.field(description="Its MsgId; null when refused.")
    entries: list[TakenEntry] = strawberry.field(description="In its order.")
    replayed: bool = strawberry.field(description="Whether these bytes had been taken before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "TakeBankFilePayload":
        return cls(message_id=None, entries=[], replayed=False, user_errors=errors)


async def _period(context: Context, label: str, calendar: str | None) -> ledger.Period | None:
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
        period = await _period(context, label, calendar)
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
        period = await _period(context, label, calendar)
        if period is None:
            return []
        async with context.reading() as connection:
            found = await payments.payment_files(connection, period.id)
        return [PaymentFile.of(one) for one in found]

    @strawberry.field(
        description="The newest files of the bank, with what they said.",
        metadata=seen_by(*IN_OFFICE, kinds=OPERATORS),
    )
    async def bank_files(self, info: Info, first: First = None) -> list[BankFile]:
        limit = page_size(first)
        async with info.context.reading() as connection:
            found = await payments.bank_files(connection, limit)
        return [BankFile.of(one) for one in found]


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

    @strawberry.mutation(
        description="Take a file of the bank: what it says is matched with the payments. The same"
        " file twice is one file.",
        extensions=[RefusalBecomesPayload(TakeBankFilePayload)],
        metadata=_APPROVES,
    )
    async def take_bank_file(
        self, info: Info, input: Asked[TakeBankFileInput], *, dry_run: DryRun = False
    ) -> TakeBankFilePayload:
        context = info.context
        try:
            content = base64.b64decode(input.content, validate=True)
        except (binascii.Error, ValueError):
            raise BankFileNotValid("content is not Base64.", field=("content",)) from None
        taken = await payments.take_bank_file(
            context.office, actor=context.actor, content=content, now=context.now, dry_run=dry_run
        )
        return TakeBankFilePayload(
            message_id=taken.message_id,
            entries=[
                TakenEntry(place=one.place, outcome=BankOutcome(one.outcome))
                for one in taken.entries
            ],
            replayed=taken.replayed,
            user_errors=[],
        )
