"""What members do about their households."""

from enum import Enum

import strawberry

from coalition import household
from coalition.access import Scope
from coalition.api.arguments import Asked
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.household import Household, HouseholdRole
from coalition.api.viewers import MEMBERS, seen_by, shown_to
from coalition.kit.ids import Kind


@strawberry.input(description="A household to begin.")
class FoundHouseholdInput:
    idempotency_key: str = strawberry.field(description="As in `claimReward`.")


@strawberry.input(description="Somebody to invite.")
class InviteToHouseholdInput:
    idempotency_key: str = strawberry.field(description="As in `claimReward`.")
    card: str = strawberry.field(
        description="The number of a card. One that is nobody's is answered like any other."
    )
    role: HouseholdRole = strawberry.field(description="What it may do there.")


@strawberry.enum(description="What becomes of an invitation.")
class InvitationDecision(Enum):
    ACCEPTED = strawberry.enum_value(
        "ACCEPTED", description="By whom it is for, who has just shown its password or a passkey."
    )
    DECLINED = strawberry.enum_value("DECLINED", description="By whom it is for.")
    WITHDRAWN = strawberry.enum_value("WITHDRAWN", description="By an owner of the household.")


@strawberry.input(description="What becomes of an invitation.")
class DecideHouseholdInvitationInput:
    invitation_id: strawberry.ID = strawberry.field(description="Which.")
    to: InvitationDecision = strawberry.field(description="What becomes of it.")


@strawberry.input(description="Who leaves a household.")
class LeaveHouseholdInput:
    idempotency_key: str = strawberry.field(description="As in `claimReward`.")
    household_member_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whom an owner sends away; absent: the member itself leaves."
    )


@strawberry.input(description="What somebody may do in a household.")
class ChangeHouseholdRoleInput:
    idempotency_key: str = strawberry.field(description="As in `claimReward`.")
    household_member_id: strawberry.ID = strawberry.field(description="Who.")
    role: HouseholdRole = strawberry.field(
        description="What it may do from now on. Who lets somebody spend must just have shown its"
        " password or a passkey."
    )


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="The household as it stands now.")
class HouseholdPayload:
    household: Household | None = strawberry.field(
        description="Null when refused, and when the member is in none any more."
    )
    replayed: bool = strawberry.field(description="Whether this had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "HouseholdPayload":
        return cls(household=None, replayed=False, user_errors=errors)

    @classmethod
    async def now_of(cls, context: Context, *, replayed: bool) -> "HouseholdPayload":
        member_id = context.actor.member_id
        if member_id is None:
            raise RuntimeError("A household was changed by somebody who is no member.")
        found = await Household.of_member(context, member_id)
        return cls(household=found, replayed=replayed, user_errors=[])


@strawberry.type
class HouseholdMutations:
    @strawberry.mutation(
        description="Begin a household, as its owner.",
        extensions=[RefusalBecomesPayload(HouseholdPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def found_household(
        self, info: Info, input: Asked[FoundHouseholdInput]
    ) -> HouseholdPayload:
        context = info.context
        replayed = await household.found_household(
            context.office, asked=_asked(context, input.idempotency_key)
        )
        return await HouseholdPayload.now_of(context, replayed=replayed)

    @strawberry.mutation(
        description="Invite whoever has a card. Its owners do; who lets somebody spend everybody's"
        " points has just shown its password or a passkey.",
        extensions=[RefusalBecomesPayload(HouseholdPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def invite_to_household(
        self, info: Info, input: Asked[InviteToHouseholdInput]
    ) -> HouseholdPayload:
        context = info.context
        replayed = await household.invite_to_household(
            context.office,
            asked=_asked(context, input.idempotency_key),
            card=input.card,
            role=household.Role[input.role.name],
        )
        return await HouseholdPayload.now_of(context, replayed=replayed)

    @strawberry.mutation(
        description="Accept or decline an invitation, or take it back. Saying it again changes"
        " nothing.",
        extensions=[RefusalBecomesPayload(HouseholdPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def decide_household_invitation(
        self, info: Info, input: Asked[DecideHouseholdInvitationInput]
    ) -> HouseholdPayload:
        context = info.context
        replayed = await household.decide_invitation(
            context.office,
            actor=context.actor,
            invitation_id=context.keys.seal.number(Kind.HOUSEHOLD_INVITATION, input.invitation_id),
            to=household.Decision[input.to.name],
            now=context.now,
        )
        return await HouseholdPayload.now_of(context, replayed=replayed)

    @strawberry.mutation(
        description="Leave the household, or send somebody away from it. Everybody's points stay"
        " its own; who left waits before it may be in one again.",
        extensions=[RefusalBecomesPayload(HouseholdPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def leave_household(
        self, info: Info, input: Asked[LeaveHouseholdInput]
    ) -> HouseholdPayload:
        context = info.context
        gone = input.household_member_id
        replayed = await household.leave_household(
            context.office,
            asked=_asked(context, input.idempotency_key),
            stay_id=None if gone is None else context.keys.seal.number(Kind.HOUSEHOLD_MEMBER, gone),
        )
        return await HouseholdPayload.now_of(context, replayed=replayed)

    @strawberry.mutation(
        description="Say what one of the household may do. Its owners do.",
        extensions=[RefusalBecomesPayload(HouseholdPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def change_household_role(
        self, info: Info, input: Asked[ChangeHouseholdRoleInput]
    ) -> HouseholdPayload:
        context = info.context
        replayed = await household.change_role(
            context.office,
            asked=_asked(context, input.idempotency_key),
            stay_id=context.keys.seal.number(Kind.HOUSEHOLD_MEMBER, input.household_member_id),
            role=household.Role[input.role.name],
        )
        return await HouseholdPayload.now_of(context, replayed=replayed)


def _asked(context: Context, key: str) -> household.Asked:
    return household.Asked(context.actor, key, context.now)
