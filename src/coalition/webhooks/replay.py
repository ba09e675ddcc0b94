"""Sending again: a test, one delivery, or all since a place in the feed or a moment."""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.claims import claim_of, reused
from coalition.outbox import BEGINNING, FeedPlace
from coalition.partners import Office
from coalition.webhooks.change import not_found
from coalition.webhooks.errors import (
    WebhookDeliveryNotFound,
    WebhookDisabled,
    WebhookNotFound,
    WebhookReplayNotAllowed,
)

MOST_AT_ONCE = 1000
_MOST_LOOKED_AT = 50_000


@dataclass(frozen=True, slots=True)
class Replay:
    """Which events: behind `after` or since `since`, before `until`; of the dead ones only."""

    after: FeedPlace | None = None
    since: datetime | None = None
    until: datetime | None = None
    only_dead: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many were queued; `go_on_behind` is None when that was all."""

    queued: int
    go_on_behind: FeedPlace | None


async def replay_webhook(
    office: Office, *, actor: Actor, endpoint_id: int, asked: Replay, now: datetime
) -> Replayed:
    """Queue what happened once more, a thousand events at most.

    Raises `WebhookNotFound`, `WebhookDisabled`, `WebhookReplayNotAllowed`.
    """
    partner_id = acting_partner(actor, Scope.WEBHOOKS_MANAGE)
    if (asked.after is None) == (asked.since is None):
        raise WebhookReplayNotAllowed("Say where to begin by exactly one of after and from.")
    if asked.since is not None and asked.until is not None and asked.until <= asked.since:
        raise WebhookReplayNotAllowed("until must be later than from.", field=("until",))
    place = asked.after or BEGINNING
    (row,) = await office.database.call(
        "replay_webhook", partner_id, endpoint_id, place.transaction_id, place.id, asked.since,
        asked.until, asked.only_dead, MOST_AT_ONCE, _MOST_LOOKED_AT, now,
    )  # fmt: skip
    _refuse(row["outcome"])
    last = FeedPlace(row["transaction_id"], row["event_id"]) if row["more"] else None
    return Replayed(row["queued"], last)


async def resend_webhook(office: Office, *, actor: Actor, delivery_id: int, now: datetime) -> None:
    """One delivery again, now. Raises `WebhookDeliveryNotFound`, `WebhookDisabled`."""
    partner_id = acting_partner(actor, Scope.WEBHOOKS_MANAGE)
    (row,) = await office.database.call("resend_webhook", partner_id, delivery_id, now)
    _refuse(row["outcome"])


async def send_test_webhook(
    office: Office, *, actor: Actor, idempotency_key: str, endpoint_id: int, now: datetime
) -> tuple[int, bool]:
    """The delivery of a message that tells of nothing, and whether it was asked for before.

    Raises `WebhookNotFound`, `WebhookDisabled`, `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.WEBHOOKS_MANAGE)
    claim = claim_of(partner_id, "sendTestEvent", idempotency_key)
    (row,) = await office.database.call("send_test_webhook", partner_id, endpoint_id, claim, now)
    if row["outcome"] == "IDEMPOTENCY_KEY_REUSED":
        raise reused(idempotency_key)
    _refuse(row["outcome"])
    delivery_id: int = row["delivery_id"]
    return delivery_id, row["outcome"] == "REPLAYED"


def delivery_not_found() -> WebhookDeliveryNotFound:
    return WebhookDeliveryNotFound("No such delivery.", field=("deliveryId",))


def _refuse(outcome: str) -> None:
    if outcome == WebhookNotFound.code:
        raise not_found()
    if outcome == WebhookDeliveryNotFound.code:
        raise delivery_not_found()
    if outcome == WebhookDisabled.code:
        raise WebhookDisabled("The endpoint is switched off or has ended. Switch it on first.")
