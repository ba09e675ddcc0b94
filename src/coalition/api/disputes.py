"""Disputes against a line of a statement: both sides see the same timeline."""

import base64
from datetime import datetime

import strawberry

from coalition import disputes, reconciliation
from coalition.access import Scope
from coalition.api.arguments import After, First
from coalition.api.context import Context, Info
from coalition.api.dispute_words import (
    DisputeFreeze,
    DisputeReason,
    DisputeSide,
    DisputeState,
    DisputeStepKind,
)
from coalition.api.lines import READS
from coalition.api.node import Node
from coalition.api.paging import PageInfo, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.reconciliation import ReconciliationItem
from coalition.api.scalars import MoneyType
from coalition.api.viewers import PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.ids import Kind

_SEES = (*READS, Scope.RECONCILIATION_WRITE)


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

    @strawberry.field(
        description="The differences of a reconciliation that it is about; of one that a corrected"
        " file has still, both. When that file has none of them, it is over: withdraw the dispute."
    )
    async def items(self, info: Info) -> list[ReconciliationItem]:
        context = info.context
        async with context.reading() as connection:
            numbers = await disputes.items_of_dispute(connection, self.record.id)
            found = await reconciliation.items_at(connection, numbers)
        return [ReconciliationItem.of(context, found[one]) for one in numbers]

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
