"""Accept a gift, decline it, or take it back."""

from datetime import datetime
from enum import StrEnum

from coalition.access import Actor, Scope, acting_member
from coalition.partners import Office
from coalition.transfer.refusals import refusal_of


class Decision(StrEnum):
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"  # by the giver


async def decide_transfer(
    office: Office, *, actor: Actor, transfer_id: int, to: Decision, now: datetime
) -> bool:
    """`transfer_id` 0: an id that names none. Whether it was decided so already: then nothing
    changes, and saying it again does no harm.

    Raises `TransferNotFound`, `TransferOver`, `TransferWaits`, `MemberClosed`, `MemberSuspended`.
    """
    member_id = acting_member(actor, Scope.MEMBER_REDEEM)
    await office.open_periods([now])
    (row,) = await office.database.call("decide_transfer", member_id, transfer_id, to.value, now)
    outcome: str = row["outcome"]
    if outcome not in {"DONE", "REPLAYED"}:
        raise refusal_of(outcome)
    return outcome == "REPLAYED"
