"""The root of subscriptions: one field for each thing that happens.

A resolver here answers one event, which is the root value of the operation: where the events come
from, and whether one is for this reader at all, is settled before (telling.py).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

import strawberry

from coalition import outbox
from coalition.api.allowances import OF_ALLOWANCES
from coalition.api.claims import OF_CLAIMS
from coalition.api.context import Context
from coalition.api.dispute_events import (
    OF_DISPUTES,
    DisputeAnswered,
    DisputeDecided,
    DisputeDueSoon,
    DisputeOpened,
    DisputeWithdrawn,
)
from coalition.api.events import (
    OF_AWARDS,
    OF_BALANCES,
    OF_DIFFERENCES,
    OF_MEMBERS,
    OF_PAYMENTS,
    OF_SPENDING,
    OF_STATEMENTS,
    AwardRecorded,
    AwardReversed,
    BalanceChanged,
    ClaimChanged,
    CreditRunsLow,
    DifferencesOverdue,
    HoldExpired,
    HoldReleased,
    MemberChanged,
    MemberEnrolled,
    PacksRunLow,
    PaymentFailed,
    PaymentInQuestion,
    PointsCarriedOver,
    PointsExpired,
    PointsHeld,
    RedemptionRecorded,
    RedemptionRefunded,
    RewardClaimed,
    SpendingBlocked,
    StatementIssued,
)
from coalition.api.missing import OF_MISSING
from coalition.api.missing_events import MissingChanged, MissingReported
from coalition.api.viewers import MEMBER_AND_OPERATOR, PARTNER_AND_OPERATOR, seen_by
from coalition.outbox import EventKind

Told = strawberry.Info[Context, outbox.Event]
ResumeAfter = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of the last event that was taken in: what happened behind it is"
        " told first, then what happens. Absent: only what happens from now on."
    ),
]
_OF_ITS_OWN = " A brand is told of its own, the operator of all."
_WHOSE = " A brand is told of its own, a member of its own at any brand, the operator of all."

# What each field tells of, by its name.
KINDS: Mapping[str, frozenset[EventKind]] = MappingProxyType(
    {
        "awardRecorded": frozenset({EventKind.AWARD_RECORDED}),
        "awardReversed": frozenset({EventKind.AWARD_REVERSED}),
        "pointsHeld": frozenset({EventKind.POINTS_HELD}),
        "holdReleased": frozenset({EventKind.HOLD_RELEASED}),
        "holdExpired": frozenset({EventKind.HOLD_EXPIRED}),
        "redemptionRecorded": frozenset({EventKind.REDEMPTION_RECORDED}),
        "redemptionRefunded": frozenset({EventKind.REDEMPTION_REFUNDED}),
        "pointsExpired": frozenset({EventKind.POINTS_EXPIRED}),
        "pointsCarriedOver": frozenset({EventKind.POINTS_CARRIED_OVER}),
        "memberEnrolled": frozenset({EventKind.MEMBER_ENROLLED}),
        "memberChanged": frozenset({EventKind.MEMBER_CHANGED}),
        "rewardClaimed": frozenset({EventKind.REWARD_CLAIMED}),
        "claimChanged": frozenset({EventKind.CLAIM_CHANGED}),
        "spendingBlocked": frozenset({EventKind.SPENDING_BLOCKED}),
        "statementIssued": frozenset({EventKind.STATEMENT_ISSUED}),
        "packsRunLow": frozenset({EventKind.PACKS_RUN_LOW}),
        "creditRunsLow": frozenset({EventKind.CREDIT_RUNS_LOW}),
        "differencesOverdue": frozenset({EventKind.DIFFERENCES_OVERDUE}),
        "paymentFailed": frozenset({EventKind.PAYMENT_FAILED}),
        "paymentInQuestion": frozenset({EventKind.PAYMENT_IN_QUESTION}),
        "disputeOpened": frozenset({EventKind.DISPUTE_OPENED}),
        "disputeAnswered": frozenset({EventKind.DISPUTE_ANSWERED}),
        "disputeDecided": frozenset({EventKind.DISPUTE_DECIDED}),
        "disputeWithdrawn": frozenset({EventKind.DISPUTE_WITHDRAWN}),
        "disputeDueSoon": frozenset({EventKind.DISPUTE_DUE_SOON}),
        "missingReported": frozenset({EventKind.MISSING_REPORTED}),
        "missingChanged": frozenset({EventKind.MISSING_CHANGED}),
        "balanceChanged": frozenset(
            {
                EventKind.AWARD_RECORDED,
                EventKind.AWARD_REVERSED,
                EventKind.POINTS_HELD,
                EventKind.HOLD_RELEASED,
                EventKind.HOLD_EXPIRED,
                EventKind.REDEMPTION_RECORDED,
                EventKind.REDEMPTION_REFUNDED,
                EventKind.POINTS_EXPIRED,
                EventKind.POINTS_CARRIED_OVER,
            }
        ),
    }
)


@strawberry.type
class Subscription:
    @strawberry.field(
        description="Points were given for a purchase." + _WHOSE, metadata=seen_by(*OF_AWARDS)
    )
    def award_recorded(self, info: Told, after: ResumeAfter = None) -> AwardRecorded:
        return AwardRecorded.of(info.context, info.root_value)

    @strawberry.field(
        description="A purchase, or a part of it, came back." + _WHOSE,
        metadata=seen_by(*OF_AWARDS),
    )
    def award_reversed(self, info: Told, after: ResumeAfter = None) -> AwardReversed:
        return AwardReversed.of(info.context, info.root_value)

    @strawberry.field(
        description="Points were set aside for a purchase." + _WHOSE,
        metadata=seen_by(*OF_SPENDING),
    )
    def points_held(self, info: Told, after: ResumeAfter = None) -> PointsHeld:
        return PointsHeld.of(info.context, info.root_value)

    @strawberry.field(
        description="A hold was given back unused." + _WHOSE, metadata=seen_by(*OF_SPENDING)
    )
    def hold_released(self, info: Told, after: ResumeAfter = None) -> HoldReleased:
        return HoldReleased.of(info.context, info.root_value)

    @strawberry.field(
        description="The end of a hold past its time was written down." + _WHOSE,
        metadata=seen_by(*OF_SPENDING),
    )
    def hold_expired(self, info: Told, after: ResumeAfter = None) -> HoldExpired:
        return HoldExpired.of(info.context, info.root_value)

    @strawberry.field(
        description="Points were spent, in one step or out of a hold." + _WHOSE,
        metadata=seen_by(*OF_SPENDING),
    )
    def redemption_recorded(self, info: Told, after: ResumeAfter = None) -> RedemptionRecorded:
        return RedemptionRecorded.of(info.context, info.root_value)

    @strawberry.field(
        description="Spent points were given back." + _WHOSE, metadata=seen_by(*OF_SPENDING)
    )
    def redemption_refunded(self, info: Told, after: ResumeAfter = None) -> RedemptionRefunded:
        return RedemptionRefunded.of(info.context, info.root_value)

    @strawberry.field(
        description="The end of points past their last day was written down. A brand is told of"
        " those that it gave, a member of its own, the operator of all.",
        metadata=seen_by(*OF_AWARDS),
    )
    def points_expired(self, info: Told, after: ResumeAfter = None) -> PointsExpired:
        return PointsExpired.of(info.context, info.root_value)

    @strawberry.field(
        description="Points of another system were carried over. A brand is told of those that it"
        " gave, a member of its own, the operator of all.",
        metadata=seen_by(*OF_AWARDS),
    )
    def points_carried_over(self, info: Told, after: ResumeAfter = None) -> PointsCarriedOver:
        return PointsCarriedOver.of(info.context, info.root_value)

    @strawberry.field(
        description="A member was enrolled, or linked by a card it had already. A brand is told"
        " of its own enrolments, a member of its own, the operator of all.",
        metadata=seen_by(*OF_MEMBERS),
    )
    def member_enrolled(self, info: Told, after: ResumeAfter = None) -> MemberEnrolled:
        return MemberEnrolled.of(info.context, info.root_value)

    @strawberry.field(
        description="A member's status or one of its cards was changed. A brand is told of what"
        " it changed itself, a member of its own, the operator of all.",
        metadata=seen_by(*OF_MEMBERS),
    )
    def member_changed(self, info: Told, after: ResumeAfter = None) -> MemberChanged:
        return MemberChanged.of(info.context, info.root_value)

    @strawberry.field(description="A reward was claimed." + _WHOSE, metadata=seen_by(*OF_CLAIMS))
    def reward_claimed(self, info: Told, after: ResumeAfter = None) -> RewardClaimed:
        return RewardClaimed.of(info.context, info.root_value)

    @strawberry.field(
        description="A claim went on: used, sent, paid, drawn or given back." + _WHOSE,
        metadata=seen_by(*OF_CLAIMS),
    )
    def claim_changed(self, info: Told, after: ResumeAfter = None) -> ClaimChanged:
        return ClaimChanged.of(info.context, info.root_value)

    @strawberry.field(
        description="Spending was refused since it looked like theft or went beyond a limit."
        + _WHOSE,
        metadata=seen_by(*OF_SPENDING),
    )
    def spending_blocked(self, info: Told, after: ResumeAfter = None) -> SpendingBlocked:
        return SpendingBlocked.of(info.context, info.root_value)

    @strawberry.field(
        description="A period was closed, and a brand's statement of it issued. A brand is told"
        " of its own, the operator of all.",
        metadata=seen_by(*OF_STATEMENTS, kinds=PARTNER_AND_OPERATOR),
    )
    def statement_issued(self, info: Told, after: ResumeAfter = None) -> StatementIssued:
        return StatementIssued.of(info.context, info.root_value)

    @strawberry.field(
        description="A brand's packs run low: once, when the line of its contract is crossed. A"
        " brand is told of its own, the operator of all.",
        metadata=seen_by(*OF_ALLOWANCES, kinds=PARTNER_AND_OPERATOR),
    )
    def packs_run_low(self, info: Told, after: ResumeAfter = None) -> PacksRunLow:
        return PacksRunLow.of(info.context, info.root_value)

    @strawberry.field(
        description="A brand's credit limit runs low: once, when the line of its contract is"
        " crossed. A brand is told of its own, the operator of all.",
        metadata=seen_by(*OF_ALLOWANCES, kinds=PARTNER_AND_OPERATOR),
    )
    def credit_runs_low(self, info: Told, after: ResumeAfter = None) -> CreditRunsLow:
        return CreditRunsLow.of(info.context, info.root_value)

    @strawberry.field(
        description="Differences of a brand were overdue and nobody's: once for each night in which"
        " some were. A brand is told of its own, the operator of all.",
        metadata=seen_by(*OF_DIFFERENCES, kinds=PARTNER_AND_OPERATOR),
    )
    def differences_overdue(self, info: Told, after: ResumeAfter = None) -> DifferencesOverdue:
        return DifferencesOverdue.of(info.context, info.root_value)

    @strawberry.field(
        description="The bank gave a payment back, or refused it. A brand is told of its own, the"
        " operator of all.",
        metadata=seen_by(*OF_PAYMENTS, kinds=PARTNER_AND_OPERATOR),
    )
    def payment_failed(self, info: Told, after: ResumeAfter = None) -> PaymentFailed:
        return PaymentFailed.of(info.context, info.root_value)

    @strawberry.field(
        description="Something came for a payment that somebody of the operator has to look at. A"
        " brand is told of its own, the operator of all.",
        metadata=seen_by(*OF_PAYMENTS, kinds=PARTNER_AND_OPERATOR),
    )
    def payment_in_question(self, info: Told, after: ResumeAfter = None) -> PaymentInQuestion:
        return PaymentInQuestion.of(info.context, info.root_value)

    @strawberry.field(
        description="A line of a statement was disputed." + _OF_ITS_OWN,
        metadata=seen_by(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR),
    )
    def dispute_opened(self, info: Told, after: ResumeAfter = None) -> DisputeOpened:
        return DisputeOpened.of(info.context, info.root_value)

    @strawberry.field(
        description="Either side spoke in a dispute." + _OF_ITS_OWN,
        metadata=seen_by(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR),
    )
    def dispute_answered(self, info: Told, after: ResumeAfter = None) -> DisputeAnswered:
        return DisputeAnswered.of(info.context, info.root_value)

    @strawberry.field(
        description="A dispute was decided, by the operator or by silence." + _OF_ITS_OWN,
        metadata=seen_by(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR),
    )
    def dispute_decided(self, info: Told, after: ResumeAfter = None) -> DisputeDecided:
        return DisputeDecided.of(info.context, info.root_value)

    @strawberry.field(
        description="A brand withdrew a dispute." + _OF_ITS_OWN,
        metadata=seen_by(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR),
    )
    def dispute_withdrawn(self, info: Told, after: ResumeAfter = None) -> DisputeWithdrawn:
        return DisputeWithdrawn.of(info.context, info.root_value)

    @strawberry.field(
        description="A deadline in a dispute is two days off, or less: once for each."
        + _OF_ITS_OWN,
        metadata=seen_by(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR),
    )
    def dispute_due_soon(self, info: Told, after: ResumeAfter = None) -> DisputeDueSoon:
        return DisputeDueSoon.of(info.context, info.root_value)

    @strawberry.field(
        description="A member reported a purchase that brought no points." + _WHOSE,
        metadata=seen_by(*OF_MISSING),
    )
    def missing_reported(self, info: Told, after: ResumeAfter = None) -> MissingReported:
        return MissingReported.of(info.context, info.root_value)

    @strawberry.field(
        description="A missing purchase went on: something was asked, said, sent or decided."
        + _WHOSE,
        metadata=seen_by(*OF_MISSING),
    )
    def missing_changed(self, info: Told, after: ResumeAfter = None) -> MissingChanged:
        return MissingChanged.of(info.context, info.root_value)

    @strawberry.field(
        description="A member's points moved, at whichever brand. A member is told of its own, the"
        " operator of all; a brand is not.",
        metadata=seen_by(*OF_BALANCES, kinds=MEMBER_AND_OPERATOR),
    )
    def balance_changed(self, info: Told, after: ResumeAfter = None) -> BalanceChanged:
        return BalanceChanged.of(info.context, info.root_value)
