"""What is done in a dispute: opened, answered, decided, withdrawn."""

import base64
import binascii
from decimal import Decimal

import strawberry

from coalition import disputes
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun
from coalition.api.context import Context, Info
from coalition.api.dispute_words import DisputeReason, DisputeState
from coalition.api.disputes import Dispute
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.viewers import (
    OPERATORS,
    PARTNER_AND_OPERATOR,
    PARTNERS,
    seen_by,
    shown_to,
)
from coalition.disputes.errors import DisputeNotFound, EvidenceNotAllowed, StatementNotFound
from coalition.kit.ids import Kind, NotAnId

_SPEAKS = (Scope.RECONCILIATION_WRITE, Scope.SETTLEMENT_APPROVE)
_MAY_SPEAK = seen_by(*_SPEAKS, kinds=PARTNER_AND_OPERATOR)


@strawberry.input(description="A file that is handed in.")
class EvidenceInput:
    name: str = strawberry.field(description="What it is called, without folders.")
    media_type: str = strawberry.field(
        description="application/pdf, image/png, image/jpeg, text/csv or text/plain."
    )
    content: str = strawberry.field(description="Its bytes in Base64; at most 2 MiB of them.")

    def to_evidence(self) -> disputes.Evidence:
        """Raises `EvidenceNotAllowed`."""
        try:
            content = base64.b64decode(self.content, validate=True)
        except (binascii.Error, ValueError):
            raise EvidenceNotAllowed(
                "The content of evidence is Base64.", field=("evidence", "content")
            ) from None
        return disputes.Evidence(self.name, self.media_type, content)


@strawberry.input(description="What a dispute comes from.")
class DisputeSourceInput:
    kind: str = strawberry.field(description="Like RECONCILIATION.")
    id: str = strawberry.field(description="Which one.")


@strawberry.input(description="A line that a brand does not agree with.")
class OpenDisputeInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one dispute.")
    statement_id: strawberry.ID = strawberry.field(description="Of which statement.")
    line: int = strawberry.field(description="Its place in it.")
    reason: DisputeReason = strawberry.field(description="Why.")
    message: str = strawberry.field(description="In words, up to 1000 characters.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description="How much is asked for; absent: all of the line, and never more than it.",
    )
    evidence: EvidenceInput | None = strawberry.field(default=None, description="What shows it.")
    source: DisputeSourceInput | None = strawberry.field(
        default=None, description="What it comes from."
    )


