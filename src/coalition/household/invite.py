"""Invite whoever has a card into one's household."""

from coalition.access import Scope, acting_member
from coalition.household.acts import Asked, replayed
from coalition.household.roles import Role
from coalition.kit.claims import hash_of_request
from coalition.members import IdentifierKind, identifier
from coalition.partners import Office

_SHOWN = 4


async def invite_to_household(office: Office, *, asked: Asked, card: str, role: Role) -> bool:
    """An invitation, whether the card is somebody's or not. Whether this key had been answered
    before.

    Raises `HouseholdNotFound`, `NotAnOwner`, `StepUpRequired` and `SpendPaused` (to let somebody
    spend), `HouseholdFull`, `InAHousehold` (it is one of this household), `TooManyInvitations`,
    `TextNotAllowed`, `IdempotencyKeyReused`.
    """
    member_id = acting_member(asked.actor, Scope.MEMBER_MANAGE)
    programme = (await office.terms()).programme
    number = identifier(IdentifierKind.CARD, card, ("card",)).value
    rows = await office.database.call(
        "invite_to_household", member_id, asked.claim(member_id, "inviteToHousehold"),
        hash_of_request(number, role.value), number, number[-_SHOWN:], role.value,
        asked.actor.grant_id, programme.fresh_since(asked.now), asked.now, *asked.actor.trace,
    )  # fmt: skip
    return replayed(rows, asked)
