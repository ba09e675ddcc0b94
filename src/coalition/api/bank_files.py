"""The files of the bank: what they said of payments, and what became of it."""

import base64
import binascii
from datetime import date, datetime
from enum import Enum

import strawberry

from coalition import payments
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun, First, InCalendar, Label
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.node import Node
from coalition.api.paging import page_size
from coalition.api.partners import Partner
from coalition.api.payments import period_asked
from coalition.api.periods import IN_OFFICE
from coalition.api.scalars import CurrencyCode, MoneyType
from coalition.api.viewers import OPERATORS, seen_by, shown_to
from coalition.kit.amounts import Money
from coalition.kit.ids import Kind, NotAnId
from coalition.payments.errors import NO_SUCH_ENTRY, BankEntryNotFound, BankFileNotValid

_APPROVES = seen_by(Scope.SETTLEMENT_APPROVE, kinds=OPERATORS)
_IN_OFFICE = seen_by(*IN_OFFICE, kinds=OPERATORS)


@strawberry.enum(description="What became of an entry of a bank's file.")
class BankOutcome(Enum):
    MATCHED = strawberry.enum_value("MATCHED", description="It pays all that was open.")
    PARTIAL = strawberry.enum_value("PARTIAL", description="It pays a part of what was open.")
    OVERPAID = strawberry.enum_value("OVERPAID", description="It pays it, and more came.")
    DOUBLE = strawberry.enum_value("DOUBLE", description="The payment had been paid before.")
    RETURNED = strawberry.enum_value("RETURNED", description="What was paid has come back.")
    REJECTED = strawberry.enum_value("REJECTED", description="The bank refused the payment.")
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="The bank has taken the order.")
    KNOWN = strawberry.enum_value("KNOWN", description="The bank had told of it before.")
    PERHAPS_KNOWN = strawberry.enum_value(
        "PERHAPS_KNOWN",
        description="Another file had told of one alike, without the bank's reference to tell them"
        " apart. Nothing is posted until `resolveBankEntry` says which it is.",
    )
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="It names no payment of ours.")
    AMBIGUOUS = strawberry.enum_value("AMBIGUOUS", description="It names several of them.")
    CURRENCY_DIFFERS = strawberry.enum_value(
        "CURRENCY_DIFFERS", description="It is in another currency than the payment."
    )
    AMOUNT_DIFFERS = strawberry.enum_value(
        "AMOUNT_DIFFERS",
        description="It takes back what was not paid, refuses another amount, or moves nothing.",
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
class BankEntry(Node):
    place: int = strawberry.field(description="Its place in the file.")
    outcome: BankOutcome = strawberry.field(description="What became of it.")
    resolved_as: BankOutcome | None = strawberry.field(
        description="What it is by a person's word, when it was in question: KNOWN, or as another"
        " booking was judged."
    )
    matched_with: str | None = strawberry.field(
        description="The EndToEndId of the payment that it is about; null: of none, or of several."
    )
    end_to_end_id: str | None = strawberry.field(description="The id that it gave.")
    bank_reference: str | None = strawberry.field(description="The bank's own reference.")
    is_credit: bool | None = strawberry.field(
        description="Whether it came to the operator's account; null when nothing moved."
    )
    amount: MoneyType | None = strawberry.field(description="How much.")
    booked: MoneyType | None = strawberry.field(
        description="How much of it was posted for the payment; below zero: taken back."
    )
    surplus: MoneyType | None = strawberry.field(description="What of it is nobody's yet.")
    reason: str | None = strawberry.field(description="Its reason, as ISO 20022 codes it.")
    booked_on: date | None = strawberry.field(description="When the bank booked it.")
    partner_id: strawberry.Private[int | None]

    @strawberry.field(description="Whose payment it is about; null: of none that is known.")
    def partner(self, info: Info) -> Partner | None:
        number = self.partner_id
        return None if number is None else Partner.numbered(info.context, number)

    @classmethod
    def of(cls, context: Context, one: payments.BankEntry) -> "BankEntry":
        def part(minor: int) -> MoneyType | None:
            currency = None if one.amount is None else one.amount.currency
            return None if currency is None else MoneyType.of(Money(minor, currency))

        return cls(
            id=strawberry.ID(context.keys.seal.seal(Kind.BANK_ENTRY, one.id)),
            place=one.place,
            outcome=BankOutcome(one.outcome),
            resolved_as=None if one.resolved_as is None else BankOutcome(one.resolved_as),
            matched_with=one.names,
            end_to_end_id=one.end_to_end_id,
            bank_reference=one.bank_reference,
            is_credit=one.is_credit,
            amount=None if one.amount is None else MoneyType.of(one.amount),
            booked=part(one.booked),
            surplus=part(one.surplus),
            reason=one.reason,
            booked_on=one.booked_on,
            partner_id=one.partner_id,
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "BankEntry | None":
        async with context.reading() as connection:
            found = await payments.bank_entry_numbered(connection, number)
        return None if found is None else cls.of(context, found)


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="A statement of the account (camt.053) in a file of the bank.")
class BankStatement:
    identification: str | None = strawberry.field(description="What the bank calls it: its Id.")
    currency: CurrencyCode | None = strawberry.field(description="Of which currency.")
    page: int | None = strawberry.field(description="Which page, when it comes in several.")
    sequence: str | None = strawberry.field(
        description="Its number among the account's statements, where the bank counts them."
    )
    day: date | None = strawberry.field(description="The day of its last balance.")
    missing_after: str | None = strawberry.field(
        description="The last number before those that lacked when it came; null: none did."
    )
    is_repeated: bool = strawberry.field(
        description="Whether another file had told of the same statement in other bytes."
    )

    @classmethod
    def of(cls, one: payments.KeptStatement) -> "BankStatement":
        def text(number: int | None) -> str | None:
            return None if number is None else str(number)

        return cls(
            identification=one.identification,
            currency=None if one.currency is None else CurrencyCode(one.currency),
            page=one.page,
            sequence=text(one.sequence),
            day=one.day,
            missing_after=text(one.missing_after),
            is_repeated=one.is_repeated,
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
    statements: list[BankStatement] = strawberry.field(
        description="The statements in it, in its order; none in a camt.054 or pain.002."
    )

    @classmethod
    def of(cls, context: Context, one: payments.BankFile) -> "BankFile":
        return cls(
            message_id=one.message_id,
            document=one.schema,
            hash=one.hash,
            person=one.person,
            recorded_at=one.recorded_at,
            entries=[BankEntry.of(context, entry) for entry in one.entries],
            statements=[BankStatement.of(statement) for statement in one.statements],
        )


@strawberry.input(description="A file of the bank: camt.053, camt.054 or pain.002.")
class TakeBankFileInput:
    content: str = strawberry.field(description="Its bytes in Base64 (RFC 4648, section 4).")


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of a bank's file.")
class TakeBankFilePayload:
    message_id: str | None = strawberry.field(description="Its MsgId; null when refused.")
    entries: list[BankEntry] = strawberry.field(description="In its order.")
    statements: list[BankStatement] = strawberry.field(
        description="The statements in it; look at `missingAfter` and `isRepeated`."
    )
    replayed: bool = strawberry.field(description="Whether these bytes had been taken before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "TakeBankFilePayload":
        return cls(message_id=None, entries=[], statements=[], replayed=False, user_errors=errors)


@strawberry.enum(description="What an entry is of which the bank may have told before.")
class BankEntryIs(Enum):
    SAME = strawberry.enum_value(
        "SAME", description="The booking that another file told of: nothing is posted."
    )
    ANOTHER = strawberry.enum_value(
        "ANOTHER", description="A booking of its own: it is judged and posted."
    )


@strawberry.input(description="An entry that was told of before, or not.")
class ResolveBankEntryInput:
    bank_entry_id: strawberry.ID = strawberry.field(description="An entry that is PERHAPS_KNOWN.")
    as_: BankEntryIs = strawberry.field(name="as", description="What it is; said once.")
    reason: str = strawberry.field(description="How you know, up to 200 characters; it is kept.")


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of an entry in question.")
class ResolveBankEntryPayload:
    entry: BankEntry | None = strawberry.field(
        description="With what it is resolved as, and what was posted; null when refused."
    )
    replayed: bool = strawberry.field(description="Whether it had been said so before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ResolveBankEntryPayload":
        return cls(entry=None, replayed=False, user_errors=errors)


@strawberry.type
class BankFileQueries:
    @strawberry.field(
        description="The newest files of the bank, with what they said.", metadata=_IN_OFFICE
    )
    async def bank_files(self, info: Info, first: First = None) -> list[BankFile]:
        limit = page_size(first)
        async with info.context.reading() as connection:
            found = await payments.bank_files(connection, limit)
        return [BankFile.of(info.context, one) for one in found]

    @strawberry.field(
        description="What the bank has said of a period's payments, oldest first.",
        metadata=_IN_OFFICE,
    )
    async def bank_entries(
        self, info: Info, label: Label, calendar: InCalendar = None
    ) -> list[BankEntry]:
        context = info.context
        period = await period_asked(context, label, calendar)
        if period is None:
            return []
        async with context.reading() as connection:
            found = await payments.bank_entries_of(connection, period.id)
        return [BankEntry.of(context, one) for one in found]


@strawberry.type
class BankFileMutations:
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
            entries=[BankEntry.of(context, one) for one in taken.entries],
            statements=[BankStatement.of(one) for one in taken.statements],
            replayed=taken.replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Say of an entry that is PERHAPS_KNOWN whether the bank had told of it before."
        " Said once; the same again changes nothing.",
        extensions=[RefusalBecomesPayload(ResolveBankEntryPayload)],
        metadata=_APPROVES,
    )
    async def resolve_bank_entry(
        self, info: Info, input: Asked[ResolveBankEntryInput], *, dry_run: DryRun = False
    ) -> ResolveBankEntryPayload:
        context = info.context
        try:
            number, _ = context.keys.seal.open(Kind.BANK_ENTRY, input.bank_entry_id)
        except NotAnId:
            raise BankEntryNotFound(NO_SUCH_ENTRY, field=("bankEntryId",)) from None
        resolution = payments.Resolution(number, input.as_ is BankEntryIs.SAME, input.reason)
        done = await payments.resolve_bank_entry(
            context.office, actor=context.actor, resolution=resolution, now=context.now,
            dry_run=dry_run,
        )  # fmt: skip
        return ResolveBankEntryPayload(
            entry=BankEntry.of(context, done.entry), replayed=done.replayed, user_errors=[]
        )
