"""Disputes against a line of a statement: both sides see the same timeline."""

import base64
import binascii
from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from coalition import disputes
from coalition.access import Scope
from coalition.api.arguments import After, Asked, DryRun, First
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.lines import READS
from coalition.api.node import Node
from coalition.api.paging import PageInfo, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyType
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.disputes.errors import DisputeNotFound, EvidenceNotAllowed, StatementNotFound
from coalition.kit.ids import Kind, NotAnId

_SPEAKS = (Scope.RECONCILIATION_WRITE, Scope.SETTLEMENT_APPROVE)
_SEES = (*READS, Scope.RECONCILIATION_WRITE)
_MAY_SPEAK = seen_by(*_SPEAKS, kinds=PARTNER_AND_OPERATOR)


@strawberry.enum(description="Where a dispute stands on its ladder.")
class DisputeState(Enum):
    OPEN = strawberry.enum_value("OPEN", description="The brand is to give its evidence.")
    PARTNER_EVIDENCE = strawberry.enum_value(
        "PARTNER_EVIDENCE", description="The operator is to reply to it."
    )
    OPERATOR_REPLY = strawberry.enum_value(
        "OPERATOR_REPLY", description="The brand is to answer the reply."
    )
    CORRESPONDENCE = strawberry.enum_value(
        "CORRESPONDENCE", description="After three rounds: the operator is to decide."
    )
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="The brand was right in full.")
    PARTIAL = strawberry.enum_value("PARTIAL", description="The brand was right in part.")
    REJECTED = strawberry.enum_value("REJECTED", description="The line stands.")
    EXPIRED = strawberry.enum_value(
        "EXPIRED", description="Whoever was to speak was silent: the other side has it."
    )


@strawberry.enum(description="Why a line is disputed.")
class DisputeReason(Enum):
    WRONG_RATE = strawberry.enum_value("WRONG_RATE", description="At another price than agreed.")
    WRONG_MEMBER = strawberry.enum_value("WRONG_MEMBER", description="For another member.")
    DUPLICATE = strawberry.enum_value("DUPLICATE", description="The same thing twice.")
    RETURN_NOT_CREDITED = strawberry.enum_value(
        "RETURN_NOT_CREDITED", description="A return is missing."
    )
    OUTSIDE_CAMPAIGN = strawberry.enum_value(
        "OUTSIDE_CAMPAIGN", description="Outside a promotion's time or terms."
    )
    WRONG_ENTITY = strawberry.enum_value("WRONG_ENTITY", description="Of another company.")
    TAX = strawberry.enum_value("TAX", description="Taxed in another way than agreed.")
    OTHER = strawberry.enum_value("OTHER", description="As the message says.")


@strawberry.enum(description="Who did a step.")
class DisputeSide(Enum):
    PARTNER = strawberry.enum_value("PARTNER", description="The brand.")
    OPERATOR = strawberry.enum_value("OPERATOR", description="The operator.")
    TIME = strawberry.enum_value("TIME", description="Nobody: a deadline passed.")


@strawberry.enum(description="What a step was.")
class DisputeStepKind(Enum):
    OPENED = strawberry.enum_value("OPENED", description="The line was disputed.")
    EVIDENCE = strawberry.enum_value("EVIDENCE", description="The brand gave its evidence.")
    REPLY = strawberry.enum_value("REPLY", description="The operator replied.")
    MESSAGE = strawberry.enum_value("MESSAGE", description="Something was said besides.")
    DECISION = strawberry.enum_value("DECISION", description="The operator decided.")
    EXPIRY = strawberry.enum_value("EXPIRY", description="A deadline passed in silence.")


