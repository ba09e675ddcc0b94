"""Leave a household, or send somebody away from it."""

from coalition.access import Scope, acting_member
from coalition.household.acts import Asked, replayed
from coalition.kit.claims import hash_of_request
from coalition.partners import Office


async def leave_household(office: Office, *, asked: Asked, stay_id: int | None = None) -> bool:
    """`stay_id`: of whom an owner sends away; None: the member itself leaves; 0: an id that names
    nobody. Everybody's points stay its own. Whether this key had been answered before.

    Raises `HouseholdNotFound`, `HouseholdMemberNotFound`, `NotAnOwner`, `HouseholdNeedsOwner`,
    `IdempotencyKeyReused`.
    """
    member_id = acting_member(asked.actor, Scope.MEMBER_MANAGE)
    rows = await office.database.call(
        "leave_household", member_id, asked.claim(member_id, "leaveHousehold"),
        hash_of_request(stay_id), stay_id, asked.now, *asked.actor.trace,
    )  # fmt: skip
    return replayed(rows, asked)
