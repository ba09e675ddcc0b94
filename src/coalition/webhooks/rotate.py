"""A new secret for an endpoint, beside the one before it for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.claims import claim_of, reused
from coalition.kit.errors import Refusal
from coalition.partners import Office
from coalition.webhooks.change import not_found
from coalition.webhooks.errors import WebhookNotFound, WebhookOverlapNotAllowed
from coalition.webhooks.signing import new_secret, shown

LONGEST_OVERLAP = 168


@dataclass(frozen=True, slots=True)
class Rotated:
    """`secret` is None on a replay: it is shown once."""

    secret: str | None
    replayed: bool


async def rotate_webhook_secret(
    office: Office,
    *,
    actor: Actor,
    idempotency_key: str,
    endpoint_id: int,
    overlap_hours: int,
    now: datetime,
) -> Rotated:
    """Until the overlap is over both sign every message.

    Raises `WebhookNotFound`, `WebhookOverlapNotAllowed`, `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.WEBHOOKS_MANAGE)
    refusal: Refusal | None = None
    if not 0 <= overlap_hours <= LONGEST_OVERLAP:
        refusal = WebhookOverlapNotAllowed(
            f"overlapHours must be 0 to {LONGEST_OVERLAP}, not {overlap_hours}.",
            field=("overlapHours",),
        )
    secret = new_secret()
    (row,) = await office.database.call(
        "rotate_webhook_secret",
        partner_id,
        endpoint_id,
        claim_of(partner_id, "rotateWebhookSecret", idempotency_key),
        secret,
        refusal.code if refusal else None,
        now if refusal else now + timedelta(hours=overlap_hours),
        now,
    )
    outcome: str = row["outcome"]
    if outcome in {"ROTATED", "REPLAYED"}:
        replayed = outcome == "REPLAYED"
        return Rotated(None if replayed else shown(secret), replayed)
    if outcome == WebhookNotFound.code:
        raise not_found()
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise reused(idempotency_key)
