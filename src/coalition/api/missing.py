"""Purchases that brought no points: the member and the brand see the same timeline."""

from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from coalition import earning, ledger, missing
from coalition.access import Scope
from coalition.api.arguments import After, First
from coalition.api.context import Context, Info
from coalition.api.earning import Award
from coalition.api.history import LedgerEntry
from coalition.api.node import Node
from coalition.api.paging import PageInfo, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyType
from coalition.api.viewers import (
    MEMBER_AND_OPERATOR,
    PARTNER_AND_OPERATOR,
    seen_by,
    shown_to,
)
from coalition.kit.ids import Kind

if TYPE_CHECKING:
    from coalition.api.members import Member

# The member, its brand's staff, the operator.
OF_MISSING = (
    Scope.MEMBER_READ, Scope.MEMBER_MANAGE, Scope.MISSING_ANSWER, Scope.OPERATOR_READ,
)  # fmt: skip
_NEARBY = timedelta(days=1, hours=12)
_MOST_ALIKE = 10


@strawberry.enum(description="How a missing purchase stands.")
class MissingState(Enum):
    OPEN = strawberry.enum_value("OPEN", description="The brand is to answer.")
    ASKED = strawberry.enum_value("ASKED", description="The brand wants to know more.")
    APPROVED = strawberry.enum_value("APPROVED", description="The points were given.")
    DECLINED = strawberry.enum_value("DECLINED", description="The brand gives no points.")
    WITHDRAWN = strawberry.enum_value("WITHDRAWN", description="The member let it go.")


@strawberry.enum(description="Who did something about a missing purchase.")
class MissingSide(Enum):
    MEMBER = strawberry.enum_value("MEMBER", description="The member.")
    PARTNER = strawberry.enum_value("PARTNER", description="The brand.")


@strawberry.enum(description="What was done about a missing purchase.")
class MissingStepKind(Enum):
    REPORT = strawberry.enum_value("REPORT", description="It was reported.")
    RECEIPT = strawberry.enum_value("RECEIPT", description="A picture of the receipt came.")
    QUESTION = strawberry.enum_value("QUESTION", description="The brand asked something.")
    ANSWER = strawberry.enum_value("ANSWER", description="The member said something.")
    APPROVAL = strawberry.enum_value("APPROVAL", description="The points were given.")
    REFUSAL = strawberry.enum_value("REFUSAL", description="The brand said no.")
    WITHDRAWAL = strawberry.enum_value("WITHDRAWAL", description="The member let it go.")


@strawberry.enum(description="Why a brand gives no points.")
class MissingReason(Enum):
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="It knows no such purchase.")
    AWARDED_BEFORE = strawberry.enum_value(
        "AWARDED_BEFORE", description="The purchase was awarded already."
    )
    RETURNED = strawberry.enum_value("RETURNED", description="What was bought was brought back.")
    NOT_ELIGIBLE = strawberry.enum_value(
        "NOT_ELIGIBLE", description="What was bought earns no points."
    )
    NOT_READABLE = strawberry.enum_value(
        "NOT_READABLE", description="The receipt cannot be read, or shows something else."
    )
    OTHER = strawberry.enum_value("OTHER", description="As the message says.")


