"""How much one client may ask for: a bucket of cost, one of look-ups, and so much at once."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from coalition.access import Actor
from coalition.api.cost import Cost
from coalition.kit.buckets import Buckets
from coalition.kit.config import Settings

Key = tuple[str, int | None]


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


class Quota:
    """Of all clients of one process. A member is counted apart from others of its client."""

    def __init__(self, settings: Settings) -> None:
        self._costs = Buckets(settings.cost_capacity, settings.cost_per_second)
        self._lookups = Buckets(settings.lookup_capacity, settings.lookups_per_second)
        self._most_at_once = settings.requests_at_once
        self._at_once: dict[Key, int] = {}

    @property
    def capacity(self) -> float:
        return self._costs.capacity

    @property
    def per_second(self) -> float:
        return self._costs.per_second

    @contextmanager
    def serving(self, actor: Actor) -> Iterator[Key]:
        """While one request of the actor is served. Raises `Throttled`."""
        key = (actor.client_id, actor.member_id)
        served = self._at_once.get(key, 0)
        if served >= self._most_at_once:
            raise Throttled(
                f"{served} requests of this client are being served, and {self._most_at_once} are"
                " at once. Wait for their answers.",
                retry_after=1,
                left=self._costs.give_back(key, 0),
            )
        self._at_once[key] = served + 1
        try:
            yield key
        finally:
            left = self._at_once[key] - 1
            if left:
                self._at_once[key] = left
            else:
                del self._at_once[key]

    def charge(self, key: Key, asked: Cost) -> Charged:
        """Take the cost of an operation before it runs. Raises `Throttled`: nothing was taken."""
        taken = self._costs.take(key, asked.points)
        if not taken.allowed:
            raise Throttled(
                f"The operation costs {asked.points:g}, and {taken.remaining:.0f} are left of"
                f" {self.capacity:g}. {self.per_second:g} come back every second.",
                retry_after=taken.retry_after,
                left=taken.remaining,
            )
        looked = self._lookups.take(key, asked.lookups)
        if not looked.allowed:
            left = self._costs.give_back(key, asked.points)
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
