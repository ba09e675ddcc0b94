"""Accept an invitation, decline it, or take it back."""

from datetime import datetime
from enum import StrEnum

from coalition.access import Actor, Scope, acting_member
from coalition.household.acts import Asked, replayed
from coalition.kit.claims import hash_of_request
from coalition.partners import Office


class Decision(StrEnum):
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"  # by an owner of the household


async def decide_invitation(
    office: Office, *, actor: Actor, invitation_id: int, to: Decision, now: datetime
) -> bool:
    """`invitation_id` 0: an id that names none. Whether it was decided so already: then nothing
    changes, and saying it again does no harm.

    Raises `HouseholdInvitationNotFound`, `HouseholdInvitationOver`, `StepUpRequired`,
    `InAHousehold`, `HouseholdCoolDown`, `HouseholdFull`, `MemberClosed`, `MemberSuspended`.
    """
    member_id = acting_member(actor, Scope.MEMBER_MANAGE)
    asked = Asked(actor, f"{invitation_id}-{to.value}", now)
    programme = (await office.terms()).programme
    rows = await office.database.call(
        "decide_invitation", member_id, asked.claim(member_id, "decideInvitation"),
        hash_of_request(), invitation_id, to.value, actor.grant_id, programme.fresh_since(now), now,
        *actor.trace,
    )  # fmt: skip
    return replayed(rows, asked)
