"""What a partner does with its webhook endpoints."""

from datetime import datetime

import strawberry

from coalition import webhooks
from coalition.access import Scope
from coalition.api.arguments import Asked
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.events import cursor_of, place_of
from coalition.api.viewers import PARTNERS, seen_by, shown_to
from coalition.api.webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent
from coalition.kit.errors import Refusal
from coalition.kit.ids import Kind, NotAnId
from coalition.outbox import EventKind, FeedPlace

_MANAGES = Scope.WEBHOOKS_MANAGE
_MANAGED = seen_by(_MANAGES, kinds=PARTNERS)


@strawberry.input(description="An event that an endpoint is to be told of.")
class WebhookEventInput:
    event: WebhookEvent = strawberry.field(description="Which.")
    document: str | None = strawberry.field(
        default=None,
        description="A subscription with the one field of this event, without variables: what it"
        " selects is what is told. Absent: the usual one.",
    )


@strawberry.input(description="A new webhook endpoint.")
class CreateWebhookEndpointInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    url: str = strawberry.field(
        description="Where messages are sent: https, at a public address, without a password."
    )
    events: list[WebhookEventInput] = strawberry.field(description="What it is to be told of.")


@shown_to(_MANAGES, kinds=PARTNERS)
@strawberry.type(description="What became of a new endpoint.")
class CreateWebhookEndpointPayload:
    webhook_endpoint: WebhookEndpoint | None = strawberry.field(description="Null when refused.")
    secret: str | None = strawberry.field(
        description="What its messages are signed with. Shown here once; null on a replay."
    )
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "CreateWebhookEndpointPayload":
        return cls(webhook_endpoint=None, secret=None, replayed=False, user_errors=errors)


@strawberry.input(description="What is to be another one; what is absent stays.")
class ChangeWebhookEndpointInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="Which endpoint.")
    url: str | None = strawberry.field(default=None, description="Another address.")
    events: list[WebhookEventInput] | None = strawberry.field(
        default=None, description="All that it is to be told of from now on."
    )
    enabled: bool | None = strawberry.field(
        default=None, description="On or off. What waited is sent when it is switched on."
    )


@shown_to(_MANAGES, kinds=PARTNERS)
@strawberry.type(description="The endpoint as it stands now.")
class ChangeWebhookEndpointPayload:
    webhook_endpoint: WebhookEndpoint | None = strawberry.field(description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ChangeWebhookEndpointPayload":
        return cls(webhook_endpoint=None, user_errors=errors)


@strawberry.input(description="An endpoint that is to end.")
class DeleteWebhookEndpointInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="Which endpoint.")


@strawberry.input(description="An endpoint that is to sign with a new secret.")
class RotateWebhookSecretInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="Which endpoint.")
    overlap_hours: int = strawberry.field(
        default=24, description="How long the secret before signs too: 0 to 168."
    )


@shown_to(_MANAGES, kinds=PARTNERS)
@strawberry.type(description="The new secret.")
class RotateWebhookSecretPayload:
    secret: str | None = strawberry.field(
        description="Shown here once; null on a replay and when refused."
    )
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "RotateWebhookSecretPayload":
        return cls(secret=None, replayed=False, user_errors=errors)


@strawberry.input(description="An endpoint to be tried.")
class SendTestEventInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="Which endpoint.")


@shown_to(_MANAGES, kinds=PARTNERS)
@strawberry.type(description="The message that was queued.")
class SendTestEventPayload:
    delivery: WebhookDelivery | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "SendTestEventPayload":
        return cls(delivery=None, replayed=False, user_errors=errors)


@strawberry.input(description="Events to be told again, beginning behind a cursor or at a moment.")
class ReplayWebhookEventsInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="To which endpoint.")
    after: str | None = strawberry.field(
        default=None, description="Behind the event with this `cursor`."
    )
    since: datetime | None = strawberry.field(
        default=None, description="What was recorded at this instant or later."
    )
    until: datetime | None = strawberry.field(
        default=None, description="What was recorded before this instant; absent: all."
    )
    only_dead: bool = strawberry.field(
        default=False, description="Only what was given up, and nothing that was delivered."
    )


