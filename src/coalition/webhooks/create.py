"""A new endpoint: where to, of which events, in which words."""

from collections.abc import Sequence
from dataclasses import dataclass

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.errors import Refusal
from coalition.outbox import EventKind
from coalition.partners import Office, PartnerSuspended
from coalition.webhooks.addresses import Reach
from coalition.webhooks.errors import TooManyWebhooks, WebhookEventsNotAllowed
from coalition.webhooks.signing import new_secret, shown

MOST_ENDPOINTS = 20


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An event that an endpoint is told of, and the GraphQL document that says what of it."""

    kind: EventKind
    document: str


@dataclass(frozen=True, slots=True)
class Created:
    """`secret` is None on a replay: it is shown once."""

    endpoint_id: int
    secret: str | None
    replayed: bool


async def create_webhook(
    office: Office,
    reach: Reach,
    *,
    actor: Actor,
    idempotency_key: str,
    url: str,
    subscribed: Sequence[Subscribed],
    refusal: Refusal | None = None,
) -> Created:
    """`refusal`: what is wrong with the documents, as their reader has found.

    Raises `WebhookAddressNotAllowed`, `WebhookEventsNotAllowed`, `TooManyWebhooks`,
    `PartnerSuspended`, `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.WEBHOOKS_MANAGE)
    claim = claim_of(partner_id, "createWebhookEndpoint", idempotency_key)
    refusal = refusal or events_refusal(subscribed) or await address_refusal(reach, url)
    secret = new_secret()
    (row,) = await office.database.call(
        "create_webhook",
        partner_id,
        actor.client_id,
        sorted(actor.scopes),
        actor.login_id,
        claim,
        hash_of_request(url, *sorted((int(one.kind), one.document) for one in subscribed)),
        refusal.code if refusal else None,
        # What is refused may hold what no text of the database can.
        None if refusal else url,
        [] if refusal else [int(one.kind) for one in subscribed],
        [] if refusal else [one.document for one in subscribed],
        secret,
        MOST_ENDPOINTS,
    )
    outcome: str = row["outcome"]
    if outcome in {"CREATED", "REPLAYED"}:
        replayed = outcome == "REPLAYED"
        return Created(row["endpoint_id"], None if replayed else shown(secret), replayed)
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        raise reused(idempotency_key)
    if refusal is not None and outcome == refusal.code:
        raise refusal
    if outcome == PartnerSuspended.code:
        raise PartnerSuspended(
            "The partner is suspended or has left: it makes no webhook endpoints."
        )
    if outcome == TooManyWebhooks.code:
        raise TooManyWebhooks(
            f"The partner has {MOST_ENDPOINTS} endpoints, the most it may have. Delete one first."
        )
    raise RuntimeError(f"create_webhook answered {outcome}")


def events_refusal(subscribed: Sequence[Subscribed]) -> Refusal | None:
    kinds = [one.kind for one in subscribed]
    if not kinds:
        return WebhookEventsNotAllowed("Name at least one event.", field=("events",))
    twice = sorted({kind.name for kind in kinds if kinds.count(kind) > 1})
    if twice:
        return WebhookEventsNotAllowed(
            f"{', '.join(twice)} is named more than once.", field=("events",)
        )
    return None


async def address_refusal(reach: Reach, url: str) -> Refusal | None:
    try:
        await reach.target(url)
    except Refusal as refusal:
        return refusal
    return None
