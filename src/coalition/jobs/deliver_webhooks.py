"""Tell webhooks: read on in the feed of events, send what is due, write down what came of it."""

from dataclasses import dataclass
from typing import Self

from coalition.api import Server
from coalition.api.webhook_messages import MessageMaker
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
    ) -> None:
        server = Server(database, settings, clock)
        self._database = database
        self._clock = clock
        self._make_message = MessageMaker(server)
        self._sender = Sender(reach or server.reach)

    async def round(self) -> Round:
        """Until nothing is due any more. Raises `Unavailable`, `Misconfigured`."""
        read = await fan_out_webhooks(self._database, now=self._clock())
        sent = await Deliverer(
            self._database, self._sender, self._make_message, self._clock
        ).deliver()
        return Round(
            events=read.events,
            queued=read.queued,
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
