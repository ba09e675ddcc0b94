"""Telling partners' own servers of events: endpoints, signed deliveries, retries, replays."""

from coalition.webhooks.addresses import Reach, reach_of
from coalition.webhooks.change import Change, change_webhook, delete_webhook, not_found
from coalition.webhooks.clean import clean_webhooks
from coalition.webhooks.create import (
    MOST_ENDPOINTS,
    Created,
    Subscribed,
    create_webhook,
    events_refusal,
)
from coalition.webhooks.deliver import (
    AT_ONCE_OF_AN_ENDPOINT,
    LARGEST_BODY,
    PATIENCE,
    Deliverer,
    Due,
    Message,
    Withheld,
)
from coalition.webhooks.errors import (
    TooManyWebhooks,
    WebhookAddressNotAllowed,
    WebhookDeliveryNotFound,
    WebhookDisabled,
    WebhookEventsNotAllowed,
    WebhookNotFound,
    WebhookOverlapNotAllowed,
    WebhookReplayNotAllowed,
)
from coalition.webhooks.fan_out import FannedOut, fan_out_webhooks
from coalition.webhooks.queries import (
    AttemptRecord,
    DeliveryRecord,
    DeliveryState,
    EndpointRecord,
    EndpointStatus,
    QueueLength,
    attempts_of,
    list_deliveries,
    list_endpoints,
    queue_lengths,
)
from coalition.webhooks.replay import (
    MOST_AT_ONCE,
    Replay,
    Replayed,
    delivery_not_found,
    replay_webhook,
    resend_webhook,
    send_test_webhook,
)
from coalition.webhooks.rotate import LONGEST_OVERLAP, Rotated, rotate_webhook_secret
from coalition.webhooks.send import Answer, Sender

__all__ = [
    "AT_ONCE_OF_AN_ENDPOINT",
    "LARGEST_BODY",
    "LONGEST_OVERLAP",
    "MOST_AT_ONCE",
    "MOST_ENDPOINTS",
    "PATIENCE",
    "Answer",
    "AttemptRecord",
    "Change",
    "Created",
    "Deliverer",
    "DeliveryRecord",
    "DeliveryState",
    "Due",
    "EndpointRecord",
    "EndpointStatus",
    "FannedOut",
    "Message",
    "QueueLength",
    "Reach",
    "Replay",
    "Replayed",
    "Rotated",
    "Sender",
    "Subscribed",
    "TooManyWebhooks",
    "WebhookAddressNotAllowed",
    "WebhookDeliveryNotFound",
    "WebhookDisabled",
    "WebhookEventsNotAllowed",
    "WebhookNotFound",
    "WebhookOverlapNotAllowed",
    "WebhookReplayNotAllowed",
    "Withheld",
    "attempts_of",
    "change_webhook",
    "clean_webhooks",
    "create_webhook",
    "delete_webhook",
    "delivery_not_found",
    "events_refusal",
    "fan_out_webhooks",
    "list_deliveries",
    "list_endpoints",
    "not_found",
    "queue_lengths",
    "reach_of",
    "replay_webhook",
    "resend_webhook",
    "rotate_webhook_secret",
    "send_test_webhook",
]
