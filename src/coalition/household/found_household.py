"""Begin a household."""

from coalition.access import Scope, acting_member
from coalition.household.acts import Asked, replayed
from coalition.kit.claims import hash_of_request
from coalition.partners import Office


async def found_household(office: Office, *, asked: Asked) -> bool:
    """With the member as its owner. Whether this key had been answered before.

    Raises `InAHousehold`, `HouseholdCoolDown`, `MemberClosed`, `MemberSuspended`,
    `IdempotencyKeyReused`.
    """
    member_id = acting_member(asked.actor, Scope.MEMBER_MANAGE)
    rows = await office.database.call(
        "found_household", member_id, asked.claim(member_id, "foundHousehold"), hash_of_request(),
        asked.now, *asked.actor.trace,
    )  # fmt: skip
    return replayed(rows, asked)