@shown_to(*OF_MISSING)
@strawberry.type(description="Something that happened to a missing purchase.")
class MissingStep:
    side: MissingSide = strawberry.field(description="Who did it.")
    kind: MissingStepKind = strawberry.field(description="What it was.")
    state: MissingState = strawberry.field(description="How it stood after it.")
    reason: MissingReason | None = strawberry.field(description="Why there are no points.")
    message: str | None = strawberry.field(description="In words.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, step: missing.MissingStep) -> "MissingStep":
        return cls(
            side=MissingSide(step.side.value),
            kind=MissingStepKind(step.kind.value),
            state=MissingState(step.state.value),
            reason=None if step.reason is None else MissingReason(step.reason.value),
            message=step.message,
            at=step.occurred_at,
        )


@shown_to(*OF_MISSING)
@strawberry.type(description="A picture of a receipt.")
class MissingReceipt:
    number: int = strawberry.field(description="Its place: 1 to 3.")
    media_type: str = strawberry.field(description="image/png, image/jpeg or application/pdf.")
    size: int = strawberry.field(description="How many bytes.")
    received_at: datetime = strawberry.field(description="When it came.")
    path: str = strawberry.field(description="GET it there, with the same token.")


@shown_to(*OF_MISSING)
@strawberry.type(description="A purchase that brought no points, as its member says.")
class MissingPurchase(Node):
    record: strawberry.Private[missing.MissingPurchase]
    state: MissingState = strawberry.field(description="How it stands.")
    reference: str = strawberry.field(description="The number on the receipt.")
    purchased_on: date = strawberry.field(description="On which day it was bought.")
    amount: MoneyType = strawberry.field(description="What was paid.")
    reported_at: datetime = strawberry.field(description="When the member reported it.")
    changed_at: datetime = strawberry.field(description="When something last happened to it.")
    due_at: datetime | None = strawberry.field(
        description="Until when the brand is to answer; null while the member is to, and at the"
        " end."
    )

    @strawberry.field(description="Whether the brand should have answered before now.")
    def overdue(self, info: Info) -> bool:
        return self.record.is_overdue(info.context.now)

    @strawberry.field(description="At which brand.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @strawberry.field(description="Who reported it.")
    def member(self, info: Info) -> Annotated["Member", strawberry.lazy("coalition.api.members")]:
        from coalition.api.members import Member  # noqa: PLC0415 - the graph is a circle

        return Member.numbered(info.context, self.record.member_id)

    @strawberry.field(description="What happened to it, oldest first.")
    async def steps(self, info: Info) -> list[MissingStep]:
        async with info.context.reading() as connection:
            found = await missing.steps_of_missing(connection, self.record.id)
        return [MissingStep.of(one) for one in found]

    @strawberry.field(description="The pictures of its receipt.")
    async def receipts(self, info: Info) -> list[MissingReceipt]:
        async with info.context.reading() as connection:
            found = await missing.receipts_of(connection, self.record.id)
        return [
            MissingReceipt(
                number=one.number,
                media_type=one.media_type,
                size=one.size,
                received_at=one.received_at,
                path=f"/missing-purchases/{self.id}/receipts/{one.number}",
            )
            for one in found
        ]

    @strawberry.field(description="What was given for it; null until it is approved.")
    async def award(self, info: Info) -> Award | None:
        if self.record.award_seq is None:
            return None
        return await Award.at(info.context, (self.record.member_id, self.record.award_seq))

    @strawberry.field(
        description="Where its points are in the member's ledger; null until it is approved.",
        metadata=seen_by(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR),
    )
    async def entry(self, info: Info) -> LedgerEntry | None:
        if self.record.award_seq is None:
            return None
        return await entry_at(info.context, (self.record.member_id, self.record.award_seq))

    @strawberry.field(
        description="Awards of the brand to this member for purchases of these days: what might be"
        " meant. Up to ten, those of the same amount first.",
        metadata=seen_by(Scope.MISSING_ANSWER, Scope.OPERATOR_READ, kinds=PARTNER_AND_OPERATOR),
    )
    async def alike(self, info: Info) -> list[Award]:
        context, record = info.context, self.record
        zone = context.terms.programme.zone
        noon = datetime.combine(record.purchased_on, datetime.min.time(), zone) + timedelta(
            hours=12
        )
        asked = earning.AwardFilter(
            partner_ids=[record.partner_id], member_id=record.member_id,
            purchased_from=noon - _NEARBY, purchased_until=noon + _NEARBY,
        )  # fmt: skip
        async with context.reading() as connection:
            found = await earning.list_awards(connection, asked, after=None, limit=_MOST_ALIKE)
        found.sort(key=lambda one: one.amount != record.amount.minor)
        return [Award.of(context, one) for one in found]

    @classmethod
    def of(cls, context: Context, record: missing.MissingPurchase) -> "MissingPurchase":
        return cls(
            id=context.seal(Kind.MISSING_PURCHASE, record.id),
            record=record,
            state=MissingState(record.state.value),
            reference=record.reference,
            purchased_on=record.purchased_on,
            amount=MoneyType.of(record.amount),
            reported_at=record.reported_at,
            changed_at=record.changed_at,
            due_at=record.due_at,
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "MissingPurchase | None":
        async with context.reading() as connection:
            found = await missing.list_missing(
                connection, missing.MissingFilter(missing_id=number), limit=1
            )
        return cls.of(context, found[0]) if found else None


async def entry_at(context: Context, place: tuple[int, int]) -> LedgerEntry | None:
    async with context.reading() as connection:
        found = await ledger.entry_at(connection, place)
    return LedgerEntry.of(context, found) if found else None


@shown_to(*OF_MISSING)
@strawberry.type(description="A missing purchase in a list.")
class MissingPurchaseEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: MissingPurchase = strawberry.field(description="The missing purchase.")


@shown_to(*OF_MISSING)
@strawberry.type(description="A page of missing purchases.")
class MissingPurchaseConnection:
    edges: list[MissingPurchaseEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The missing purchases alone.")
    def nodes(self) -> list[MissingPurchase]:
        return [edge.node for edge in self.edges]


InMissingStates = Annotated[
    list[MissingState] | None, strawberry.argument(description="Only those that stand so.")
]
OnlyOverdue = Annotated[
    bool, strawberry.argument(description="Only those that the brand should have answered.")
]


async def missing_page(
    context: Context,
    asked: missing.MissingFilter,
    first: int | None,
    after: str | None,
    *,
    oldest_first: bool = False,
) -> MissingPurchaseConnection:
    behind = place_behind(context, Kind.MISSING_PURCHASE, after)

    async def read(limit: int) -> list[missing.MissingPurchase]:
        async with context.reading() as connection:
            return await missing.list_missing(
                connection, asked, after=behind[0] if behind else None, limit=limit,
                oldest_first=oldest_first,
            )  # fmt: skip

    page, info = await page_of(
        first, after, read, lambda record: context.seal(Kind.MISSING_PURCHASE, record.id)
    )
    return MissingPurchaseConnection(
        edges=[
            MissingPurchaseEdge(cursor=cursor, node=MissingPurchase.of(context, record))
            for cursor, record in page
        ],
        page_info=info,
    )


@strawberry.type
class MissingQueries:
    @strawberry.field(
        description="What members miss at a brand, for the brand; the operator all. The longest"
        " reported first. What the brand is to answer is in the state OPEN.",
        metadata=seen_by(Scope.MISSING_ANSWER, Scope.OPERATOR_READ, kinds=PARTNER_AND_OPERATOR),
    )
    async def missing_purchases(
        self,
        info: Info,
        states: InMissingStates = None,
        first: First = None,
        after: After = None,
        *,
        overdue: OnlyOverdue = False,
    ) -> MissingPurchaseConnection:
        context = info.context
        asked = missing.MissingFilter(
            partner_ids=context.brands,
            states=[missing.MissingState[one.name] for one in states or ()],
            overdue_at=context.now if overdue else None,
        )
        return await missing_page(context, asked, first, after, oldest_first=True)
