"""Save for a reward: one at a time, shown with how far it is. It promises nothing and holds none of
its stock.
"""

from datetime import datetime

from coalition.access import Actor, Scope, acting_member
from coalition.catalogue.refusals import refusal_of
from coalition.partners import Office


async def wish_for_reward(
    office: Office, *, actor: Actor, reward_id: int | None, now: datetime
) -> None:
    """None: for nothing any more. Twice changes nothing.

    Raises `RewardNotFound`, `MemberClosed`.
    """
    member_id = acting_member(actor, Scope.MEMBER_REDEEM, Scope.MEMBER_MANAGE)
    (row,) = await office.database.call("wish_for_reward", member_id, reward_id, now)
    if row["outcome"] != "WISHED":
        raise refusal_of(row["outcome"])