@strawberry.enum(description="What becomes of a disputed line until it is decided.")
class DisputeFreeze(Enum):
    CARRY = strawberry.enum_value("carry", description="It is paid, and corrected later.")
    EXCLUDE = strawberry.enum_value("exclude", description="It is left out of what is paid.")


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="Something that happened to a dispute; both sides see the same.")
class DisputeStep:
    side: DisputeSide = strawberry.field(description="Who did it.")
    kind: DisputeStepKind = strawberry.field(description="What it was.")
    state: DisputeState = strawberry.field(description="Where the dispute stood after it.")
    round: int = strawberry.field(description="In which round: 1 to 3.")
    reason: DisputeReason | None = strawberry.field(description="The reason that it gave.")
    amount: MoneyType | None = strawberry.field(
        description="What was asked for, or authorised by it."
    )
    message: str | None = strawberry.field(description="In words.")
    is_late: bool = strawberry.field(description="Whether it came behind its deadline.")
    due_at: datetime | None = strawberry.field(description="Until when the other side may speak.")
    at: datetime = strawberry.field(description="When.")
    evidence_name: str | None = strawberry.field(description="The file that came with it.")
    evidence_media_type: str | None = strawberry.field(description="Of which kind that is.")
    evidence_hash: str | None = strawberry.field(description="SHA-256 of its bytes.")
    step_id: strawberry.Private[int]

    @strawberry.field(description="The file itself in Base64; null when none came with it.")
    async def evidence(self, info: Info) -> str | None:
        if self.evidence_hash is None:
            return None
        async with info.context.reading() as connection:
            found = await disputes.evidence_of(connection, self.step_id)
        return None if found is None else base64.b64encode(found).decode()

    @classmethod
    def of(cls, step: disputes.DisputeStep) -> "DisputeStep":
        return cls(
            side=DisputeSide(step.side.value),
            kind=DisputeStepKind(step.kind.value),
            state=DisputeState(step.state.value),
            round=step.round,
            reason=None if step.reason is None else DisputeReason(step.reason),
            amount=None if step.amount is None else MoneyType.of(step.amount),
            message=step.message,
            is_late=step.is_late,
            due_at=step.due_at,
            at=step.occurred_at,
            evidence_name=step.evidence_name,
            evidence_media_type=step.evidence_type,
            evidence_hash=step.evidence_hash,
            step_id=step.id,
        )


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A brand does not agree with a line of its statement.")
class Dispute(Node):
    state: DisputeState = strawberry.field(description="Where it stands.")
    round: int = strawberry.field(description="In which round: 1 to 3.")
    line: int = strawberry.field(description="Which line of the statement.")
    amount: MoneyType = strawberry.field(description="How much the brand asks for.")
    authorised: MoneyType | None = strawberry.field(
        description="How much of it the brand has got; null while it is open."
    )
    freeze: DisputeFreeze = strawberry.field(
        description="What becomes of the line until then, as the contract says."
    )
    opened_at: datetime = strawberry.field(description="When it was opened.")
    due_at: datetime | None = strawberry.field(
        description="Until when whoever is to speak may; null when it is decided."
    )
    source: str | None = strawberry.field(
        description="What it came from, like an item of a reconciliation."
    )
    record: strawberry.Private[disputes.Dispute]

    @strawberry.field(description="Who is to speak; null when it is decided.")
    def turn(self) -> DisputeSide | None:
        turn = self.record.standing.turn
        return None if turn is None else DisputeSide(turn.value)

    @strawberry.field(description="Which brand's.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @strawberry.field(description="The id of the statement.")
    def statement_id(self, info: Info) -> strawberry.ID:
        return info.context.seal(Kind.STATEMENT, self.record.statement_id)

    @strawberry.field(description="What happened to it, oldest first.")
    async def steps(self, info: Info) -> list[DisputeStep]:
        async with info.context.reading() as connection:
            found = await disputes.steps_of_dispute(connection, self.record.id)
        return [DisputeStep.of(one) for one in found]

    @classmethod
    def of(cls, context: Context, record: disputes.Dispute) -> "Dispute":
        return cls(
            id=context.seal(Kind.DISPUTE, record.id),
            state=DisputeState(record.standing.state.value),
            round=record.standing.round,
            line=record.line,
            amount=MoneyType.of(record.amount),
            authorised=None if record.authorised is None else MoneyType.of(record.authorised),
            freeze=DisputeFreeze(record.frozen_as),
            opened_at=record.opened_at,
            due_at=record.standing.due_at,
            source=None if record.source is None else " ".join(record.source),
            record=record,
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "Dispute | None":
        asked = disputes.DisputeFilter(dispute_id=number, partner_id=context.actor.partner_id)
        async with context.reading() as connection:
            found = await disputes.list_disputes(connection, asked)
        return cls.of(context, found[0]) if found else None


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A dispute in a list.")
class DisputeEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: Dispute = strawberry.field(description="The dispute.")


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A page of disputes, the newest first.")
class DisputeConnection:
    edges: list[DisputeEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The disputes alone.")
    def nodes(self) -> list[Dispute]:
        return [edge.node for edge in self.edges]


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
    def refused(cls, errors: list[UserError]) -> "OpenDisputePayload":
        return cls(dispute=None, replayed=False, user_errors=errors)


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
class DisputeQueries:
    @strawberry.field(
        description="A partner's own disputes, the operator all; the newest first.",
        metadata=seen_by(*_SEES, kinds=PARTNER_AND_OPERATOR),
    )
    async def disputes(
        self, info: Info, first: First = None, after: After = None
    ) -> DisputeConnection:
        context = info.context
        behind = place_behind(context, Kind.DISPUTE, after)
        asked = disputes.DisputeFilter(partner_id=context.actor.partner_id)

        async def read(limit: int) -> list[disputes.Dispute]:
            async with context.reading() as connection:
                return await disputes.list_disputes(
                    connection, asked, after=behind[0] if behind else None, limit=limit
                )

        page, page_info = await page_of(
            first, after, read, lambda record: context.seal(Kind.DISPUTE, record.id)
        )
        return DisputeConnection(
            edges=[
                DisputeEdge(cursor=cursor, node=Dispute.of(context, record))
                for cursor, record in page
            ],
            page_info=page_info,
        )


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
        return OpenDisputePayload(
            dispute=None if done.dispute is None else Dispute.of(context, done.dispute),
            replayed=done.replayed,
            user_errors=[],
        )

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
