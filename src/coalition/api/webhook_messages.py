"""What a webhook is told: a subscription's document, admitted when it is registered and answered
when it is delivered, each time with the rights that the endpoint's client has at that moment.
"""

import json
from collections.abc import Sequence
from datetime import datetime

import structlog

from coalition.api.admission import NotAdmitted
from coalition.api.body import Asked
from coalition.api.context import Context, Server
from coalition.api.events import cursor_of
from coalition.api.scalars import serialize_instant
from coalition.api.telling import default_documents, subscribed, told
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.kit.ids import Kind, Seal, new_request_id
from coalition.outbox import Event, EventKind
from coalition.webhooks import Due, Message, Subscribed, WebhookEventsNotAllowed, Withheld

TEST = "webhook.test"
LONGEST_DOCUMENT = 4000
_DEFAULTS = default_documents()
_log = structlog.get_logger()


def event_type(kind: EventKind) -> str:
    """The name of an event as messages carry it: `award.recorded`."""
    return kind.name.lower().replace("_", ".", 1)


def wanted(kind: EventKind, document: str | None) -> Subscribed:
    """An event that is to be told, in the words of its own document or of the usual one."""
    return Subscribed(kind, _DEFAULTS[kind] if document is None else document)


def documents_refusal(
    context: Context, subscriptions: Sequence[Subscribed]
) -> WebhookEventsNotAllowed | None:
    """Why one of the documents may not be told to the actor; None when all may."""
    for place, one in enumerate(subscriptions):
        message = _refusal_of(context, one)
        if message is not None:
            return WebhookEventsNotAllowed(message, field=("events", str(place), "document"))
    return None


def _refusal_of(context: Context, one: Subscribed) -> str | None:
    if len(one.document) > LONGEST_DOCUMENT:
        return (
            f"The document of {one.kind.name} has {len(one.document)} characters, and"
            f" {LONGEST_DOCUMENT} are allowed."
        )
    try:
        found = subscribed(
            Asked(one.document, None, None), context.actor, context.terms, context.keys.seal
        )
    except NotAdmitted as refused:
        return f"The document of {one.kind.name} is not allowed: {refused.errors[0].message}"
    if found.kinds != {one.kind}:
        return f"The document of {one.kind.name} tells of something else: {found.field}."
    return None


class MessageMaker:
    """Makes the messages of one process."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def __call__(self, due: Due) -> Message:
        """Raises `Withheld` for what may not be told, or cannot be made; `Unavailable`."""
        keys = await self._server.keys()
        message_id = keys.seal.seal(Kind.WEBHOOK_DELIVERY, due.id)
        if due.event is None or due.document is None:
            endpoint = keys.seal.seal(Kind.WEBHOOK_ENDPOINT, due.endpoint_id)
            data: object = {"webhookEndpoint": {"id": endpoint}}
            return Message(message_id, _test_body(message_id, due, data))
        data = await self._told(due, due.event, due.document)
        return Message(message_id, _body(keys.seal, due, due.event, data))

    async def _told(self, due: Due, event: Event, document: str) -> object:
        server = self._server
        keys, terms = await server.keys(), await server.office.terms()
        try:
            subscription = subscribed(Asked(document, None, None), due.actor, terms, keys.seal)
        except NotAdmitted as refused:
            if (refused.errors[0].extensions or {}).get("code") == "PARTNER_SUSPENDED":
                # Deliveries to it are not claimed: the terms read here are a few seconds old.
                raise Unavailable("The partner's state is changing.") from None
            raise Withheld("NOT_ALLOWED") from None
        context = Context(
            server, keys, due.actor, terms, new_request_id().hex, subscription.document
        )
        result = await told(context, subscription, event)
        if result is None:
            raise Withheld("NOT_ALLOWED")
        for error in result.errors or ():
            if isinstance(error.original_error, Unavailable | Misconfigured):
                raise error.original_error
            _log.error(
                "webhook not made",
                delivery=due.id,
                path=error.path,
                exc_info=error.original_error or error,
            )
        if result.errors or not result.data:
            raise Withheld("NOT_MADE")
        return next(iter(result.data.values()))


def _body(seal: Seal, due: Due, event: Event, data: object) -> bytes:
    return _written(
        event_type(event.kind),
        due.happened_at,
        seal.seal(Kind.EVENT, event.place.id),
        due.sequence,
        cursor_of(seal, event.place),
        data,
    )


def _test_body(message_id: str, due: Due, data: object) -> bytes:
    return _written(TEST, due.happened_at, message_id, due.sequence, None, data)


def _written(
    kind: str, at: datetime, event_id: str, sequence: int, cursor: str | None, data: object
) -> bytes:
    body = {
        "type": kind,
        "timestamp": serialize_instant(at),
        "id": event_id,
        "sequence": sequence,
        "cursor": cursor,
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
