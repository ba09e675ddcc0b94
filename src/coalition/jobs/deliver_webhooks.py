"""Tell webhooks: read on in the feed of events, send what is due, write down what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from coalition.api import Server
from coalition.api.webhook_messages import MessageMaker
from coalition.jobs.job import Desk
from coalition.kit.clock import Clock, wall_clock
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.webhooks import Deliverer, Reach, Sender, fan_out_webhooks


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: events read, deliveries queued from them; and of those that were due,
    how many the receivers have, will be tried again, are given up, and were held up by us.
    """

    events: int
    queued: int
    delivered: int
    to_retry: int
    dead: int
    held_up: int


class WebhookWorker:
    """Any number may work at once, each message is claimed by one of them. `reach`: where
    messages may go, when it is not what the settings say.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock = wall_clock,
        reach: Reach | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        server = Server(database, settings, clock)
        self._database = database
        self._clock = clock
        self._is_stopping = is_stopping
        self._make_message = MessageMaker(server)
        self._sender = Sender(reach or server.reach)

    async def round(self) -> Round:
        """Until nothing is due or it should stop. Raises `Unavailable`, `Misconfigured`."""
        read = await fan_out_webhooks(self._database, now=self._clock())
        return replace(await self.send(), events=read.events, queued=read.queued)

    async def send(self) -> Round:
        """Of what is queued. Raises `Unavailable`, `Misconfigured`."""
        sent = await Deliverer(
            self._database, self._sender, self._make_message, self._clock, self._is_stopping
        ).deliver()
        return Round(
            events=0,
            queued=0,
            delivered=sent["DELIVERED"],
            to_retry=sent["RETRY"],
            dead=sent["DEAD"],
            held_up=sent["LATER"],
        )

    async def close(self) -> None:
        await self._sender.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def queue_webhooks(desk: Desk) -> str:
    """By itself, and not before sending: a long queue to one receiver must not keep what happens
    meanwhile from all others.
    """
    read = await fan_out_webhooks(desk.office.database, now=desk.clock())
    return f"{read.queued:,} queued" if read.queued else ""


async def deliver_webhooks(desk: Desk) -> str:
    async with WebhookWorker(
        desk.office.database, desk.settings, desk.clock, is_stopping=lambda: desk.is_stopping
    ) as worker:
        done = await worker.send()
    told = {
        "delivered": done.delivered,
        "to be tried again": done.to_retry,
        "given up": done.dead,
        "held up": done.held_up,
    }
    return ", ".join(f"{count:,} {what}" for what, count in told.items() if count)
