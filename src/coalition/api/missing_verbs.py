"""What members do about purchases that brought no points, and what brands answer."""

from datetime import date, datetime

import strawberry

from coalition import missing
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.history import LedgerEntry
from coalition.api.missing import MissingPurchase, MissingReason, entry_at
from coalition.api.scalars import MoneyInput
from coalition.api.viewers import MEMBERS, PARTNERS, seen_by, shown_to
from coalition.earning import CurrencyNotAgreed
from coalition.kit.errors import Refusal
from coalition.kit.ids import Kind

_BY_MEMBERS = seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS)
_BY_BRANDS = seen_by(Scope.MISSING_ANSWER, kinds=PARTNERS)


@strawberry.input(description="A purchase that brought no points.")
class ReportMissingPurchaseInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one report.")
    partner: strawberry.ID = strawberry.field(description="At which brand.")
    purchased_on: date = strawberry.field(description="On which day it was bought.")
    amount: MoneyInput = strawberry.field(description="What was paid, in the brand's currency.")
    reference: str = strawberry.field(description="The number on the receipt.")
    message: str | None = strawberry.field(
        default=None, description="What helps to find it, up to 1000 characters."
    )


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="What became of a report.")
class ReportMissingPurchasePayload:
    missing_purchase: MissingPurchase | None = strawberry.field(
        description="As it was reported; of PURCHASE_ALREADY_REPORTED the earlier one."
    )
    entry: LedgerEntry | None = strawberry.field(
        description="Of PURCHASE_ALREADY_AWARDED: where the points are; to be seen with"
        " `member:read`."
    )
    ask_from: date | None = strawberry.field(
        description="Of ASKED_TOO_EARLY: the first day on which it may be reported."
    )
    replayed: bool = strawberry.field(description="Whether the key had been used for it before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ReportMissingPurchasePayload":
        return cls(
            missing_purchase=None, entry=None, ask_from=None, replayed=False, user_errors=errors
        )


@strawberry.input(description="Something to be said about a missing purchase.")
class AnswerMissingPurchaseInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one step.")
    missing_purchase_id: strawberry.ID = strawberry.field(description="About which.")
    message: str = strawberry.field(description="In words, up to 1000 characters.")


@strawberry.input(description="A missing purchase that its member lets go.")
class WithdrawMissingPurchaseInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one step.")
    missing_purchase_id: strawberry.ID = strawberry.field(description="Which.")


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="A missing purchase after what its member did.")
class MissingPurchasePayload:
    missing_purchase: MissingPurchase | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether the key had been used for it before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "MissingPurchasePayload":
        return cls(missing_purchase=None, replayed=False, user_errors=errors)


@strawberry.input(description="A question of the brand's.")
class AskAboutMissingPurchaseInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one step.")
    missing_purchase_id: strawberry.ID = strawberry.field(description="About which.")
    message: str = strawberry.field(description="What is to be known, up to 1000 characters.")


@strawberry.input(description="Points that are given after all.")
class ApproveMissingPurchaseInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one approval.")
    missing_purchase_id: strawberry.ID = strawberry.field(description="For which.")
    message: str | None = strawberry.field(
        default=None, description="For the member, up to 1000 characters."
    )
    reference: str | None = strawberry.field(
        default=None, description="The brand's own number of the purchase, when it is another one."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None, description="What was paid, when it is something else."
    )
    purchased_at: datetime | None = strawberry.field(
        default=None,
        description="When it was bought; absent: at noon of the day that was reported.",
    )


@strawberry.input(description="A report that brings no points.")
class DeclineMissingPurchaseInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one refusal.")
    missing_purchase_id: strawberry.ID = strawberry.field(description="Which.")
    reason: MissingReason = strawberry.field(description="Why.")
    message: str | None = strawberry.field(
        default=None, description="In words, up to 1000 characters."
    )


@shown_to(Scope.MISSING_ANSWER, kinds=PARTNERS)
@strawberry.type(description="A missing purchase after what its brand did.")
class AnsweredMissingPurchasePayload:
    missing_purchase: MissingPurchase | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether the key had been used for it before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "AnsweredMissingPurchasePayload":
        return cls(missing_purchase=None, replayed=False, user_errors=errors)


