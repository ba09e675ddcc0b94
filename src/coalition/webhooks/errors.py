"""Laws of webhooks."""

from coalition.kit.errors import Refusal


class WebhookAddressNotAllowed(Refusal):
    """The URL is not one that this server may call: public, by https, and found in the DNS."""

    code = "WEBHOOK_ADDRESS_NOT_ALLOWED"


class WebhookNotFound(Refusal):
    """No such webhook endpoint of this partner."""

    code = "WEBHOOK_NOT_FOUND"


class WebhookDeliveryNotFound(Refusal):
    """No such delivery of this partner's webhook endpoints."""

    code = "WEBHOOK_DELIVERY_NOT_FOUND"


class WebhookDisabled(Refusal):
    """The endpoint is switched off or has ended: nothing is sent to it."""

    code = "WEBHOOK_DISABLED"


class TooManyWebhooks(Refusal):
    """The partner has as many endpoints as it may have."""

    code = "TOO_MANY_WEBHOOKS"


class WebhookEventsNotAllowed(Refusal):
    """No event is named, one is named twice, or its document asks for what it may not have."""

    code = "WEBHOOK_EVENTS_NOT_ALLOWED"


class WebhookReplayNotAllowed(Refusal):
    """A replay begins behind a cursor or at a moment, by exactly one of them, and ends later."""

    code = "WEBHOOK_REPLAY_NOT_ALLOWED"


class WebhookOverlapNotAllowed(Refusal):
    """A secret that is replaced stays good for 0 to 168 hours."""

    code = "WEBHOOK_OVERLAP_NOT_ALLOWED"
