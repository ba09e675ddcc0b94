"""A lean HTTP client in a process of its own, so that it is not measured with the server.

`python -m bench.client` reads one `Plan` as JSON from standard input, keeps `connections`
connections alive over the ports in turn, asks again on each as soon as it is answered, and
writes an `Answered` as JSON to standard output.
"""

import asyncio
import dataclasses
import json
import random
import sys
import time
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import uvloop

AWARD = (
    "mutation($i:AwardPointsInput!){awardPoints(input:$i)"
    "{award{id points} replayed userErrors{code}}}"
)
BATCH = (
    "mutation($i:AwardPointsBatchInput!){awardPointsBatch(input:$i)"
    "{accepted rejected results(onlyRejected:true){index userErrors{code}} userErrors{code}}}"
)
BALANCE = "query($c:String!){member(ref:{card:$c}){balance{available}}}"
MOST_PREPARED = 12
LONGEST_WAIT = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """`what`: award, batch, balance or page. With `seconds` 0: `requests` requests and no more.

    `path`: of a page, which is asked for with one of the `cookies` each time.
    """

    what: str
    ports: list[int]
    tokens: list[str]
    connections: int
    members: list[int]
    seconds: float = 0.0
    requests: int = 0
    rows: int = 1000
    path: str = ""
    cookies: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answered:
    done: int
    failed: int
    seconds: float
    p50: float
    p95: float
    p99: float
    first_failure: str = ""


class Requests:
    """The next request, as bytes."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._ready: deque[bytes] = deque()
        if plan.what == "batch":
            count = plan.requests or MOST_PREPARED
            self._ready.extend(self._written(self._batch()) for _ in range(count))

    def next(self) -> bytes:
        match self._plan.what:
            case "award":
                return self._written({"query": AWARD, "variables": {"i": self._row()}})
            case "batch":
                return self._ready.popleft() if self._ready else self._written(self._batch())
            case "balance":
                return self._written({"query": BALANCE, "variables": {"c": self._card()}})
            case "page":
                return self._page()
            case other:
                raise ValueError(f"{other} is none of award, batch, balance, page.")

    def _page(self) -> bytes:
        """As a browser asks that takes what is sent as it is."""
        cookie = random.choice(self._plan.cookies)  # noqa: S311 - no secret: traffic
        return (
            f"GET {self._plan.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
            "Accept: text/html\r\nAccept-Language: en\r\n\r\n"
        ).encode()

    def _batch(self) -> dict[str, Any]:
        rows = [self._row() for _ in range(self._plan.rows)]
        return {"query": BATCH, "variables": {"i": {"rows": rows}}}

    def _row(self) -> dict[str, Any]:
        key = uuid.uuid4().hex
        return {
            "idempotencyKey": key,
            "member": {"card": self._card()},
            "purchase": {
                "reference": key,
                "purchasedAt": self._at,
                # No secret: traffic.
                "amount": {"amount": f"{random.randrange(100, 9999) / 100:.2f}", "currency": "USD"},  # noqa: S311
            },
        }

    def _card(self) -> str:
        return f"B{random.choice(self._plan.members):09}"  # noqa: S311 - not a secret

    def _written(self, body: dict[str, Any]) -> bytes:
        content = json.dumps(body, separators=(",", ":")).encode()
        token = random.choice(self._plan.tokens)  # noqa: S311 - no secret: traffic
        return (
            b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b"
            % (token.encode(), len(content), content)
        )


class Tally:
    def __init__(self) -> None:
        self.times: list[float] = []
        self.failed = 0
        self.first_failure = ""

    def add(self, seconds: float, head: bytes, body: bytes) -> None:
        self.times.append(seconds)
        right = head.startswith(b"HTTP/1.1 200") and b'"errors"' not in body
        if not right or (b"userErrors" in body and b'"code":' in body):
            self.failed += 1
            self.first_failure = self.first_failure or body[:300].decode(errors="replace")


class Caller(asyncio.Protocol):
    """One connection: asks, waits for the whole answer, asks again."""

    def __init__(self, plan: Plan, requests: Requests, tally: Tally, ends: float) -> None:
        self._requests, self._tally, self._ends = requests, tally, ends
        self._left = plan.requests
        self._until_done = plan.seconds == 0
        self._buffer = b""
        self._began = 0.0
        self._transport: asyncio.WriteTransport | None = None
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._buffer = b""
        self._tally.add(time.perf_counter() - self._began, head, body)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(exc or ConnectionError("The server hung up."))

    def _ask(self) -> None:
        assert self._transport is not None
        over = self._left == 0 if self._until_done else time.perf_counter() >= self._ends
        if over:
            if not self.finished.done():
                self.finished.set_result(None)
            self._transport.close()
            return
        self._left -= 1
        request = self._requests.next()
        self._began = time.perf_counter()
        self._transport.write(request)


async def ask(plan: Plan) -> Answered:
    requests, tally = Requests(plan), Tally()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    callers = []
    for number in range(plan.connections):
        _, caller = await loop.create_connection(
            lambda: Caller(plan, requests, tally, began + plan.seconds),
            "127.0.0.1",
            plan.ports[number % len(plan.ports)],
        )
        callers.append(caller)
    async with asyncio.timeout(plan.seconds + LONGEST_WAIT):
        await asyncio.gather(*(caller.finished for caller in callers))
    seconds = time.perf_counter() - began
    times = sorted(tally.times)
    return Answered(
        done=len(times) - tally.failed,
        failed=tally.failed,
        seconds=seconds,
        p50=times[len(times) // 2],
        p95=times[int(len(times) * 0.95)],
        p99=times[int(len(times) * 0.99)],
        first_failure=tally.first_failure,
    )


def main() -> None:
    plan = Plan(**json.load(sys.stdin))
    print(json.dumps(dataclasses.asdict(uvloop.run(ask(plan)))))


if __name__ == "__main__":
    main()
