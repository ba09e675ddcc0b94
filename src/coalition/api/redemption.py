"""Spending: holds, redemptions, refunds."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from coalition import ledger, redemption
from coalition.access import Scope
from coalition.api.arguments import After, Asked, DryRun, First
from coalition.api.context import Context, Info, Place
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.node import Node
from coalition.api.paging import PageInfo, bad_cursor, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.refs import MemberRef
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import (
    MEMBER_AND_OPERATOR,
    PARTNER_AND_OPERATOR,
    PARTNERS,
    seen_by,
    shown_to,
)
from coalition.kit.errors import Refusal
from coalition.kit.ids import Kind, NotAnId
from coalition.members import MemberRef as Ref

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


@strawberry.input(description="Points to set aside until a purchase is paid.")
class HoldPointsInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    member: MemberRef = strawberry.field(description="Whose points.")
    points: Points = strawberry.field(description="How many.")
    reference: str = strawberry.field(description="The partner's own number of the purchase.")
    store_code: str | None = strawberry.field(default=None, description="Which store.")
    expires_in_seconds: int | None = strawberry.field(
        default=None, description="1 to 604800; absent: the programme's own time."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When, for tills that report later; absent: now."
    )


@shown_to(Scope.POINTS_REDEEM, kinds=PARTNERS)
@strawberry.type(description="What became of a hold.")
class HoldPointsPayload:
    hold: Hold | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "HoldPointsPayload":
        return cls(hold=None, replayed=False, user_errors=errors)


@strawberry.input(description="Points of a hold to be spent.")
class CaptureHoldInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    hold_id: strawberry.ID = strawberry.field(description="Which hold.")
    points: Points | None = strawberry.field(
        default=None, description="Absent: all; fewer: the rest goes back."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When, for tills that report later; absent: now."
    )


@shown_to(Scope.POINTS_REDEEM, kinds=PARTNERS)
@strawberry.type(description="What became of a capture.")
class CaptureHoldPayload:
    redemption: Redemption | None = strawberry.field(description="Null when refused.")
    hold: Hold | None = strawberry.field(description="The hold as it stands now.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "CaptureHoldPayload":
        return cls(redemption=None, hold=None, replayed=False, user_errors=errors)


@strawberry.input(description="A hold to be given back.")
class ReleaseHoldInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    hold_id: strawberry.ID = strawberry.field(description="Which hold.")


@shown_to(Scope.POINTS_REDEEM, kinds=PARTNERS)
@strawberry.type(description="What became of a release.")
class ReleaseHoldPayload:
    hold: Hold | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ReleaseHoldPayload":
        return cls(hold=None, replayed=False, user_errors=errors)


@strawberry.input(description="Points to be spent in one step.")
class RedeemPointsInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    member: MemberRef = strawberry.field(description="Whose points.")
    points: Points = strawberry.field(description="How many.")
    reference: str = strawberry.field(description="The partner's own number of the purchase.")
    store_code: str | None = strawberry.field(default=None, description="Which store.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When, for tills that report later; absent: now."
    )


@shown_to(Scope.POINTS_REDEEM, kinds=PARTNERS)
@strawberry.type(description="What became of a redemption.")
class RedeemPointsPayload:
    redemption: Redemption | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "RedeemPointsPayload":
        return cls(redemption=None, replayed=False, user_errors=errors)


@strawberry.input(description="Spent points to be given back.")
class RefundRedemptionInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    redemption_id: strawberry.ID = strawberry.field(description="Which redemption.")
    points: Points | None = strawberry.field(
        default=None, description="Absent: all that has not been given back yet."
    )
    reason: str = strawberry.field(description="Why, for the record.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When, for tills that report later; absent: now."
    )


@shown_to(Scope.POINTS_REDEEM, kinds=PARTNERS)
@strawberry.type(description="What became of a refund.")
class RefundRedemptionPayload:
    redemption: Redemption | None = strawberry.field(description="As it stands now.")
    refunded: Points = strawberry.field(description="Given back by this request.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "RefundRedemptionPayload":
        return cls(redemption=None, refunded=Points(0), replayed=False, user_errors=errors)


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


@strawberry.type
class RedemptionMutations:
    @strawberry.mutation(
        description="Set points aside until a purchase is paid.",
        extensions=[RefusalBecomesPayload(HoldPointsPayload)],
        metadata=seen_by(Scope.POINTS_REDEEM, kinds=PARTNERS),
    )
    async def hold_points(
        self, info: Info, input: Asked[HoldPointsInput], *, dry_run: DryRun = False
    ) -> HoldPointsPayload:
        context = info.context
        held = await redemption.hold_points(
            context.office,
            actor=context.actor,
            request=_spend(context, input),
            expires_in_seconds=input.expires_in_seconds,
            now=context.now,
        )
        hold = await Hold.at(context, held.place)
        return HoldPointsPayload(hold=hold, replayed=held.replayed, user_errors=[])

    @strawberry.mutation(
        description="Spend what a hold set aside. A hold ends once.",
        extensions=[RefusalBecomesPayload(CaptureHoldPayload)],
        metadata=seen_by(Scope.POINTS_REDEEM, kinds=PARTNERS),
    )
    async def capture_hold(
        self, info: Info, input: Asked[CaptureHoldInput], *, dry_run: DryRun = False
    ) -> CaptureHoldPayload:
        context = info.context
        captured = await redemption.capture_hold(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            hold=_place(context, Kind.HOLD, input.hold_id),
            points=input.points,
            occurred_at=input.occurred_at,
            now=context.now,
        )
        return CaptureHoldPayload(
            redemption=await Redemption.at(context, captured.redemption),
            hold=await Hold.at(context, captured.hold),
            replayed=captured.replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Give all of a hold back. A hold ends once.",
        extensions=[RefusalBecomesPayload(ReleaseHoldPayload)],
        metadata=seen_by(Scope.POINTS_REDEEM, kinds=PARTNERS),
    )
    async def release_hold(
        self, info: Info, input: Asked[ReleaseHoldInput], *, dry_run: DryRun = False
    ) -> ReleaseHoldPayload:
        context = info.context
        released = await redemption.release_hold(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            hold=_place(context, Kind.HOLD, input.hold_id),
            now=context.now,
        )
        hold = await Hold.at(context, released.place)
        return ReleaseHoldPayload(hold=hold, replayed=released.replayed, user_errors=[])

    @strawberry.mutation(
        description="Spend points in one step: hold and capture.",
        extensions=[RefusalBecomesPayload(RedeemPointsPayload)],
        metadata=seen_by(Scope.POINTS_REDEEM, kinds=PARTNERS),
    )
    async def redeem_points(
        self, info: Info, input: Asked[RedeemPointsInput], *, dry_run: DryRun = False
    ) -> RedeemPointsPayload:
        context = info.context
        spent = await redemption.redeem_points(
            context.office,
            actor=context.actor,
            request=_spend(context, input),
            now=context.now,
        )
        found = await Redemption.at(context, spent.place)
        return RedeemPointsPayload(redemption=found, replayed=spent.replayed, user_errors=[])

    @strawberry.mutation(
        description="Give spent points back to the very lots they came from.",
        extensions=[RefusalBecomesPayload(RefundRedemptionPayload)],
        metadata=seen_by(Scope.POINTS_REDEEM, kinds=PARTNERS),
    )
    async def refund_redemption(
        self, info: Info, input: Asked[RefundRedemptionInput], *, dry_run: DryRun = False
    ) -> RefundRedemptionPayload:
        context = info.context
        refunded = await redemption.refund_redemption(
            context.office,
            actor=context.actor,
            request=redemption.RefundRequest(
                idempotency_key=input.idempotency_key,
                redemption=_place(context, Kind.REDEMPTION, input.redemption_id),
                points=input.points,
                reason=input.reason,
                occurred_at=input.occurred_at,
            ),
            now=context.now,
        )
        return RefundRedemptionPayload(
            redemption=await Redemption.at(context, refunded.redemption),
            refunded=Points(refunded.points),
            replayed=refunded.replayed,
            user_errors=[],
        )


def _spend(
    context: Context, input: Asked[HoldPointsInput] | RedeemPointsInput
) -> redemption.SpendRequest:
    ref, refusal = Ref("ID", "0"), None
    try:
        ref = input.member.to_ref(context)
    except Refusal as found:
        refusal = found
    return redemption.SpendRequest(
        idempotency_key=input.idempotency_key,
        member=ref,
        points=input.points,
        reference=input.reference,
        store_code=input.store_code,
        occurred_at=input.occurred_at,
        refusal=refusal,
    )


def _place(context: Context, kind: Kind, id: strawberry.ID) -> Place | None:
    try:
        return context.keys.seal.open(kind, id)
    except NotAnId:
        return None