@strawberry.type
class MissingMutations:
    @strawberry.mutation(
        description="Say that a purchase brought no points. Its brand looks for it and answers."
        " Pictures of the receipt are sent behind it (docs/missing-points.md).",
        extensions=[RefusalBecomesPayload(ReportMissingPurchasePayload)],
        metadata=_BY_MEMBERS,
    )
    async def report_missing_purchase(
        self, info: Info, input: Asked[ReportMissingPurchaseInput]
    ) -> ReportMissingPurchasePayload:
        context = info.context
        report = missing.MissingReport(
            input.idempotency_key,
            context.keys.seal.number(Kind.PARTNER, input.partner),
            input.purchased_on,
            input.amount.amount,
            input.amount.currency,
            input.reference,
            input.message,
        )
        try:
            done = await missing.report_missing(
                context.office, actor=context.actor, report=report, now=context.now
            )
        except Refusal as refusal:
            return await _why_not(context, refusal)
        found = await MissingPurchase.numbered(context, done.missing_id)
        return ReportMissingPurchasePayload(
            missing_purchase=found, entry=None, ask_from=None, replayed=done.replayed,
            user_errors=[],
        )  # fmt: skip

    @strawberry.mutation(
        description="Answer what the brand asked about a missing purchase, or add something.",
        extensions=[RefusalBecomesPayload(MissingPurchasePayload)],
        metadata=_BY_MEMBERS,
    )
    async def answer_missing_purchase(
        self, info: Info, input: Asked[AnswerMissingPurchaseInput]
    ) -> MissingPurchasePayload:
        context = info.context
        done = await missing.answer_missing(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            missing_id=context.keys.seal.number(Kind.MISSING_PURCHASE, input.missing_purchase_id),
            message=input.message,
            now=context.now,
        )
        return MissingPurchasePayload(
            missing_purchase=MissingPurchase.of(context, done.missing), replayed=done.replayed,
            user_errors=[],
        )  # fmt: skip

    @strawberry.mutation(
        description="Let a missing purchase go that is not decided.",
        extensions=[RefusalBecomesPayload(MissingPurchasePayload)],
        metadata=_BY_MEMBERS,
    )
    async def withdraw_missing_purchase(
        self, info: Info, input: Asked[WithdrawMissingPurchaseInput]
    ) -> MissingPurchasePayload:
        context = info.context
        done = await missing.withdraw_missing(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            missing_id=context.keys.seal.number(Kind.MISSING_PURCHASE, input.missing_purchase_id),
            now=context.now,
        )
        return MissingPurchasePayload(
            missing_purchase=MissingPurchase.of(context, done.missing), replayed=done.replayed,
            user_errors=[],
        )  # fmt: skip

    @strawberry.mutation(
        description="Ask the member something about a missing purchase; it is the member's turn.",
        extensions=[RefusalBecomesPayload(AnsweredMissingPurchasePayload)],
        metadata=_BY_BRANDS,
    )
    async def ask_about_missing_purchase(
        self, info: Info, input: Asked[AskAboutMissingPurchaseInput]
    ) -> AnsweredMissingPurchasePayload:
        context = info.context
        done = await missing.ask_about_missing(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            missing_id=context.keys.seal.number(Kind.MISSING_PURCHASE, input.missing_purchase_id),
            message=input.message,
            now=context.now,
        )
        return _answered(context, done)

    @strawberry.mutation(
        description="Give the points that were missing: an award for the purchase by the terms of"
        " its day, as `awardPoints` would have given it.",
        extensions=[RefusalBecomesPayload(AnsweredMissingPurchasePayload)],
        metadata=_BY_BRANDS,
    )
    async def approve_missing_purchase(
        self, info: Info, input: Asked[ApproveMissingPurchaseInput], *, dry_run: DryRun = False
    ) -> AnsweredMissingPurchasePayload:
        context = info.context
        own = context.terms.partner(context.actor.partner_id or 0)
        if input.amount is not None and input.amount.currency != own.currency:
            raise CurrencyNotAgreed(
                f"{own.code} settles in {own.currency}; the purchase is in"
                f" {input.amount.currency}.",
                field=("amount", "currency"),
            )
        approval = missing.MissingApproval(
            input.idempotency_key,
            context.keys.seal.number(Kind.MISSING_PURCHASE, input.missing_purchase_id),
            input.message,
            input.reference,
            None if input.amount is None else input.amount.amount,
            input.purchased_at,
        )
        done = await missing.approve_missing(
            context.office, actor=context.actor, approval=approval, now=context.now
        )
        return _answered(context, done)

    @strawberry.mutation(
        description="Give no points for a missing purchase, and say why.",
        extensions=[RefusalBecomesPayload(AnsweredMissingPurchasePayload)],
        metadata=_BY_BRANDS,
    )
    async def decline_missing_purchase(
        self, info: Info, input: Asked[DeclineMissingPurchaseInput]
    ) -> AnsweredMissingPurchasePayload:
        context = info.context
        done = await missing.decline_missing(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            missing_id=context.keys.seal.number(Kind.MISSING_PURCHASE, input.missing_purchase_id),
            reason=missing.MissingReason(str(input.reason.value)),
            message=input.message,
            now=context.now,
        )
        return _answered(context, done)


async def _why_not(context: Context, refusal: Refusal) -> ReportMissingPurchasePayload:
    """The refusal, with what leads on from it."""
    payload = ReportMissingPurchasePayload.refused([UserError.of(refusal)])
    match refusal:
        case missing.AskedTooEarly():
            payload.ask_from = refusal.ask_from
        case missing.PurchaseAlreadyReported(missing_id=int(number)):
            payload.missing_purchase = await MissingPurchase.numbered(context, number)
        case missing.PurchaseAlreadyAwarded(place=(member_id, seq)):
            payload.entry = await entry_at(context, (member_id, seq))
    return payload


def _answered(context: Context, done: missing.Taken) -> AnsweredMissingPurchasePayload:
    return AnsweredMissingPurchasePayload(
        missing_purchase=MissingPurchase.of(context, done.missing),
        replayed=done.replayed,
        user_errors=[],
    )