@shown_to(_MANAGES, kinds=PARTNERS)
@strawberry.type(description="What was queued.")
class ReplayWebhookEventsPayload:
    queued: int = strawberry.field(description="How many, 1000 at most.")
    go_on_after: str | None = strawberry.field(
        description="There may be more: ask again with this as `after`. Null: that was all."
    )
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ReplayWebhookEventsPayload":
        return cls(queued=0, go_on_after=None, user_errors=errors)


@strawberry.input(description="A delivery to be sent again.")
class ResendWebhookDeliveryInput:
    delivery_id: strawberry.ID = strawberry.field(description="Which: its `webhook-id`.")


@shown_to(_MANAGES, kinds=PARTNERS)
@strawberry.type(description="The delivery, which is due now.")
class ResendWebhookDeliveryPayload:
    delivery: WebhookDelivery | None = strawberry.field(description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ResendWebhookDeliveryPayload":
        return cls(delivery=None, user_errors=errors)


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(
        description="Have an address of the partner's told of events. It sees what this client"
        " may see.",
        extensions=[RefusalBecomesPayload(CreateWebhookEndpointPayload)],
        metadata=_MANAGED,
    )
    async def create_webhook_endpoint(
        self, info: Info, input: Asked[CreateWebhookEndpointInput]
    ) -> CreateWebhookEndpointPayload:
        context = info.context
        asked, refusal = _judged(context, input.events)
        created = await webhooks.create_webhook(
            context.office,
            context.server.reach,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            url=input.url,
            subscribed=asked,
            refusal=refusal,
        )
        return CreateWebhookEndpointPayload(
            webhook_endpoint=await WebhookEndpoint.numbered(context, created.endpoint_id),
            secret=created.secret,
            replayed=created.replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Change an endpoint, switch it on or off. From then on it sees what this"
        " client may see, so that must be enough for all its events.",
        extensions=[RefusalBecomesPayload(ChangeWebhookEndpointPayload)],
        metadata=_MANAGED,
    )
    async def change_webhook_endpoint(
        self, info: Info, input: Asked[ChangeWebhookEndpointInput]
    ) -> ChangeWebhookEndpointPayload:
        context = info.context
        number = _endpoint(context, input.webhook_endpoint_id)
        asked, refusal = None, None
        if input.events is not None:
            asked, refusal = _judged(context, input.events)
        else:
            refusal = await _still_allowed(context, number)
        await webhooks.change_webhook(
            context.office,
            context.server.reach,
            actor=context.actor,
            endpoint_id=number,
            change=webhooks.Change(url=input.url, subscribed=asked, enabled=input.enabled),
            refusal=refusal,
            now=context.now,
        )
        return ChangeWebhookEndpointPayload(
            webhook_endpoint=await WebhookEndpoint.numbered(context, number), user_errors=[]
        )

    @strawberry.mutation(
        description="End an endpoint. Nothing more is sent there; its history stays.",
        extensions=[RefusalBecomesPayload(ChangeWebhookEndpointPayload)],
        metadata=_MANAGED,
    )
    async def delete_webhook_endpoint(
        self, info: Info, input: Asked[DeleteWebhookEndpointInput]
    ) -> ChangeWebhookEndpointPayload:
        context = info.context
        number = _endpoint(context, input.webhook_endpoint_id)
        await webhooks.delete_webhook(context.office, actor=context.actor, endpoint_id=number)
        return ChangeWebhookEndpointPayload(
            webhook_endpoint=await WebhookEndpoint.numbered(context, number), user_errors=[]
        )

    @strawberry.mutation(
        description="Give an endpoint a new secret. Until the overlap is over, messages carry the"
        " signatures of both.",
        extensions=[RefusalBecomesPayload(RotateWebhookSecretPayload)],
        metadata=_MANAGED,
    )
    async def rotate_webhook_secret(
        self, info: Info, input: Asked[RotateWebhookSecretInput]
    ) -> RotateWebhookSecretPayload:
        context = info.context
        rotated = await webhooks.rotate_webhook_secret(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            endpoint_id=_endpoint(context, input.webhook_endpoint_id),
            overlap_hours=input.overlap_hours,
            now=context.now,
        )
        return RotateWebhookSecretPayload(
            secret=rotated.secret, replayed=rotated.replayed, user_errors=[]
        )

    @strawberry.mutation(
        description="Send an endpoint a message that tells of nothing, to see it received.",
        extensions=[RefusalBecomesPayload(SendTestEventPayload)],
        metadata=_MANAGED,
    )
    async def send_test_event(
        self, info: Info, input: Asked[SendTestEventInput]
    ) -> SendTestEventPayload:
        context = info.context
        number, replayed = await webhooks.send_test_webhook(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            endpoint_id=_endpoint(context, input.webhook_endpoint_id),
            now=context.now,
        )
        return SendTestEventPayload(
            delivery=await WebhookDelivery.numbered(context, number),
            replayed=replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Tell an endpoint again of what happened, delivered or not, from a cursor or a"
        " moment on: also of what it missed while it was off or not there yet. Each event keeps"
        " its `webhook-id`.",
        extensions=[RefusalBecomesPayload(ReplayWebhookEventsPayload)],
        metadata=_MANAGED,
    )
    async def replay_webhook_events(
        self, info: Info, input: Asked[ReplayWebhookEventsInput]
    ) -> ReplayWebhookEventsPayload:
        context = info.context
        done = await webhooks.replay_webhook(
            context.office,
            actor=context.actor,
            endpoint_id=_endpoint(context, input.webhook_endpoint_id),
            asked=webhooks.Replay(
                after=None if input.after is None else _place(context, input.after),
                since=input.since,
                until=input.until,
                only_dead=input.only_dead,
            ),
            now=context.now,
        )
        last = done.go_on_behind
        return ReplayWebhookEventsPayload(
            queued=done.queued,
            go_on_after=cursor_of(context.keys.seal, last) if last else None,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Send one delivery again, whatever became of it.",
        extensions=[RefusalBecomesPayload(ResendWebhookDeliveryPayload)],
        metadata=_MANAGED,
    )
    async def resend_webhook_delivery(
        self, info: Info, input: Asked[ResendWebhookDeliveryInput]
    ) -> ResendWebhookDeliveryPayload:
        context = info.context
        try:
            number, _ = context.keys.seal.open(Kind.WEBHOOK_DELIVERY, input.delivery_id)
        except NotAnId:
            raise webhooks.delivery_not_found() from None
        await webhooks.resend_webhook(
            context.office, actor=context.actor, delivery_id=number, now=context.now
        )
        return ResendWebhookDeliveryPayload(
            delivery=await WebhookDelivery.numbered(context, number), user_errors=[]
        )


def _judged(
    context: Context, events: list[WebhookEventInput]
) -> tuple[list[webhooks.Subscribed], Refusal | None]:
    """What is asked for, and why it may not be told; what is wrong goes to the verb, so that a
    replay still finds its first result.
    """
    from coalition.api.webhook_messages import documents_refusal, wanted  # noqa: PLC0415 - of the schema that this is a part of

    asked = [wanted(EventKind[one.event.name], one.document) for one in events]
    # An event named twice is refused anyway: reading all their documents would be for nothing.
    return asked, webhooks.events_refusal(asked) or documents_refusal(context, asked)


async def _still_allowed(context: Context, number: int) -> Refusal | None:
    from coalition.api.webhook_messages import documents_refusal  # noqa: PLC0415 - of the schema that this is a part of

    async with context.reading() as connection:
        found = await webhooks.list_endpoints(connection, endpoint_ids=[number])
    return documents_refusal(context, found[0].subscribed) if found else None


def _endpoint(context: Context, id: strawberry.ID) -> int:
    try:
        number, _ = context.keys.seal.open(Kind.WEBHOOK_ENDPOINT, id)
    except NotAnId:
        raise webhooks.not_found() from None
    return number


def _place(context: Context, cursor: str) -> FeedPlace:
    try:
        return place_of(context.keys.seal, cursor)
    except NotAnId:
        raise webhooks.WebhookReplayNotAllowed(
            "after is not the cursor of an event.", field=("after",)
        ) from None
