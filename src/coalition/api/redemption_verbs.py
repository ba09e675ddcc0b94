"""Spending at the till: holds, what becomes of them, and refunds."""

from datetime import datetime

import strawberry

from coalition import redemption
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun
from coalition.api.context import Context, Info, Place
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.redemption import Hold, Redemption
from coalition.api.refs import MemberRef
from coalition.api.scalars import Points
from coalition.api.viewers import PARTNERS, seen_by, shown_to
from coalition.kit.errors import Refusal
from coalition.kit.ids import Kind, NotAnId
from coalition.members import MemberRef as Ref


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
        ref = input.member.to_spender(context)
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
