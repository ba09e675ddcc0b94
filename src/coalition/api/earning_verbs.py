"""Giving points for purchases, and taking them back with what comes back."""

from datetime import datetime
from enum import Enum

import strawberry

from coalition import earning
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun, OnlyRejected
from coalition.api.context import Context, Info, Place
from coalition.api.earning import Award
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.purchases import AwardPointsInput
from coalition.api.scalars import MoneyInput, Points
from coalition.api.viewers import PARTNERS, seen_by, shown_to
from coalition.kit.ids import Kind, NotAnId


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="What became of one award.")
class AwardPointsPayload:
    award: Award | None = strawberry.field(description="The award; null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "AwardPointsPayload":
        return cls(award=None, replayed=False, user_errors=errors)


@strawberry.enum(description="What a refused row does to the others of its batch.")
class BatchErrorPolicy(Enum):
    REJECT_EVERYTHING = strawberry.enum_value("REJECT_EVERYTHING", description="None is written.")
    REJECT_FAILED_ROWS = strawberry.enum_value(
        "REJECT_FAILED_ROWS", description="The others are written."
    )


@strawberry.input(description="Points for up to 1000 purchases.")
class AwardPointsBatchInput:
    rows: list[AwardPointsInput] = strawberry.field(description="1 to 1000 rows.")
    error_policy: BatchErrorPolicy = strawberry.field(
        default=BatchErrorPolicy.REJECT_FAILED_ROWS,
        description="What a refused row does to the others.",
    )


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="What became of one row of a batch.")
class AwardRowResult:
    index: int = strawberry.field(description="The row's place in `rows`, from 0.")
    award: Award | None = strawberry.field(description="The award; null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="What became of a batch.")
class AwardPointsBatchPayload:
    outcomes: strawberry.Private[list[earning.AwardOutcome]]
    accepted: int = strawberry.field(description="Rows awarded now.")
    replayed: int = strawberry.field(description="Rows that had been awarded before.")
    rejected: int = strawberry.field(description="Rows refused.")
    points: Points = strawberry.field(description="Points of the rows awarded now.")
    user_errors: list[UserError] = strawberry.field(
        description="What is wrong with the batch as a whole; rows have their own."
    )

    @strawberry.field(description="Row by row; with `onlyRejected` the refused ones alone.")
    async def results(
        self, info: Info, *, only_rejected: OnlyRejected = False
    ) -> list[AwardRowResult]:
        context = info.context
        replayed = [o.place for o in self.outcomes if o.replayed and o.place and not only_rejected]
        known = await context.loaders.awards.load_many(replayed) if replayed else []
        records = {(r.member_id, r.seq): r for r in known if r is not None}
        rows = []
        for index, outcome in enumerate(self.outcomes):
            if only_rejected and outcome.refusal is None:
                continue
            record = outcome.record or (records.get(outcome.place) if outcome.place else None)
            rows.append(
                AwardRowResult(
                    index=index,
                    award=Award.of(context, record) if record else None,
                    replayed=outcome.replayed,
                    user_errors=[UserError.of(outcome.refusal)] if outcome.refusal else [],
                )
            )
        return rows

    @classmethod
    def of(cls, outcomes: list[earning.AwardOutcome]) -> "AwardPointsBatchPayload":
        rejected = sum(outcome.refusal is not None for outcome in outcomes)
        replayed = sum(outcome.replayed for outcome in outcomes)
        return cls(
            outcomes=outcomes,
            accepted=len(outcomes) - rejected - replayed,
            replayed=replayed,
            rejected=rejected,
            points=Points(
                sum(o.record.points for o in outcomes if o.record is not None and not o.replayed)
            ),
            user_errors=[],
        )

    @classmethod
    def refused(cls, errors: list[UserError]) -> "AwardPointsBatchPayload":
        return cls(
            outcomes=[], accepted=0, replayed=0, rejected=0, points=Points(0), user_errors=errors
        )


@strawberry.input(description="A purchase, or part of it, that came back.")
class ReverseAwardInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    award_id: strawberry.ID | None = strawberry.field(
        default=None, description="The award; this or `purchaseReference`."
    )
    purchase_reference: str | None = strawberry.field(
        default=None, description="The partner's own number of the purchase."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None, description="What came back; absent: all that has not come back yet."
    )
    reason: str = strawberry.field(description="Why, for the record.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it came back, for tills that report later; absent: now."
    )


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="What a return took back.")
class ReverseAwardPayload:
    award: Award | None = strawberry.field(description="The award as it stands now.")
    clawed_back: Points = strawberry.field(description="Points taken from the member's balance.")
    shortfall: Points = strawberry.field(
        description="Points that were spent already: owed by the member, or borne by"
        " `shortfallPayer`."
    )
    shortfall_payer: str | None = strawberry.field(
        description="Who bears a shortfall beyond the member's debt: ISSUER or POOL."
    )
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ReverseAwardPayload":
        return cls(
            award=None,
            clawed_back=Points(0),
            shortfall=Points(0),
            shortfall_payer=None,
            replayed=False,
            user_errors=errors,
        )