@shown_to(*_SPEAKS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What became of opening a dispute.")
class OpenDisputePayload:
    dispute: Dispute | None = strawberry.field(description="Null when refused, and when dry.")
    replayed: bool = strawberry.field(description="Whether the key had been used for it before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def of(cls, context: Context, done: disputes.Disputed) -> "OpenDisputePayload":
        return cls(
            dispute=None if done.dispute is None else Dispute.of(context, done.dispute),
            replayed=done.replayed,
            user_errors=[],
        )

    @classmethod
    def refused(cls, errors: list[UserError]) -> "OpenDisputePayload":
        return cls(dispute=None, replayed=False, user_errors=errors)


@strawberry.input(description="Differences of a reconciliation that a brand does not let stand.")
class DisputeReconciliationItemsInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one dispute.")
    item_ids: list[strawberry.ID] = strawberry.field(
        description="Which items, of one file; each in one dispute at a time."
    )
    reason: DisputeReason = strawberry.field(description="Why.")
    line: int | None = strawberry.field(
        default=None,
        description="The line of the statement in force; absent: the one that such items are on,"
        " when there is only one.",
    )
    message: str | None = strawberry.field(
        default=None, description="In words; absent: which items of which file they are."
    )
    amount: Decimal | None = strawberry.field(
        default=None, description="How much is asked for; absent: the money that hangs on them."
    )


@strawberry.input(description="Something to be said in a dispute.")
class AnswerDisputeInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one step.")
    dispute_id: strawberry.ID = strawberry.field(description="In which dispute.")
    message: str = strawberry.field(description="In words, up to 1000 characters.")
    reason: DisputeReason | None = strawberry.field(
        default=None, description="When the reason is another one by now."
    )
    evidence: EvidenceInput | None = strawberry.field(default=None, description="What shows it.")


@shown_to(*_SPEAKS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What became of an answer.")
class AnswerDisputePayload:
    dispute: Dispute | None = strawberry.field(description="Null when refused.")
    is_late: bool = strawberry.field(
        description="Whether it came behind its deadline. It is kept and flagged."
    )
    replayed: bool = strawberry.field(description="Whether the key had been used for it before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "AnswerDisputePayload":
        return cls(dispute=None, is_late=False, replayed=False, user_errors=errors)


@strawberry.input(description="The operator's decision.")
class DecideDisputeInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one decision.")
    dispute_id: strawberry.ID = strawberry.field(description="Of which dispute.")
    authorised: Decimal = strawberry.field(
        description="How much of what is asked for the brand gets: all accepts, 0 rejects."
    )
    message: str = strawberry.field(description="Why, up to 1000 characters.")


@shown_to(Scope.SETTLEMENT_APPROVE, kinds=OPERATORS)
@strawberry.type(description="What became of a decision.")
class DecideDisputePayload:
    dispute: Dispute | None = strawberry.field(description="Null when refused.")
    state: DisputeState | None = strawberry.field(description="What it is decided as.")
    replayed: bool = strawberry.field(description="Whether the key had been used for it before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "DecideDisputePayload":
        return cls(dispute=None, state=None, replayed=False, user_errors=errors)


@strawberry.input(description="A dispute that a brand lets go.")
class WithdrawDisputeInput:
    idempotency_key: str = strawberry.field(description="The same key and input are one step.")
    dispute_id: strawberry.ID = strawberry.field(description="Which dispute.")
    message: str = strawberry.field(description="Why, up to 1000 characters.")


@shown_to(Scope.RECONCILIATION_WRITE, kinds=PARTNERS)
@strawberry.type(description="What became of a withdrawal.")
class WithdrawDisputePayload:
    dispute: Dispute | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether the key had been used for it before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "WithdrawDisputePayload":
        return cls(dispute=None, replayed=False, user_errors=errors)


def _dispute_id(context: Context, text: str) -> int:
    try:
        return context.keys.seal.open(Kind.DISPUTE, text)[0]
    except NotAnId:
        raise DisputeNotFound("No such dispute.", field=("disputeId",)) from None


def _statement_id(context: Context, text: str) -> int:
    try:
        return context.keys.seal.open(Kind.STATEMENT, text)[0]
    except NotAnId:
        raise StatementNotFound("No such line of a statement.", field=("line",)) from None


@strawberry.type
class DisputeMutations:
    @strawberry.mutation(
        description="Dispute a line of a statement. Behind the window it is taken and flagged.",
        extensions=[RefusalBecomesPayload(OpenDisputePayload)],
        metadata=_MAY_SPEAK,
    )
    async def open_dispute(
        self, info: Info, input: Asked[OpenDisputeInput], *, dry_run: DryRun = False
    ) -> OpenDisputePayload:
        context = info.context
        request = disputes.DisputeRequest(
            input.idempotency_key,
            _statement_id(context, input.statement_id),
            input.line,
            disputes.Reason(str(input.reason.value)),
            input.message,
            input.amount,
            None if input.evidence is None else input.evidence.to_evidence(),
            None if input.source is None else (input.source.kind, input.source.id),
        )
        done = await disputes.open_dispute(
            context.server.office,
            actor=context.actor,
            request=request,
            now=context.now,
            dry_run=dry_run,
        )
        return OpenDisputePayload.of(context, done)

    @strawberry.mutation(
        description="Dispute the line that bills differences of a reconciliation. They are its"
        " evidence, are resolved by it, and name it.",
        extensions=[RefusalBecomesPayload(OpenDisputePayload)],
        metadata=_MAY_SPEAK,
    )
    async def dispute_reconciliation_items(
        self, info: Info, input: Asked[DisputeReconciliationItemsInput], *, dry_run: DryRun = False
    ) -> OpenDisputePayload:
        context = info.context
        numbers = (
            context.keys.seal.number(Kind.RECONCILIATION_ITEM, one) for one in input.item_ids
        )
        request = disputes.ItemsDispute(
            input.idempotency_key,
            tuple(numbers),
            disputes.Reason(str(input.reason.value)),
            next(iter(input.item_ids), ""),
            input.message,
            input.line,
            input.amount,
        )
        done = await disputes.dispute_items(
            context.server.office,
            actor=context.actor,
            request=request,
            now=context.now,
            dry_run=dry_run,
        )
        return OpenDisputePayload.of(context, done)

    @strawberry.mutation(
        description="Speak in a dispute: the brand's evidence, the operator's reply, or a message."
        " Behind the deadline it is taken and flagged.",
        extensions=[RefusalBecomesPayload(AnswerDisputePayload)],
        metadata=_MAY_SPEAK,
    )
    async def answer_dispute(
        self, info: Info, input: Asked[AnswerDisputeInput], *, dry_run: DryRun = False
    ) -> AnswerDisputePayload:
        context = info.context
        answer = disputes.Answer(
            input.idempotency_key,
            _dispute_id(context, input.dispute_id),
            input.message,
            None if input.reason is None else disputes.Reason(str(input.reason.value)),
            None if input.evidence is None else input.evidence.to_evidence(),
        )
        done = await disputes.answer_dispute(
            context.server.office,
            actor=context.actor,
            answer=answer,
            now=context.now,
            dry_run=dry_run,
        )
        return AnswerDisputePayload(
            dispute=Dispute.of(context, done.dispute),
            is_late=done.is_late,
            replayed=done.replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Decide a dispute. What is authorised is on the brand's statement of the next"
        " open period, and names the dispute. The operator only.",
        extensions=[RefusalBecomesPayload(DecideDisputePayload)],
        metadata=seen_by(Scope.SETTLEMENT_APPROVE, kinds=OPERATORS),
    )
    async def decide_dispute(
        self, info: Info, input: Asked[DecideDisputeInput], *, dry_run: DryRun = False
    ) -> DecideDisputePayload:
        context = info.context
        decision = disputes.Decision(
            input.idempotency_key,
            _dispute_id(context, input.dispute_id),
            input.authorised,
            input.message,
        )
        done = await disputes.decide_dispute(
            context.server.office,
            actor=context.actor,
            decision=decision,
            now=context.now,
            dry_run=dry_run,
        )
        return DecideDisputePayload(
            dispute=Dispute.of(context, done.dispute),
            state=DisputeState(done.state.value),
            replayed=done.replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Let a line stand that was disputed, at any moment before it is decided. The"
        " brand only.",
        extensions=[RefusalBecomesPayload(WithdrawDisputePayload)],
        metadata=seen_by(Scope.RECONCILIATION_WRITE, kinds=PARTNERS),
    )
    async def withdraw_dispute(
        self, info: Info, input: Asked[WithdrawDisputeInput], *, dry_run: DryRun = False
    ) -> WithdrawDisputePayload:
        context = info.context
        withdrawal = disputes.Withdrawal(
            input.idempotency_key, _dispute_id(context, input.dispute_id), input.message
        )
        done = await disputes.withdraw_dispute(
            context.server.office,
            actor=context.actor,
            withdrawal=withdrawal,
            now=context.now,
            dry_run=dry_run,
        )
        return WithdrawDisputePayload(
            dispute=Dispute.of(context, done.dispute), replayed=done.replayed, user_errors=[]
        )
