"""Reading endpoints, deliveries and attempts. Every function reads in a `Sight` of its caller."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.outbox import EventKind, FeedPlace
from coalition.webhooks.create import Subscribed
from coalition.webhooks.records import (
    webhook_attempt,
    webhook_delivery,
    webhook_endpoint,
    webhook_subscription,
)


class EndpointStatus(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    DELETED = "deleted"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """`reason`: why it is disabled. `failing_since`: of an endpoint that nothing reached since."""

    id: int
    partner_id: int
    client_id: str
    url: str
    status: EndpointStatus
    reason: str | None
    failing_since: datetime | None
    created_at: datetime
    subscribed: tuple[Subscribed, ...]


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """`kind` is None for a test. `place`: of the event in the feed."""

    id: int
    endpoint_id: int
    kind: EventKind | None
    place: FeedPlace | None
    sequence: int
    happened_at: datetime
    state: DeliveryState
    reason: str | None
    attempts: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    number: int
    at: datetime
    milliseconds: int
    status: int | None
    error: str | None
    response: str | None


@dataclass(frozen=True, slots=True)
class QueueLength:
    """What waits for an endpoint, and what is dead there."""

    waiting: int
    dead: int


async def list_endpoints(
    connection: AsyncConnection,
    *,
    endpoint_ids: Collection[int] | None = None,
    partner_id: int | None = None,
) -> list[EndpointRecord]:
    """In the order in which they were made; those that have ended only by their id."""
    query = sa.select(webhook_endpoint).order_by(webhook_endpoint.c.id)
    if endpoint_ids is None:
        query = query.where(webhook_endpoint.c.status != EndpointStatus.DELETED)
    else:
        query = query.where(webhook_endpoint.c.id.in_(list(endpoint_ids)))
    if partner_id is not None:
        query = query.where(webhook_endpoint.c.partner_id == partner_id)
    rows = (await connection.execute(query)).all()
    subscribed: dict[int, list[Subscribed]] = defaultdict(list)
    for one in await connection.execute(
        sa.select(webhook_subscription)
        .where(webhook_subscription.c.endpoint_id.in_([row.id for row in rows]))
        .order_by(webhook_subscription.c.kind)
    ):
        subscribed[one.endpoint_id].append(Subscribed(EventKind(one.kind), one.document))
    return [
        EndpointRecord(
            id=row.id,
            partner_id=row.partner_id,
            client_id=row.client_id,
            url=row.url,
            status=EndpointStatus(row.status),
            reason=row.reason,
            failing_since=row.failing_since,
            created_at=row.created_at,
            subscribed=tuple(subscribed[row.id]),
        )
        for row in rows
    ]


async def list_deliveries(
    connection: AsyncConnection,
    *,
    endpoint_id: int | None = None,
    delivery_id: int | None = None,
    states: Collection[DeliveryState] = (),
    before: int | None = None,
    limit: int = 1,
) -> list[DeliveryRecord]:
    """Newest first, of one endpoint or the one of an id; those before a delivery's id."""
    table = webhook_delivery.c
    query = sa.select(webhook_delivery).order_by(table.id.desc()).limit(limit)
    if endpoint_id is not None:
        query = query.where(table.endpoint_id == endpoint_id)
    if delivery_id is not None:
        query = query.where(table.id == delivery_id)
    if states:
        query = query.where(table.state.in_([one.value for one in states]))
    if before is not None:
        query = query.where(table.id < before)
    return [
        DeliveryRecord(
            id=row.id,
            endpoint_id=row.endpoint_id,
            kind=EventKind(row.kind) if row.kind else None,
            place=None if row.event_id is None else FeedPlace(row.transaction_id, row.event_id),
            sequence=row.sequence,
            happened_at=row.happened_at,
            state=DeliveryState(row.state),
            reason=row.reason,
            attempts=row.attempts,
            due_at=row.due_at,
        )
        for row in await connection.execute(query)
    ]


async def attempts_of(
    connection: AsyncConnection, delivery_ids: Collection[int]
) -> dict[int, list[AttemptRecord]]:
    """The attempts of deliveries, in their order."""
    query = (
        sa.select(webhook_attempt)
        .where(webhook_attempt.c.delivery_id.in_(list(delivery_ids)))
        .order_by(webhook_attempt.c.delivery_id, webhook_attempt.c.number)
    )
    found: dict[int, list[AttemptRecord]] = defaultdict(list)
    for row in await connection.execute(query):
        found[row.delivery_id].append(
            AttemptRecord(row.number, row.at, row.milliseconds, row.status, row.error, row.response)
        )
    return found


async def queue_lengths(connection: AsyncConnection) -> dict[int, QueueLength]:
    """By endpoint; of those with something in the queue."""
    state = webhook_delivery.c.state
    query = (
        sa.select(
            webhook_delivery.c.endpoint_id,
            sa.func.count().filter(state == DeliveryState.WAITING).label("waiting"),
            sa.func.count().filter(state == DeliveryState.DEAD).label("dead"),
        )
        .where(state != DeliveryState.DELIVERED)
        .group_by(webhook_delivery.c.endpoint_id)
    )
    return {
        row.endpoint_id: QueueLength(row.waiting, row.dead)
        for row in await connection.execute(query)
    }