@strawberry.type
class EarningMutations:
    @strawberry.mutation(
        description="Award points to a member for a purchase.",
        extensions=[RefusalBecomesPayload(AwardPointsPayload)],
        metadata=seen_by(Scope.POINTS_AWARD, kinds=PARTNERS),
    )
    async def award_points(
        self, info: Info, input: Asked[AwardPointsInput], *, dry_run: DryRun = False
    ) -> AwardPointsPayload:
        context = info.context
        (outcome,) = await earning.award_points(
            context.office,
            actor=context.actor,
            requests=[input.to_request(context)],
            now=context.now,
        )
        if outcome.refusal is not None:
            raise outcome.refusal
        if outcome.record is not None:
            award: Award | None = Award.of(context, outcome.record)
        else:
            award = await Award.at(context, outcome.place or (0, 0))
        return AwardPointsPayload(award=award, replayed=outcome.replayed, user_errors=[])

    @strawberry.mutation(
        description="Award points for up to 1000 purchases in one transaction.",
        extensions=[RefusalBecomesPayload(AwardPointsBatchPayload)],
        metadata=seen_by(Scope.POINTS_AWARD, kinds=PARTNERS),
    )
    async def award_points_batch(
        self, info: Info, input: Asked[AwardPointsBatchInput], *, dry_run: DryRun = False
    ) -> AwardPointsBatchPayload:
        context = info.context
        outcomes = await earning.award_points(
            context.office,
            actor=context.actor,
            requests=[row.to_request(context) for row in input.rows],
            now=context.now,
            all_or_nothing=input.error_policy is BatchErrorPolicy.REJECT_EVERYTHING,
        )
        return AwardPointsBatchPayload.of(outcomes)

    @strawberry.mutation(
        description="Take points back for a purchase, or part of it, that came back: what the rest"
        " of the purchase would not have earned.",
        extensions=[RefusalBecomesPayload(ReverseAwardPayload)],
        metadata=seen_by(Scope.POINTS_AWARD, kinds=PARTNERS),
    )
    async def reverse_award(
        self, info: Info, input: Asked[ReverseAwardInput], *, dry_run: DryRun = False
    ) -> ReverseAwardPayload:
        context = info.context
        reversal = await earning.reverse_award(
            context.office,
            actor=context.actor,
            request=earning.ReturnRequest(
                idempotency_key=input.idempotency_key,
                award=_place_of(context, input.award_id),
                purchase_reference=input.purchase_reference,
                amount=input.amount.amount if input.amount else None,
                currency=input.amount.currency if input.amount else None,
                reason=input.reason,
                occurred_at=input.occurred_at,
            ),
            now=context.now,
        )
        return ReverseAwardPayload(
            award=await Award.at(context, reversal.place),
            clawed_back=Points(reversal.clawed_back),
            shortfall=Points(reversal.shortfall),
            shortfall_payer=reversal.borne_by.upper() if reversal.borne_by else None,
            replayed=reversal.replayed,
            user_errors=[],
        )


def _place_of(context: Context, award_id: strawberry.ID | None) -> Place | None:
    """An id that names nothing is a place where nothing stands: answered like a foreign one."""
    if award_id is None:
        return None
    try:
        return context.keys.seal.open(Kind.AWARD, award_id)
    except NotAnId:
        return 0, 0
