"""Holds and redemptions as who may see them."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from coalition import ledger, redemption
from coalition.access import Scope
from coalition.api.arguments import After, First
from coalition.api.context import Context, Info, Place
from coalition.api.node import Node
from coalition.api.paging import PageInfo, bad_cursor, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import MEMBER_AND_OPERATOR, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.ids import Kind

# Who may see what was spent: where it is spent, who serves members, the member, the operator.
_OF_SPENDING = (Scope.POINTS_REDEEM, Scope.MEMBERS_READ, Scope.MEMBER_READ, Scope.OPERATOR_READ)

if TYPE_CHECKING:
    from coalition.api.members import Member


@strawberry.enum(description="How a hold stands.")
class HoldState(Enum):
    HELD = strawberry.enum_value("held", description="Its points are set aside.")
    CAPTURED = strawberry.enum_value("captured", description="All or part was spent.")
    RELEASED = strawberry.enum_value("released", description="All was given back.")
    EXPIRED = strawberry.enum_value("expired", description="Its time is over; all is free again.")


@shown_to(*_OF_SPENDING)
@strawberry.type(description="Points of a member set aside for one purchase.")
class Hold(Node):
    record: strawberry.Private[redemption.HoldRecord]
    points: Points = strawberry.field(description="How many were set aside.")
    state: HoldState = strawberry.field(description="How it stands now.")
    reference: str = strawberry.field(description="The partner's own number.")
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    created_at: datetime = strawberry.field(description="When it was made.")

    @strawberry.field(description="Whose points.")
    def member(self, info: Info) -> Annotated["Member", strawberry.lazy("coalition.api.members")]:
        from coalition.api.members import Member  # noqa: PLC0415 - the graph is a circle

        return Member.numbered(info.context, self.record.member_id)

    @strawberry.field(description="Where they are to be spent.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @classmethod
    def of(cls, context: Context, record: redemption.HoldRecord) -> "Hold":
        return cls(
            id=context.seal(Kind.HOLD, record.member_id, record.seq),
            record=record,
            points=Points(record.points),
            state=HoldState(record.state_at(context.now)),
            reference=record.reference,
            expires_at=record.expires_at,
            created_at=record.recorded_at,
        )

    @classmethod
    async def at(cls, context: Context, place: Place) -> "Hold | None":
        async with context.reading() as connection:
            record = await redemption.hold_at(connection, place)
        return cls.of(context, record) if record else None


@shown_to(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="Which brand's points were spent.")
class SpentLot:
    issuer: Partner = strawberry.field(description="Who had given them.")
    points: Points = strawberry.field(description="How many.")
    earned_at: datetime = strawberry.field(description="When they were earned.")
    expires_on: date | None = strawberry.field(
        description="The last day on which they could be spent; null: they do not end."
    )


@shown_to(*_OF_SPENDING)
@strawberry.type(description="Points spent at a partner.")
class Redemption(Node):
    record: strawberry.Private[redemption.RedemptionRecord]
    points: Points = strawberry.field(description="As redeemed.")
    refunded_points: Points = strawberry.field(description="Given back since.")
    reference: str = strawberry.field(description="The partner's own number.")
    redeemed_at: datetime = strawberry.field(description="When they were spent.")

    @strawberry.field(description="Where they were spent.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @strawberry.field(description="Who spent them.")
    def member(self, info: Info) -> Annotated["Member", strawberry.lazy("coalition.api.members")]:
        from coalition.api.members import Member  # noqa: PLC0415 - the graph is a circle

        return Member.numbered(info.context, self.record.member_id)

    @strawberry.field(
        description="What the partner is reimbursed for it at its own agreement, by itself; a"
        " statement sums points first and rounds once per line. A member does not see it.",
        metadata=seen_by(
            Scope.POINTS_REDEEM,
            Scope.MEMBERS_READ,
            Scope.OPERATOR_READ,
            kinds=PARTNER_AND_OPERATOR,
        ),
    )
    def value(self, info: Info) -> MoneyType:
        terms = info.context.terms
        agreement = terms.agreement(self.record.agreement_id)
        currency = terms.partner(self.record.partner_id).currency
        return MoneyType.of(
            redemption.reimbursed(agreement, self.record.points, currency, self.record.cost)
        )

    @strawberry.field(
        description="Which brands' points were spent. For the member and the operator.",
        metadata=seen_by(
            Scope.MEMBER_READ, Scope.OPERATOR_READ,
            kinds=MEMBER_AND_OPERATOR,
        ),
    )  # fmt: skip
    async def spent_lots(self, info: Info) -> list[SpentLot]:
        context = info.context
        async with context.reading() as connection:
            lots = await ledger.spent_lots(connection, self.record.member_id, self.record.seq)
        return [
            SpentLot(
                issuer=Partner.numbered(context, lot.issuer_id),
                points=Points(lot.points),
                earned_at=lot.earned_at,
                expires_on=lot.expires_on,
            )
            for lot in lots
        ]

    @classmethod
    def of(cls, context: Context, record: redemption.RedemptionRecord) -> "Redemption":
        return cls(
            id=context.seal(Kind.REDEMPTION, record.member_id, record.seq),
            record=record,
            points=Points(record.points),
            refunded_points=Points(record.refunded),
            reference=record.reference,
            redeemed_at=record.redeemed_at,
        )

    @classmethod
    async def at(cls, context: Context, place: Place) -> "Redemption | None":
        async with context.reading() as connection:
            record = (await redemption.redemptions_at(connection, [place])).get(place)
        return cls.of(context, record) if record else None


@shown_to(*_OF_SPENDING)
@strawberry.type(description="A redemption in a list.")
class RedemptionEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: Redemption = strawberry.field(description="The redemption.")


@shown_to(*_OF_SPENDING)
@strawberry.type(description="A page of redemptions, the latest first.")
class RedemptionConnection:
    edges: list[RedemptionEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The redemptions alone.")
    def nodes(self) -> list[Redemption]:
        return [edge.node for edge in self.edges]


async def redemption_page(
    context: Context,
    partner_ids: Sequence[int] | None,
    member_id: int | None,
    first: int | None,
    after: str | None,
) -> RedemptionConnection:
    behind = place_behind(context, Kind.REDEMPTION, after)

    async def read(limit: int) -> list[redemption.RedemptionRecord]:
        position = None
        async with context.reading() as connection:
            if behind is not None:
                last = (await redemption.redemptions_at(connection, [behind])).get(behind)
                if last is None:
                    raise bad_cursor()
                position = (last.redeemed_at, last.member_id, last.seq)
            return await redemption.list_redemptions(
                connection,
                partner_ids=partner_ids,
                member_id=member_id,
                after=position,
                limit=limit,
            )

    page, info = await page_of(
        first, after, read,
        lambda record: context.seal(Kind.REDEMPTION, record.member_id, record.seq),
    )  # fmt: skip
    edges = [
        RedemptionEdge(cursor=cursor, node=Redemption.of(context, record))
        for cursor, record in page
    ]
    return RedemptionConnection(edges=edges, page_info=info)


@strawberry.type
class RedemptionQueries:
    @strawberry.field(
        description="A partner's own redemptions, the operator all; the latest first.",
        metadata=seen_by(Scope.POINTS_REDEEM, Scope.OPERATOR_READ),
    )
    async def redemptions(
        self, info: Info, first: First = None, after: After = None
    ) -> RedemptionConnection:
        return await redemption_page(
            info.context, info.context.brands, info.context.actor.member_id, first, after
        )
