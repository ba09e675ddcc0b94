"""Token buckets: who asks too much waits, and nobody else does.

Kept in the memory of one process. So a limit is one server's; where several servers share the
load, a client gets as many times as much as there are servers.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic

_MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Taken:
    """`retry_after`: seconds until the same could be taken; 0 when it was."""

    allowed: bool
    remaining: float
    retry_after: float


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Buckets:
    """One bucket per key, full at first, refilled at `per_second` up to `capacity`."""

    def __init__(
        self, capacity: float, per_second: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self.capacity = capacity
        self.per_second = per_second
        self._clock = clock
        self._buckets: dict[Hashable, _Bucket] = {}

    def take(self, key: Hashable, cost: float = 1) -> Taken:
        """Take `cost`, all or nothing. More than the capacity is never there to be taken."""
        bucket = self._at(key)
        if bucket.level < cost:
            missing = cost - bucket.level
            return Taken(
                allowed=False, remaining=bucket.level, retry_after=missing / self.per_second
            )
        bucket.level -= cost
        return Taken(allowed=True, remaining=bucket.level, retry_after=0)

    def give_back(self, key: Hashable, cost: float) -> float:
        """Return what was taken and not used. The level then."""
        bucket = self._at(key)
        bucket.level = min(bucket.level + cost, self.capacity)
        return bucket.level

    def __len__(self) -> int:
        return len(self._buckets)

    def _at(self, key: Hashable) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= _MOST_KEYS:
                self._forget(now)
            bucket = self._buckets[key] = _Bucket(self.capacity, now)
        bucket.level = min(bucket.level + (now - bucket.at) * self.per_second, self.capacity)
        bucket.at = now
        return bucket

    def _forget(self, now: float) -> None:
        """Full buckets are like new ones. When all are in use, the longest unused half goes."""
        used = {
            key: one
            for key, one in self._buckets.items()
            if one.level + (now - one.at) * self.per_second < self.capacity
        }
        if len(used) >= _MOST_KEYS:
            latest = sorted(used.items(), key=lambda item: item[1].at)[len(used) // 2 :]
            used = dict(latest)
        self._buckets = used
