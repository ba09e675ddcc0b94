"""Listeners at a live edge: a WebSocket spoken by hand, and a stream read line by line."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
from joserfc import jwt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from coalition.access import EXPLORER, ActorKind, Scope, load_keys
from tests.support import Person, World
from tests.support.edge import Edge
from tests.support.promise import PATIENCE

Json = dict[str, Any]
PROTOCOL = "graphql-transport-ws"

AWARDS = """subscription ($after: String) { awardRecorded(after: $after) {
  cursor award { purchaseReference points partner { code } } } }"""
BALANCE = """subscription ($after: String) { balanceChanged(after: $after) {
  cursor partner { code } balance { available } } }"""
STATEMENTS = """subscription { statementIssued {
  statement { number period { label } partner { code } } } }"""


async def a_token(
    world: World,
    edge: Edge,
    *,
    member: Person | None = None,
    brand: str | None = None,
    scopes: frozenset[Scope] | None = None,
    seconds: int = 600,
) -> str:
    """A member's, a brand's, or else the operator's."""
    keys = await load_keys(world.database)
    now, url = int(time.time()), str(edge.http.base_url).rstrip("/")
    kind = ActorKind.MEMBER if member else ActorKind.PARTNER if brand else ActorKind.OPERATOR
    claims: Json = {
        "iss": url, "aud": f"{url}/graphql", "iat": now, "exp": now + seconds, "jti": "x",
        "sub": "x", "scope": " ".join(sorted(scopes if scopes is not None else kind.scopes)),
        "client_id": EXPLORER if member else f"{brand}-till" if brand else "operator",
    }  # fmt: skip
    if member:
        claims["member_id"] = member.member_id
    if brand:
        claims["partner_id"] = world.partner(brand).id
    header = {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid}
    return jwt.encode(header, claims, keys.signing)


@dataclass
class Listener:
    """A connection, as far as the test has taken it."""

    socket: ClientConnection
    taken: list[Json] = field(default_factory=list)

    async def send(self, message: object) -> None:
        text = message if isinstance(message, str | bytes) else json.dumps(message)
        await self.socket.send(text)

    async def receive(self) -> Json:
        async with asyncio.timeout(PATIENCE):
            message: Json = json.loads(await self.socket.recv())
        self.taken.append(message)
        return message

    async def begin(self, token: str | None) -> None:
        payload = {} if token is None else {"payload": {"Authorization": f"Bearer {token}"}}
        await self.send({"type": "connection_init", **payload})
        assert (await self.receive())["type"] == "connection_ack"

    async def subscribe(self, document: str, number: str = "1", **variables: object) -> None:
        """When it returns, the subscription has begun or been answered with an error."""
        payload = {"query": document, "variables": variables}
        await self.send({"id": number, "type": "subscribe", "payload": payload})
        await self.send({"type": "ping"})
        answer = await self.receive()
        assert answer["type"] in {"pong", "error"}, answer
        if answer["type"] == "error":
            assert (await self.receive())["type"] == "pong"

    async def told(self) -> Json:
        """The one field of the next event."""
        message = await self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (value,) = message["payload"]["data"].values()
        found: Json = value
        return found

    async def nothing_more(self) -> None:
        """Nothing has been sent besides what was taken."""
        await self.send({"type": "ping"})
        assert (await self.receive())["type"] == "pong"

    async def closed(self) -> tuple[int, str]:
        """How the server ended the connection."""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionClosed):
                while True:
                    self.taken.append(json.loads(await self.socket.recv()))
        code, reason = self.socket.close_code, self.socket.close_reason
        assert code is not None
        assert reason is not None
        return code, reason


@asynccontextmanager
async def a_listener(
    edge: Edge,
    token: str | None = None,
    *,
    protocol: str | None = PROTOCOL,
    origin: str | None = None,
    **options: Any,  # noqa: ANN401 - of the client
) -> AsyncIterator[Listener]:
    """A WebSocket at the edge; with a token it is begun already."""
    address = str(edge.http.base_url).rstrip("/").replace("http://", "ws://") + "/graphql"
    async with connect(
        address,
        proxy=None,
        subprotocols=[Subprotocol(protocol)] if protocol else None,
        origin=Origin(origin) if origin else None,
        **options,
    ) as socket:
        listener = Listener(socket)
        if token is not None:
            await listener.begin(token)
        yield listener


@dataclass
class Streamed:
    """`answer` is 200 and a stream, or a refusal."""

    answer: httpx2.Response
    _lines: AsyncIterator[str]

    async def event(self) -> Json:
        """The next event: `event`, `id`, and `data` as JSON; comments are passed over."""
        found: Json = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if not line and found:
                    break
                name, _, value = line.partition(": ")
                if name and not line.startswith(":"):
                    found[name.rstrip(":")] = value
        if found.get("data"):
            found["data"] = json.loads(found["data"])
        return found

    async def told(self) -> Json:
        event = await self.event()
        assert event["event"] == "next", event
        assert "errors" not in event["data"], event
        (value,) = event["data"]["data"].values()
        found: Json = value
        return found


@asynccontextmanager
async def a_stream(
    edge: Edge, token: str, document: str, *, headers: dict[str, str] | None = None,
    **variables: object,
) -> AsyncIterator[Streamed]:  # fmt: skip
    """A subscription as server-sent events; when it is entered, it has begun."""
    asked = {
        "Authorization": f"Bearer {token}", "Accept": "text/event-stream",
        "Content-Type": "application/json",
    }  # fmt: skip
    async with edge.http.stream(
        "POST",
        "/graphql",
        content=json.dumps({"query": document, "variables": variables}),
        headers=asked | (headers or {}),
        timeout=PATIENCE,
    ) as answer:
        if answer.status_code != 200:
            await answer.aread()
        yield Streamed(answer, answer.aiter_lines())
