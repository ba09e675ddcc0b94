"""A brand that is told of what happens: its edge, its server, and the worker that tells it."""

import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from coalition.jobs.deliver_webhooks import Round, WebhookWorker
from coalition.kit.config import Settings
from coalition.webhooks import Reach
from tests.support import World
from tests.support.edge import URL, Edge, codes, edge_of

from .receiver import Json, Receiver, a_receiver

LOCAL = Settings(url=URL, webhook_allow="127.0.0.1/32", cost_capacity=100_000)

CREATE = """mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
  webhookEndpoint { id url client status events { event document } } secret replayed
  userErrors { code message field } } }"""
CHANGE = """mutation ($input: ChangeWebhookEndpointInput!) { changeWebhookEndpoint(input: $input) {
  webhookEndpoint { id url client status disabledReason events { event } }
  userErrors { code message field } } }"""
DELETE = """mutation ($input: DeleteWebhookEndpointInput!) { deleteWebhookEndpoint(input: $input) {
  webhookEndpoint { status } userErrors { code message field } } }"""
ROTATE = """mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) {
  secret replayed userErrors { code message field } } }"""
TEST = """mutation ($input: SendTestEventInput!) { sendTestEvent(input: $input) {
  delivery { id event state } replayed userErrors { code message field } } }"""
REPLAY = """mutation ($input: ReplayWebhookEventsInput!) { replayWebhookEvents(input: $input) {
  queued goOnAfter userErrors { code message field } } }"""
RESEND = """mutation ($input: ResendWebhookDeliveryInput!) { resendWebhookDelivery(input: $input) {
  delivery { id state } userErrors { code message field } } }"""
ENDPOINTS = """{ webhookEndpoints { id url status disabledReason failingSince
  events { event } deliveries(first: 1) { nodes { id } } } }"""
DELIVERIES = """query ($id: ID!, $first: Int, $after: String, $states: [WebhookDeliveryState!]) {
  node(id: $id) { ... on WebhookEndpoint { status disabledReason failingSince
    deliveries(first: $first, after: $after, states: $states) {
      nodes { id event eventCursor sequence state deadReason nextAttemptAt
        attempts { number at milliseconds status error response } }
      pageInfo { hasNextPage endCursor } } } } }"""
AWARDS = [{"event": "AWARD_RECORDED"}]


@dataclasses.dataclass
class Listening:
    world: World
    edge: Edge
    receiver: Receiver
    settings: Settings = LOCAL

    async def register(
        self,
        client: str = "bakery-till",
        *,
        key: str = "endpoint",
        events: Sequence[Json] = AWARDS,
        url: str | None = None,
    ) -> Json:
        """The payload of a new endpoint, which must not be refused."""
        made: Json = await self.edge.ask(
            client,
            CREATE,
            input={"idempotencyKey": key, "url": url or self.receiver.url(), "events": events},
        )
        assert codes(made) == [], made["userErrors"]
        return made

    # Whatever JSON a field answers.
    async def ask(self, document: str, client: str = "bakery-till", **asked: object) -> Any:  # noqa: ANN401
        return await self.edge.ask(client, document, input=asked)

    async def round(self, reach: Reach | None = None) -> Round:
        """What a worker does at the world's present moment."""
        await self.world.until_told()
        async with WebhookWorker(
            self.world.database, self.settings, self.world.clock, reach
        ) as worker:
            return await worker.round()

    async def later(self, **time: float) -> Round:
        self.world.now += timedelta(**time)
        return await self.round()

    async def deliveries(
        self, endpoint: str, client: str = "bakery-till", **asked: object
    ) -> list[Json]:
        """The oldest first."""
        found = await self.edge.ask(client, DELIVERIES, id=endpoint, **asked)
        nodes: list[Json] = found["deliveries"]["nodes"]
        return nodes[::-1]


@asynccontextmanager
# Fields of an input.
async def a_listener(world: World, **more: Any) -> AsyncIterator[Listening]:  # noqa: ANN401
    """The bakery and the grocer behind the edge, now, and a server of theirs."""
    world.now = datetime.now(UTC).replace(microsecond=0)
    applied = await world.apply(**more)
    async with (
        a_receiver() as receiver,
        edge_of(world, applied.new_secrets, settings=LOCAL) as edge,
    ):
        yield Listening(world, edge, receiver)
