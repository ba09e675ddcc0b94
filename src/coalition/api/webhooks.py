"""Webhooks as a partner sees them: its endpoints, what was sent there, and what came back."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from coalition import webhooks
from coalition.access import Scope
from coalition.api.arguments import After, First
from coalition.api.context import Context, Info
from coalition.api.events import cursor_of
from coalition.api.node import Node
from coalition.api.paging import PageInfo, page_of, place_behind
from coalition.api.viewers import PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.ids import Kind
from coalition.outbox import EventKind

_SEES = (Scope.WEBHOOKS_MANAGE, Scope.OPERATOR_READ)


@strawberry.enum(description="What an endpoint can be told of; docs/webhooks.md has examples.")
class WebhookEvent(Enum):
    AWARD_RECORDED = strawberry.enum_value(
        EventKind.AWARD_RECORDED.value, description="Points were given for a purchase."
    )
    AWARD_REVERSED = strawberry.enum_value(
        EventKind.AWARD_REVERSED.value, description="A purchase, or a part of it, came back."
    )
    POINTS_HELD = strawberry.enum_value(
        EventKind.POINTS_HELD.value, description="Points were set aside for a purchase."
    )
    HOLD_RELEASED = strawberry.enum_value(
        EventKind.HOLD_RELEASED.value, description="A hold was given back unused."
    )
    HOLD_EXPIRED = strawberry.enum_value(
        EventKind.HOLD_EXPIRED.value, description="A hold's time was over."
    )
    REDEMPTION_RECORDED = strawberry.enum_value(
        EventKind.REDEMPTION_RECORDED.value, description="Points were spent."
    )
    REDEMPTION_REFUNDED = strawberry.enum_value(
        EventKind.REDEMPTION_REFUNDED.value, description="Spent points were given back."
    )
    POINTS_EXPIRED = strawberry.enum_value(
        EventKind.POINTS_EXPIRED.value, description="Points that the brand gave ended unspent."
    )
    POINTS_CARRIED_OVER = strawberry.enum_value(
        EventKind.POINTS_CARRIED_OVER.value,
        description="Points that the brand had given in another system were carried over.",
    )
    MEMBER_ENROLLED = strawberry.enum_value(
        EventKind.MEMBER_ENROLLED.value, description="The brand enrolled or linked a member."
    )
    MEMBER_CHANGED = strawberry.enum_value(
        EventKind.MEMBER_CHANGED.value, description="The brand changed a member or its card."
    )
    REWARD_CLAIMED = strawberry.enum_value(
        EventKind.REWARD_CLAIMED.value, description="A reward of the brand was claimed."
    )
    CLAIM_CHANGED = strawberry.enum_value(
        EventKind.CLAIM_CHANGED.value, description="A claim at the brand went on."
    )
    MISSING_REPORTED = strawberry.enum_value(
        EventKind.MISSING_REPORTED.value,
        description="A member reported a purchase at the brand that brought no points.",
    )
    MISSING_CHANGED = strawberry.enum_value(
        EventKind.MISSING_CHANGED.value, description="A missing purchase of the brand went on."
    )
    SPENDING_BLOCKED = strawberry.enum_value(
        EventKind.SPENDING_BLOCKED.value, description="Spending at the brand was refused as unsafe."
    )
    STATEMENT_ISSUED = strawberry.enum_value(
        EventKind.STATEMENT_ISSUED.value, description="A statement was issued to the brand."
    )
    PACKS_RUN_LOW = strawberry.enum_value(
        EventKind.PACKS_RUN_LOW.value, description="The brand's prepaid points run low."
    )
    CREDIT_RUNS_LOW = strawberry.enum_value(
        EventKind.CREDIT_RUNS_LOW.value, description="The brand's credit limit runs low."
    )
    DIFFERENCES_OVERDUE = strawberry.enum_value(
        EventKind.DIFFERENCES_OVERDUE.value,
        description="Differences of the brand were overdue, and nobody looked after them.",
    )
    PAYMENT_FAILED = strawberry.enum_value(
        EventKind.PAYMENT_FAILED.value,
        description="The bank gave a payment of the brand, or to it, back, or refused it.",
    )
    PAYMENT_IN_QUESTION = strawberry.enum_value(
        EventKind.PAYMENT_IN_QUESTION.value,
        description="Something came for a payment of the brand that the operator has to look at.",
    )
    DISPUTE_OPENED = strawberry.enum_value(
        EventKind.DISPUTE_OPENED.value, description="A line of the brand's was disputed."
    )
    DISPUTE_ANSWERED = strawberry.enum_value(
        EventKind.DISPUTE_ANSWERED.value, description="Either side spoke in a dispute of the brand."
    )
    DISPUTE_DECIDED = strawberry.enum_value(
        EventKind.DISPUTE_DECIDED.value,
        description="A dispute of the brand was decided, by the operator or by silence.",
    )
    DISPUTE_WITHDRAWN = strawberry.enum_value(
        EventKind.DISPUTE_WITHDRAWN.value, description="The brand withdrew a dispute."
    )
    DISPUTE_DUE_SOON = strawberry.enum_value(
        EventKind.DISPUTE_DUE_SOON.value,
        description="A deadline in a dispute of the brand is near.",
    )


@strawberry.enum(description="Whether anything is sent to an endpoint.")
class WebhookEndpointStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="It is told of its events.")
    DISABLED = strawberry.enum_value(
        "disabled", description="Nothing is sent or queued; what was queued waits."
    )
    DELETED = strawberry.enum_value("deleted", description="It has ended; its history stays.")


@strawberry.enum(description="Why an endpoint is switched off.")
class WebhookDisabledReason(Enum):
    ASKED = strawberry.enum_value("ASKED", description="The partner asked for it.")
    GONE = strawberry.enum_value("GONE", description="It answered 410.")
    FAILING = strawberry.enum_value(
        "FAILING", description="Every attempt of the last five days failed."
    )


@strawberry.enum(description="What became of a delivery.")
class WebhookDeliveryState(Enum):
    WAITING = strawberry.enum_value("waiting", description="It is due, or will be tried again.")
    DELIVERED = strawberry.enum_value("delivered", description="The receiver answered 2xx.")
    DEAD = strawberry.enum_value("dead", description="It is not tried again by itself.")


InStates = Annotated[
    list[WebhookDeliveryState] | None,
    strawberry.argument(description="Only those in one of these states."),
]


@strawberry.enum(description="Why a delivery is not tried again.")
class WebhookDeadReason(Enum):
    TRIES_USED_UP = strawberry.enum_value("TRIES_USED_UP", description="All ten tries failed.")
    GONE = strawberry.enum_value("GONE", description="The receiver answered 410.")
    DELETED = strawberry.enum_value("DELETED", description="Its endpoint has ended.")
    UNSUBSCRIBED = strawberry.enum_value(
        "UNSUBSCRIBED", description="The endpoint does not ask for this event any more."
    )
    NOT_ALLOWED = strawberry.enum_value(
        "NOT_ALLOWED", description="The endpoint's client may not see this any more."
    )
    TOO_LARGE = strawberry.enum_value(
        "TOO_LARGE", description="The body would have 20 kB or more; ask for less of it."
    )
    NOT_MADE = strawberry.enum_value(
        "NOT_MADE", description="It could not be made, by a fault of this service."
    )


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="An event that an endpoint is told of.")
class WebhookSubscription:
    event: WebhookEvent = strawberry.field(description="Which.")
    document: str = strawberry.field(description="The subscription that says what is told of it.")


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="One request to an endpoint, and how it ended.")
class WebhookAttempt:
    number: int = strawberry.field(description="1 for the first of its delivery.")
    at: datetime = strawberry.field(description="When it had ended.")
    milliseconds: int = strawberry.field(description="How long it took.")
    status: int | None = strawberry.field(description="What was answered; null: nothing was.")
    error: str | None = strawberry.field(description="What was wrong; null: it was received.")
    response: str | None = strawberry.field(
        description="How the answer began, 1 kB at most, with what cannot be printed escaped."
    )

    @classmethod
    def of(cls, record: webhooks.AttemptRecord) -> "WebhookAttempt":
        return cls(
            number=record.number,
            at=record.at,
            milliseconds=record.milliseconds,
            status=record.status,
            error=record.error,
            response=record.response,
        )


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="One event told to one endpoint. Its id is the header `webhook-id`.")
class WebhookDelivery(Node):
    record: strawberry.Private[webhooks.DeliveryRecord]
    event: WebhookEvent | None = strawberry.field(description="Of what; null: a test.")
    event_cursor: str | None = strawberry.field(
        description="Where the event stands, to replay from; null: a test."
    )
    sequence: int = strawberry.field(description="Counts what was queued for the endpoint.")
    happened_at: datetime = strawberry.field(description="When it happened.")
    state: WebhookDeliveryState = strawberry.field(description="What became of it.")
    dead_reason: WebhookDeadReason | None = strawberry.field(
        description="Why it is not tried again."
    )
    next_attempt_at: datetime | None = strawberry.field(
        description="From when on it is tried again; null: it is not."
    )

    @strawberry.field(description="Every request that was made for it, in their order.")
    async def attempts(self, info: Info) -> list[WebhookAttempt]:
        found = await info.context.loaders.webhook_attempts.load(self.record.id)
        return [WebhookAttempt.of(one) for one in found]

    @strawberry.field(description="To which endpoint.")
    async def webhook_endpoint(self, info: Info) -> "WebhookEndpoint":
        found = await info.context.loaders.webhook_endpoints.load(self.record.endpoint_id)
        if found is None:
            raise RuntimeError("A delivery to an endpoint that is not there.")
        return WebhookEndpoint.of(info.context, found)

    @classmethod
    def of(cls, context: Context, record: webhooks.DeliveryRecord) -> "WebhookDelivery":
        waiting = record.state is webhooks.DeliveryState.WAITING
        return cls(
            id=context.seal(Kind.WEBHOOK_DELIVERY, record.id),
            record=record,
            event=WebhookEvent(record.kind.value) if record.kind else None,
            event_cursor=cursor_of(context.keys.seal, record.place) if record.place else None,
            sequence=record.sequence,
            happened_at=record.happened_at,
            state=WebhookDeliveryState(record.state.value),
            dead_reason=WebhookDeadReason(record.reason) if record.reason else None,
            next_attempt_at=record.due_at if waiting else None,
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "WebhookDelivery | None":
        async with context.reading() as connection:
            found = await webhooks.list_deliveries(connection, delivery_id=number)
        return cls.of(context, found[0]) if found else None


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A delivery in a list.")
class WebhookDeliveryEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: WebhookDelivery = strawberry.field(description="The delivery.")


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A page of deliveries, the newest first.")
class WebhookDeliveryConnection:
    edges: list[WebhookDeliveryEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The deliveries alone.")
    def nodes(self) -> list[WebhookDelivery]:
        return [edge.node for edge in self.edges]


@shown_to(*_SEES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="An address of the partner's that is told of events.")
class WebhookEndpoint(Node):
    record: strawberry.Private[webhooks.EndpointRecord]
    url: str = strawberry.field(description="Where messages are sent.")
    client: str = strawberry.field(
        description="Who made or last changed it: what that client may see is what it is told."
    )
    status: WebhookEndpointStatus = strawberry.field(description="Whether anything is sent.")
    disabled_reason: WebhookDisabledReason | None = strawberry.field(
        description="Why it is switched off."
    )
    failing_since: datetime | None = strawberry.field(
        description="Since when every attempt has failed; null: the last one did not."
    )
    created_at: datetime = strawberry.field(description="When it was made.")

    @strawberry.field(description="What it is told of.")
    def events(self) -> list[WebhookSubscription]:
        return [
            WebhookSubscription(event=WebhookEvent(one.kind.value), document=one.document)
            for one in self.record.subscribed
        ]

    @strawberry.field(description="What was queued for it, the newest first.")
    async def deliveries(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        states: InStates = None,
    ) -> WebhookDeliveryConnection:
        context = info.context
        behind = place_behind(context, Kind.WEBHOOK_DELIVERY, after)

        async def read(limit: int) -> list[webhooks.DeliveryRecord]:
            async with context.reading() as connection:
                return await webhooks.list_deliveries(
                    connection,
                    endpoint_id=self.record.id,
                    states=[webhooks.DeliveryState[one.name] for one in states or ()],
                    before=behind[0] if behind else None,
                    limit=limit,
                )

        page, page_info = await page_of(
            first, after, read, lambda record: context.seal(Kind.WEBHOOK_DELIVERY, record.id)
        )
        edges = [
            WebhookDeliveryEdge(cursor=cursor, node=WebhookDelivery.of(context, record))
            for cursor, record in page
        ]
        return WebhookDeliveryConnection(edges=edges, page_info=page_info)

    @classmethod
    def of(cls, context: Context, record: webhooks.EndpointRecord) -> "WebhookEndpoint":
        return cls(
            id=context.seal(Kind.WEBHOOK_ENDPOINT, record.id),
            record=record,
            url=record.url,
            client=record.client_id,
            status=WebhookEndpointStatus(record.status.value),
            disabled_reason=WebhookDisabledReason(record.reason) if record.reason else None,
            failing_since=record.failing_since,
            created_at=record.created_at,
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "WebhookEndpoint | None":
        async with context.reading() as connection:
            found = await webhooks.list_endpoints(connection, endpoint_ids=[number])
        return cls.of(context, found[0]) if found else None


@strawberry.type
class WebhookQueries:
    @strawberry.field(
        description="A partner's own endpoints, the operator all, as they were made; those that"
        " have ended are found by their id.",
        metadata=seen_by(*_SEES, kinds=PARTNER_AND_OPERATOR),
    )
    async def webhook_endpoints(self, info: Info) -> list[WebhookEndpoint]:
        context = info.context
        async with context.reading() as connection:
            found = await webhooks.list_endpoints(connection, partner_id=context.actor.partner_id)
        return [WebhookEndpoint.of(context, one) for one in found]
