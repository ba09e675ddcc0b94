"""A household as one of it may see it."""

from datetime import datetime
from enum import Enum

import strawberry

from coalition import household
from coalition.access import Scope
from coalition.api.context import Context, Info
from coalition.api.history import EntryKind
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import MEMBER_AND_OPERATOR, shown_to
from coalition.kit.ids import Kind

OF_HOUSEHOLDS = (Scope.MEMBER_READ, Scope.MEMBER_MANAGE, Scope.OPERATOR_READ)
_LAST = 10


@strawberry.enum(description="What somebody may do in a household.")
class HouseholdRole(Enum):
    OWNER = strawberry.enum_value(
        "OWNER",
        description="Invites, sends away, says what others may do, and spends everybody's points.",
    )
    SPENDER = strawberry.enum_value("SPENDER", description="Spends everybody's points.")
    COLLECTOR = strawberry.enum_value(
        "COLLECTOR", description="Spends its own points; others spend them too."
    )
    CHILD = strawberry.enum_value(
        "CHILD", description="Like a collector, and sees no figures but its own."
    )


@shown_to(*OF_HOUSEHOLDS, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="Somebody in a household.")
class HouseholdMember:
    id: strawberry.ID = strawberry.field(description="Its place in the household.")
    is_you: bool = strawberry.field(description="Whether it is the member who asks.")
    name: str | None = strawberry.field(description="Its first name; null: it never said one.")
    card_end: str | None = strawberry.field(
        description="The last four digits of its card; null: it has none."
    )
    role: HouseholdRole = strawberry.field(description="What it may do.")
    joined_at: datetime = strawberry.field(description="Since when it is there.")
    spendable: Points | None = strawberry.field(
        description="What it has in the pool now; nothing while its spending is locked. Null: not"
        " for a child to see."
    )
    earned: Points | None = strawberry.field(
        description="What it has earned since it came. Null: not for a child to see."
    )
    spent: Points | None = strawberry.field(
        description="What it has spent since it came, whoever had earned it. Null: not for a child"
        " to see."
    )


@shown_to(*OF_HOUSEHOLDS, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="Points that somebody of a household earned or spent.")
class HouseholdMovement:
    is_you: bool = strawberry.field(description="Whether it was the member who asks.")
    name: str | None = strawberry.field(description="Who, by its first name.")
    kind: EntryKind = strawberry.field(description="What it did; where and on what is not told.")
    points: Points = strawberry.field(description="How many; below zero: spent, or taken back.")
    occurred_at: datetime = strawberry.field(description="When it happened.")


@shown_to(*OF_HOUSEHOLDS, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="An open invitation into a household.")
class HouseholdInvitation:
    id: strawberry.ID = strawberry.field(description="It names this invitation.")
    is_for_you: bool = strawberry.field(
        description="Whether the member who asks is invited; else its household has sent it."
    )
    card_end: str = strawberry.field(
        description="The last four digits of the card that was named, whether it is somebody's or"
        " not."
    )
    role: HouseholdRole = strawberry.field(description="What the one invited may do there.")
    inviter: str | None = strawberry.field(description="The first name of who invites.")
    members: int = strawberry.field(description="How many are there already.")
    invited_at: datetime = strawberry.field(description="Since when it is open.")
    expires_at: datetime = strawberry.field(description="Until when it is.")

    @classmethod
    def of(cls, context: Context, found: household.Invitation) -> "HouseholdInvitation":
        return cls(
            id=context.seal(Kind.HOUSEHOLD_INVITATION, found.id),
            is_for_you=found.is_own,
            card_end=found.shown,
            role=HouseholdRole(found.role.value),
            inviter=found.inviter,
            members=found.members,
            invited_at=found.invited_at,
            expires_at=found.expires_at,
        )


@shown_to(*OF_HOUSEHOLDS, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="Members who spend their points together, each keeping its own.")
class Household:
    number: strawberry.Private[int]
    founded_at: datetime = strawberry.field(description="Since when there is the household.")
    role: HouseholdRole = strawberry.field(description="What the member who asks may do.")
    spendable: Points = strawberry.field(
        description="What that member may spend of the pool now, its own points among it: those"
        " that end first are spent first, whoever has them."
    )
    members: list[HouseholdMember] = strawberry.field(
        description="Who is there, in the order in which they came."
    )

    @strawberry.field(description="`spendable` at the programme's point value.")
    def value(self, info: Info) -> MoneyType:
        return MoneyType.of(info.context.terms.programme.worth(self.spendable))

    @strawberry.field(
        description="The last ten times that somebody earned or spent points, the newest first."
    )
    async def latest(self, info: Info) -> list[HouseholdMovement]:
        found = await household.movements_of(info.context.database, self.number, limit=_LAST)
        return [
            HouseholdMovement(
                is_you=one.is_self,
                name=one.name,
                kind=EntryKind(one.kind.value),
                points=Points(one.points),
                occurred_at=one.occurred_at,
            )
            for one in found
        ]

    @classmethod
    async def of_member(cls, context: Context, member_id: int) -> "Household | None":
        """The household that a member is in."""
        today = context.terms.programme.today(context.now)
        found = await household.household_of(
            context.database, member_id, now=context.now, today=today
        )
        if found is None:
            return None
        return cls(
            number=member_id,
            founded_at=found.founded_at,
            role=HouseholdRole(found.own.role.value),
            spendable=Points(found.pooled),
            members=[_member(context, stay) for stay in found.stays],
        )


async def open_invitations(context: Context, member_id: int) -> list[HouseholdInvitation]:
    found = await household.invitations_of(context.database, member_id, now=context.now)
    return [HouseholdInvitation.of(context, one) for one in found]


def _member(context: Context, stay: household.Stay) -> HouseholdMember:
    return HouseholdMember(
        id=context.seal(Kind.HOUSEHOLD_MEMBER, stay.id),
        is_you=stay.is_self,
        name=stay.name,
        card_end=stay.card_end,
        role=HouseholdRole(stay.role.value),
        joined_at=stay.joined_at,
        spendable=_points(stay.spendable),
        earned=_points(stay.earned),
        spent=_points(stay.spent),
    )


def _points(figure: int | None) -> Points | None:
    return None if figure is None else Points(figure)
