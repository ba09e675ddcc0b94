"""Another address, other events, switched on or off; and an endpoint's end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.errors import Refusal
from coalition.partners import Office, PartnerSuspended
from coalition.webhooks.addresses import Reach
from coalition.webhooks.create import Subscribed, address_refusal, events_refusal
from coalition.webhooks.errors import WebhookNotFound


@dataclass(frozen=True, slots=True)
class Change:
    """What is None stays."""

    url: str | None = None
    subscribed: Sequence[Subscribed] | None = None
    enabled: bool | None = None


async def change_webhook(
    office: Office,
    reach: Reach,
    *,
    actor: Actor,
    endpoint_id: int,
    change: Change,
    now: datetime,
    refusal: Refusal | None = None,
) -> None:
    """From then on the endpoint sees what the changing client may see, so `refusal` judges the
    documents that stay too.

    Raises `WebhookNotFound`, `WebhookAddressNotAllowed`, `WebhookEventsNotAllowed`,
    `PartnerSuspended`.
    """
    partner_id = acting_partner(actor, Scope.WEBHOOKS_MANAGE)
    subscribed = change.subscribed
    if subscribed is not None:
        refusal = refusal or events_refusal(subscribed)
    if change.url is not None:
        refusal = refusal or await address_refusal(reach, change.url)
    (row,) = await office.database.call(
        "change_webhook",
        partner_id,
        endpoint_id,
        actor.client_id,
        sorted(actor.scopes),
        actor.login_id,
        refusal.code if refusal else None,
        # What is refused may hold what no text of the database can.
        None if refusal else change.url,
        None if subscribed is None or refusal else [int(one.kind) for one in subscribed],
        None if subscribed is None or refusal else [one.document for one in subscribed],
        change.enabled,
        now,
    )
    outcome: str = row["outcome"]
    if outcome == WebhookNotFound.code:
        raise not_found()
    if refusal is not None and outcome == refusal.code:
        raise refusal
    if outcome == PartnerSuspended.code:
        raise PartnerSuspended(
            "The partner is suspended or has left: it changes no webhook endpoints."
        )


async def delete_webhook(office: Office, *, actor: Actor, endpoint_id: int) -> None:
    """Nothing more is sent; what was, stays to be looked at. Raises `WebhookNotFound`."""
    partner_id = acting_partner(actor, Scope.WEBHOOKS_MANAGE)
    (row,) = await office.database.call("delete_webhook", partner_id, endpoint_id)
    if row["outcome"] == WebhookNotFound.code:
        raise not_found()


def not_found() -> WebhookNotFound:
    return WebhookNotFound("No such webhook endpoint.", field=("webhookEndpointId",))
