"""Take a reward out of the catalogue; what was claimed stays."""

from datetime import datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.catalogue.refusals import refusal_of
from coalition.partners import Office


async def withdraw_reward(office: Office, *, actor: Actor, reward_id: int, now: datetime) -> bool:
    """Whether it had been withdrawn before: then nothing changes.

    Raises `RewardNotFound`, `PartnerSuspended`.
    """
    partner_id = acting_partner(actor, Scope.CATALOGUE_WRITE)
    (row,) = await office.database.call("withdraw_reward", partner_id, reward_id, now)
    if row["outcome"] not in {"WITHDRAWN", "WITHDRAWN_BEFORE"}:
        raise refusal_of(row["outcome"])
    return bool(row["outcome"] == "WITHDRAWN_BEFORE")
