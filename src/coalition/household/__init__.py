"""Households: members who spend their points together, each keeping its own."""

from coalition.household.acts import Asked
from coalition.household.change_role import change_role
from coalition.household.decide_invitation import Decision, decide_invitation
from coalition.household.errors import (
    HouseholdCoolDown,
    HouseholdFull,
    HouseholdInvitationNotFound,
    HouseholdInvitationOver,
    HouseholdMemberNotFound,
    HouseholdNeedsOwner,
    HouseholdNotFound,
    InAHousehold,
    NotAnOwner,
    TooManyInvitations,
)
from coalition.household.found_household import found_household
from coalition.household.invite import invite_to_household
from coalition.household.leave import leave_household
from coalition.household.queries import (
    Household,
    Invitation,
    Movement,
    Stay,
    free_from,
    household_of,
    invitations_of,
    movements_of,
    spendable_of,
)
from coalition.household.roles import Role

__all__ = [
    "Asked",
    "Decision",
    "Household",
    "HouseholdCoolDown",
    "HouseholdFull",
    "HouseholdInvitationNotFound",
    "HouseholdInvitationOver",
    "HouseholdMemberNotFound",
    "HouseholdNeedsOwner",
    "HouseholdNotFound",
    "InAHousehold",
    "Invitation",
    "Movement",
    "NotAnOwner",
    "Role",
    "Stay",
    "TooManyInvitations",
    "change_role",
    "decide_invitation",
    "found_household",
    "free_from",
    "household_of",
    "invitations_of",
    "invite_to_household",
    "leave_household",
    "movements_of",
    "spendable_of",
]
