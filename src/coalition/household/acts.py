"""What all verbs of a household have in common: a key, who acts, and what the database answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from coalition.access import Actor
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
from coalition.kit.claims import claim_of, reused
from coalition.kit.errors import Refusal
from coalition.members import refusal_about
from coalition.partners.office import Rows
from coalition.redemption import SpendPaused


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, when, and under which key."""

    actor: Actor
    idempotency_key: str
    now: datetime

    def claim(self, member_id: int, operation: str) -> UUID:
        """Raises `IdempotencyKeyNotAllowed`."""
        return claim_of(f"member {member_id}", operation, self.idempotency_key)


_SAID: Mapping[str, tuple[type[Refusal], str, tuple[str, ...]]] = MappingProxyType(
    {
        refusal.code: (refusal, message, field)
        for refusal, message, field in (
            (HouseholdNotFound, "You are in no household.", ()),
            (HouseholdMemberNotFound, "Nobody of your household.", ("householdMemberId",)),
            (HouseholdInvitationNotFound, "No such invitation.", ("invitationId",)),
            (
                HouseholdInvitationOver,
                "The invitation was answered or taken back, or its time is over.",
                ("invitationId",),
            ),
            (NotAnOwner, "Ask an owner of your household to do this.", ()),
            (InAHousehold, "In one household at a time: leave the other one first.", ()),
            (
                SpendPaused,
                "Nothing is spent for a day: the e-mail address or password has changed.",
                (),
            ),
            (HouseholdCoolDown, "Who left a household waits before the next one.", ()),
            (HouseholdFull, "No more can be in the household, those invited counted.", ()),
            (
                HouseholdNeedsOwner,
                "Make somebody else an owner first: a household always has one.",
                (),
            ),
            (TooManyInvitations, "Enough invitations for today. Go on tomorrow.", ()),
        )
    }
)


def replayed(rows: Rows, asked: Asked) -> bool:
    """Whether this was answered before. Raises what refused it."""
    outcome: str = rows[0]["outcome"]
    if outcome in {"DONE", "REPLAYED"}:
        return outcome == "REPLAYED"
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        raise reused(asked.idempotency_key)
    if outcome in _SAID:
        refusal, message, field = _SAID[outcome]
        raise refusal(message, field=field)
    raise refusal_about(outcome, ()) or RuntimeError(f"The database answered {outcome}.")
