"""Laws of households."""

from coalition.kit.errors import Refusal


class HouseholdNotFound(Refusal):
    """The member is in no household."""

    code = "HOUSEHOLD_NOT_FOUND"


class HouseholdMemberNotFound(Refusal):
    """Nobody of this household: nobody at all, or of another one; the answer is the same."""

    code = "HOUSEHOLD_MEMBER_NOT_FOUND"


class HouseholdInvitationNotFound(Refusal):
    """No such invitation, or one that is not for this member: the answer is the same."""

    code = "HOUSEHOLD_INVITATION_NOT_FOUND"


class HouseholdInvitationOver(Refusal):
    """The invitation was answered or taken back, or its time is over."""

    code = "HOUSEHOLD_INVITATION_OVER"


class NotAnOwner(Refusal):
    """Only an owner of the household may do this."""

    code = "NOT_AN_OWNER"


class InAHousehold(Refusal):
    """In one household at a time."""

    code = "IN_A_HOUSEHOLD"


class HouseholdCoolDown(Refusal):
    """Whoever left a household waits before the next one."""

    code = "HOUSEHOLD_COOL_DOWN"


class HouseholdFull(Refusal):
    """As many are in the household, or invited, as may be."""

    code = "HOUSEHOLD_FULL"


class HouseholdNeedsOwner(Refusal):
    """The last owner stays one as long as others are there."""

    code = "HOUSEHOLD_NEEDS_OWNER"


class TooManyInvitations(Refusal):
    """So many invitations in a day look like somebody trying card numbers."""

    code = "TOO_MANY_INVITATIONS"
