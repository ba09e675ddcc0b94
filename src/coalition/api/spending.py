"""How members keep hold of their points: tokens for the till, the lock, and what confirms them."""

from datetime import datetime

import strawberry

from coalition import members, redemption
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun
from coalition.api.context import Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.member_verbs import ChangeMemberPayload
from coalition.api.members import Member
from coalition.api.redemption import Hold
from coalition.api.scalars import MoneyInput, Points
from coalition.api.viewers import MEMBERS, OPERATORS, PARTNERS, seen_by, shown_to
from coalition.kit.amounts import Money, NotMoney
from coalition.kit.ids import Kind, NotAnId
from coalition.members import Enrolled

# Whoever may see or use points may stop it all; who may link cards has nothing to do with it.
_LOCKS = (Scope.MEMBER_READ, Scope.MEMBER_REDEEM, Scope.MEMBER_MANAGE)


@strawberry.input(description="A token that is asked for.")
class IssueTillTokenInput:
    partner: str | None = strawberry.field(
        default=None, description="Good at the brand of this code alone; absent: at any."
    )


@shown_to(Scope.MEMBER_REDEEM, kinds=MEMBERS)
@strawberry.type(description="A token to be shown at a till, as a QR code for example.")
class IssueTillTokenPayload:
    token: str | None = strawberry.field(
        description="Shown once, good once; whoever reads it can hold points. Null when refused."
    )
    expires_at: datetime | None = strawberry.field(description="A minute from now.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "IssueTillTokenPayload":
        return cls(token=None, expires_at=None, user_errors=errors)


@strawberry.input(description="Points to set aside of whoever showed a token.")
class HoldWithTillTokenInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    token: str = strawberry.field(description="As it was scanned.")
    points: Points | None = strawberry.field(
        default=None, description="How many; or `amount` instead."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="So many points as are worth this at the programme's point value, in its"
        " currency, rounded up.",
    )
    reference: str = strawberry.field(description="The partner's own number of the purchase.")
    store_code: str | None = strawberry.field(default=None, description="Which store.")
    expires_in_seconds: int | None = strawberry.field(
        default=None, description="1 to 604800; absent: the programme's own time."
    )


@shown_to(Scope.POINTS_REDEEM, kinds=PARTNERS)
@strawberry.type(description="What became of a hold.")
class HoldWithTillTokenPayload:
    hold: Hold | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "HoldWithTillTokenPayload":
        return cls(hold=None, replayed=False, user_errors=errors)


@strawberry.input(description="What a member does about its own spending.")
class ChangeSpendingInput:
    idempotency_key: str = strawberry.field(description="As in `claimReward`.")


@shown_to(*_LOCKS, kinds=MEMBERS)
@strawberry.type(description="The member as it stands now.")
class ChangeSpendingPayload:
    member: Member | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ChangeSpendingPayload":
        return cls(member=None, replayed=False, user_errors=errors)

    @classmethod
    def of(cls, info: Info, changed: Enrolled) -> "ChangeSpendingPayload":
        return cls(
            member=Member.numbered(info.context, changed.member_id),
            replayed=changed.replayed,
            user_errors=[],
        )


@strawberry.input(description="A member's tier.")
class SetMemberTierInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    tier: str | None = strawberry.field(
        default=None, description="One of the programme's, by its code; absent: none."
    )
    reason: str = strawberry.field(description="Why, for the record.")


@strawberry.type
class SpendingMutations:
    @strawberry.mutation(
        description="A token for the till: good for a minute, and once. The one before it ends.",
        extensions=[RefusalBecomesPayload(IssueTillTokenPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def issue_till_token(
        self, info: Info, input: Asked[IssueTillTokenInput]
    ) -> IssueTillTokenPayload:
        context = info.context
        issued = await redemption.issue_till_token(
            context.office, actor=context.actor, partner=input.partner, now=context.now
        )
        return IssueTillTokenPayload(
            token=issued.token, expires_at=issued.expires_at, user_errors=[]
        )

    @strawberry.mutation(
        description="Set points aside of whoever showed a token. It is used up by that, or by the"
        " third time that it is refused.",
        extensions=[RefusalBecomesPayload(HoldWithTillTokenPayload)],
        metadata=seen_by(Scope.POINTS_REDEEM, kinds=PARTNERS),
    )
    async def hold_with_till_token(
        self, info: Info, input: Asked[HoldWithTillTokenInput], *, dry_run: DryRun = False
    ) -> HoldWithTillTokenPayload:
        context = info.context
        held = await redemption.hold_with_till_token(
            context.office,
            actor=context.actor,
            request=redemption.TillRequest(
                idempotency_key=input.idempotency_key,
                token=input.token,
                points=input.points,
                amount=_money(input.amount),
                reference=input.reference,
                store_code=input.store_code,
                expires_in_seconds=input.expires_in_seconds,
            ),
            now=context.now,
        )
        hold = await Hold.at(context, held.place)
        return HoldWithTillTokenPayload(hold=hold, replayed=held.replayed, user_errors=[])

    @strawberry.mutation(
        description="Spend nothing any more, at any brand, until that is taken back; earning goes"
        " on.",
        extensions=[RefusalBecomesPayload(ChangeSpendingPayload)],
        metadata=seen_by(*_LOCKS, kinds=MEMBERS),
    )
    async def lock_spending(
        self, info: Info, input: Asked[ChangeSpendingInput]
    ) -> ChangeSpendingPayload:
        context = info.context
        changed = await members.lock_spending(
            context.office, actor=context.actor, idempotency_key=input.idempotency_key,
            now=context.now,
        )  # fmt: skip
        return ChangeSpendingPayload.of(info, changed)

    @strawberry.mutation(
        description="Spend again. The member must just have shown its password or a passkey.",
        extensions=[RefusalBecomesPayload(ChangeSpendingPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def unlock_spending(
        self, info: Info, input: Asked[ChangeSpendingInput]
    ) -> ChangeSpendingPayload:
        context = info.context
        changed = await members.unlock_spending(
            context.office, actor=context.actor, idempotency_key=input.idempotency_key,
            now=context.now,
        )  # fmt: skip
        return ChangeSpendingPayload.of(info, changed)

    @strawberry.mutation(
        description="Let what was answered STEP_UP_REQUIRED pass for some minutes, at any brand."
        " The member must just have shown its password or a passkey.",
        extensions=[RefusalBecomesPayload(ChangeSpendingPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def confirm_spending(
        self, info: Info, input: Asked[ChangeSpendingInput]
    ) -> ChangeSpendingPayload:
        context = info.context
        changed = await members.confirm_spending(
            context.office, actor=context.actor, idempotency_key=input.idempotency_key,
            now=context.now,
        )  # fmt: skip
        return ChangeSpendingPayload.of(info, changed)

    @strawberry.mutation(
        description="Give a member a tier, or take it away. The operator only.",
        extensions=[RefusalBecomesPayload(ChangeMemberPayload)],
        metadata=seen_by(Scope.MEMBERS_SUPPORT, kinds=OPERATORS),
    )
    async def set_member_tier(
        self, info: Info, input: Asked[SetMemberTierInput]
    ) -> ChangeMemberPayload:
        context = info.context
        try:
            number, _ = context.keys.seal.open(Kind.MEMBER, input.member_id)
        except NotAnId:
            raise members.MemberNotFound("No such member.", field=("memberId",)) from None
        changed = await members.set_tier(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            member_id=number,
            tier=input.tier,
            reason=input.reason,
        )
        return ChangeMemberPayload.of(context, changed)


def _money(given: MoneyInput | None) -> Money | None:
    try:
        return None if given is None else Money.of(given.amount, given.currency)
    except NotMoney as error:
        raise redemption.PriceNotKnown(str(error), field=("amount",)) from None
