"""Give all of a hold back."""

from datetime import datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.claims import claim_of, hash_of_request
from coalition.partners import Office
from coalition.redemption.hold import Spent
from coalition.redemption.queries import Place
from coalition.redemption.refusals import refusal_of


async def release_hold(
    office: Office, *, actor: Actor, idempotency_key: str, hold: Place | None, now: datetime
) -> Spent:
    """`hold` None: an id that names no hold.

    Raises `HoldNotFound`, `HoldAlreadyResolved`, `HoldExpired`, `PartnerSuspended`,
    `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_REDEEM)
    claim = claim_of(partner_id, "releaseHold", idempotency_key)
    await office.open_periods([now])
    (row,) = await office.database.call(
        "release_hold", partner_id, claim, hash_of_request(hold and list(hold)),
        *(hold or (0, 0)), now, now, *actor.trace,
    )  # fmt: skip
    outcome: str = row["outcome"]
    if outcome in {"RELEASED", "REPLAYED"}:
        return Spent((row["member_id"], row["seq"]), replayed=outcome == "REPLAYED")
    raise refusal_of(outcome, idempotency_key=idempotency_key)
