"""How much one client may ask for: a bucket of cost, one of look-ups, and so much at once."""

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from coalition.access import Actor
from coalition.api.cost import Cost
from coalition.kit.buckets import Buckets
from coalition.kit.config import Settings

Key = tuple[str, int | None]
# Of the WebSockets that may be nobody's yet, one address may have one in so many.
_ADDRESSES = 4


@dataclass(frozen=True, slots=True)
class Charged:
    """What was taken for one operation, and how much is left."""

    key: Key
    asked: Cost
    left: float


class Throttled(Exception):
    """Too much was asked for. `retry_after`: whole seconds until the same is served."""

    def __init__(self, message: str, *, retry_after: float, left: float) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = max(math.ceil(retry_after), 1)
        self.left = left


@dataclass(slots=True)
class _AtOnce:
    """How many of something each client has, and may have."""

    most: int
    numbers: dict[Key, int] = field(default_factory=dict)


class Quota:
    """Of all clients of one process. A member is counted apart from others of its client."""

    def __init__(self, settings: Settings) -> None:
        self._costs = Buckets(settings.cost_capacity, settings.cost_per_second)
        # What is told comes when it comes: it must not use up what the same client asks with.
        self._told = Buckets(settings.cost_capacity, settings.cost_per_second)
        self._lookups = Buckets(settings.lookup_capacity, settings.lookups_per_second)
        self._served = _AtOnce(settings.requests_at_once)
        self._listening = _AtOnce(settings.subscriptions_at_once)
        self._connected = _AtOnce(settings.sockets_at_once)
        self._unknown = _AtOnce(settings.sockets_unknown)
        self._unknown_of = _AtOnce(settings.sockets_unknown // _ADDRESSES)

    @property
    def capacity(self) -> float:
        return self._costs.capacity

    @property
    def per_second(self) -> float:
        return self._costs.per_second

    def serving(self, actor: Actor) -> AbstractContextManager[Key]:
        """While one request of the actor is served. Raises `Throttled`."""
        return self._one_more(
            self._served,
            _key(actor),
            "requests of this client are being served",
            "their answers",
        )

    def listening(self, actor: Actor) -> AbstractContextManager[Key]:
        """While one subscription of the actor lasts. Raises `Throttled`."""
        return self._one_more(
            self._listening, _key(actor), "subscriptions of this client last", "the end of one"
        )

    def connected(self, actor: Actor) -> AbstractContextManager[Key]:
        """While one WebSocket of the actor is open. Raises `Throttled`."""
        return self._one_more(
            self._connected, _key(actor), "WebSockets of this client are open", "the end of one"
        )

    @contextmanager
    def unknown(self, address: str) -> Iterator[None]:
        """While a WebSocket from an address is nobody's. Raises `Throttled`."""
        until = "one of them to say whose it is"
        of_address = f"WebSockets from {address} have not said whose they are"
        of_all = "WebSockets have not said whose they are"
        with (
            self._one_more(self._unknown_of, (address, None), of_address, until),
            self._one_more(self._unknown, ("", None), of_all, until),
        ):
            yield

    @contextmanager
    def _one_more(self, now: _AtOnce, key: Key, what: str, until: str) -> Iterator[Key]:
        number = now.numbers.get(key, 0)
        if number >= now.most:
            raise Throttled(
                f"{number} {what}, and {now.most} may at once. Wait for {until}.",
                retry_after=1,
                left=self._costs.give_back(key, 0),
            )
        now.numbers[key] = number + 1
        try:
            yield key
        finally:
            left = now.numbers[key] - 1
            if left:
                now.numbers[key] = left
            else:
                del now.numbers[key]

    def charge(self, key: Key, asked: Cost) -> Charged:
        """Take the cost of an operation before it runs. Raises `Throttled`: nothing was taken."""
        return self._take(self._costs, key, asked)

    def charge_told(self, key: Key, asked: Cost) -> None:
        """Take the cost of one event before it is told. Raises `Throttled`: nothing was taken."""
        self._take(self._told, key, asked)

    def _take(self, costs: Buckets, key: Key, asked: Cost) -> Charged:
        taken = costs.take(key, asked.points)
        if not taken.allowed:
            raise Throttled(
                f"The operation costs {asked.points:g}, and {taken.remaining:.0f} are left of"
                f" {self.capacity:g}. {self.per_second:g} come back every second.",
                retry_after=taken.retry_after,
                left=taken.remaining,
            )
        looked = self._lookups.take(key, asked.lookups)
        if not looked.allowed:
            left = costs.give_back(key, asked.points)
            raise Throttled(
                f"The operation asks about members {asked.lookups} times, and"
                f" {looked.remaining:.0f} are left of {self._lookups.capacity:g}.",
                retry_after=looked.retry_after,
                left=left,
            )
        return Charged(key, asked, taken.remaining)

    def settle(self, charged: Charged, actual: float) -> float:
        """Give back what was asked for and not used. What was left when the operation began, less
        that: the same operation is answered alike, however long it took.
        """
        unused = max(charged.asked.points - actual, 0)
        self._costs.give_back(charged.key, unused)
        return charged.left + unused


def _key(actor: Actor) -> Key:
    return actor.client_id, actor.member_id
