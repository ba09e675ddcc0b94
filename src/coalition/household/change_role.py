"""Say what one of a household may do."""

from coalition.access import Scope, acting_member
from coalition.household.acts import Asked, replayed
from coalition.household.roles import Role
from coalition.kit.claims import hash_of_request
from coalition.partners import Office


async def change_role(office: Office, *, asked: Asked, stay_id: int, role: Role) -> bool:
    """`stay_id` 0: an id that names nobody. Whether this key had been answered before.

    Raises `HouseholdNotFound`, `HouseholdMemberNotFound`, `NotAnOwner`, `HouseholdNeedsOwner`,
    `StepUpRequired` (to let somebody spend), `IdempotencyKeyReused`.
    """
    member_id = acting_member(asked.actor, Scope.MEMBER_MANAGE)
    programme = (await office.terms()).programme
    rows = await office.database.call(
        "change_household_role", member_id, asked.claim(member_id, "changeHouseholdRole"),
        hash_of_request(stay_id, role.value), stay_id, role.value, asked.actor.grant_id,
        programme.fresh_since(asked.now), asked.now, *asked.actor.trace,
    )  # fmt: skip
    return replayed(rows, asked)
