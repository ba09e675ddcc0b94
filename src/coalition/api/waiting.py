"""WebSockets of which nobody knows yet whose they are: few, and few from one address."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from coalition.kit.addresses import network_of

MOST_WAITING = 500
MOST_OF_ADDRESS = 100


class Full(Exception):
    """Too many wait already."""


class Waiting:
    """One per process. A place is taken until the client has said who it is, or is gone."""

    def __init__(self, most: int = MOST_WAITING, most_of_address: int = MOST_OF_ADDRESS) -> None:
        self._most = most
        self._most_of_address = most_of_address
        self._by_address: Counter[str] = Counter()

    @contextmanager
    def one_more(self, address: str | None) -> Iterator[None]:
        """Raises `Full`."""
        network = network_of(address)
        if (
            self._by_address.total() >= self._most
            or self._by_address[network] >= self._most_of_address
        ):
            raise Full
        self._by_address[network] += 1
        try:
            yield
        finally:
            self._by_address[network] -= 1
            if not self._by_address[network]:
                del self._by_address[network]
