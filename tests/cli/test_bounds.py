"""What a connection may cost before anybody knows whose it is: bytes, lines, frames and time."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from coalition.cli.patience import LARGEST_HEAD, LONGEST_URL, MOST_HEADERS, Impatient
from coalition.cli.sockets import Bounded, open_sockets
from tests.support.promise import PATIENCE

START = b"POST / HTTP/1.1\r\nHost: till\r\n"
CODED = b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKED = START + CODED
EMPTY = b"Content-Length: 0\r\n\r\n"
UPGRADE = (
    b"GET /%s HTTP/1.1\r\nHost: till\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
PING = b"\x89\x80\0\0\0\0"
PONG = b"\x8a\x80\0\0\0\0"
EMPTY_PART = b"\x01\x80\0\0\0\0" + b"\x00\x80\0\0\0\0"
MESSAGE = b"\x81\x81\0\0\0\0x"


class Few(Impatient):
    most_sockets = 3


class Hasty(Bounded):
    handshake_seconds = 0.2


async def _length(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} {len(request.headers)}")


async def _listen(websocket: WebSocket) -> None:
    await websocket.accept()
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _hesitate(websocket: WebSocket) -> None:
    await websocket.receive()
    await websocket.receive()


class Place:
    """A server, and who speaks to it byte by byte."""

    def __init__(self, port: int, server: uvicorn.Server) -> None:
        self._port = port
        self._server = server

    @property
    def sockets(self) -> int:
        return open_sockets(self._server.server_state)

    async def open(self, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(sent)
        return reader, writer

    async def answer(self, sent: bytes) -> bytes:
        """All that is answered until the server ends the connection."""
        reader, writer = await self.open(sent)
        try:
            async with asyncio.timeout(PATIENCE):
                return await reader.read()
        finally:
            writer.close()

    async def status(self, sent: bytes) -> int:
        """Of the one answer; the connection ends behind it."""
        answer = await self.answer(sent)
        assert answer.count(b"HTTP/1.1 ") == 1, answer[:200]
        return int(answer.split(b" ")[1])

    async def upgraded(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self.open(UPGRADE % b"feed" + b"\r\n")
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        return reader, writer

    async def until_open(self, most: int) -> None:
        """Until so many WebSockets are open, or fewer."""
        async with asyncio.timeout(PATIENCE):
            while self.sockets > most:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with _server() as made:
        yield made


@asynccontextmanager
async def _server() -> AsyncIterator[Place]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(
        routes=[
            Route("/", _length, methods=["POST"]),
            WebSocketRoute("/feed", _listen),
            WebSocketRoute("/slow", _hesitate),
        ]
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app, http=Few, ws=Hasty, lifespan="off", log_config=None, timeout_graceful_shutdown=1,
            limit_concurrency=3,
        )
    )  # fmt: skip
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield Place(listener.getsockname()[1], server)
    finally:
        server.should_exit = True
        await serving
        listener.close()


LARGE = {
    "a header without end": (START + b"X: " + b"a" * LARGEST_HEAD, 431),
    "headers without end": (START + b"A: b\r\n" * (MOST_HEADERS + 1), 431),
    "a whole header": (START + b"X: " + b"a" * LARGEST_HEAD + b"\r\n" + EMPTY, 431),
    "an address without end": (b"POST /?" + b"a" * LONGEST_URL, 414),
    "trailers without end": (CHUNKED + b"0\r\n" + b"A: b\r\n" * (MOST_HEADERS + 1), 431),
    "a trailer without end": (CHUNKED + b"0\r\nX: " + b"a" * 2 * LARGEST_HEAD, 431),
    "an extension without end": (CHUNKED + b"1;" + b"a" * 2 * LARGEST_HEAD, 431),
    "an upgrade of a long line": (UPGRADE % b"feed" + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "an upgrade of a long address": (UPGRADE % (b"feed?" + b"a" * 9000) + b"\r\n", 431),
    "an upgrade of many lines": (UPGRADE % b"feed" + b"A: b\r\n" * 140 + b"\r\n", 431),
}  # fmt: skip


@pytest.mark.parametrize("what", LARGE)
async def test_a_head_beyond_its_bounds_is_refused_and_its_connection_ends(
    what: str, place: Place
) -> None:
    """Security checklist, line 26."""
    sent, status = LARGE[what]
    assert await place.status(sent) == status
    assert place.sockets == 0


async def test_a_head_within_its_bounds_is_answered_and_trailers_are_no_headers(
    place: Place,
) -> None:
    lines = b"".join(b"X%d: a\r\n" % one for one in range(90)) + b"X: " + b"a" * 60_000 + b"\r\n"
    sent = START + lines + b"Connection: close\r\n" + EMPTY
    assert (await place.answer(sent)).endswith(b"0 94")
    sent = START + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent += b"2;a=b\r\nab\r\n0\r\nAuthorization: Bearer x\r\n\r\n"
    assert (await place.answer(sent)).endswith(b"2 3")


AMBIGUOUS = {
    "two hosts": START + b"Host: till\r\n" + EMPTY,
    "no host": b"POST / HTTP/1.1\r\n" + EMPTY,
    "two codings": START + b"Transfer-Encoding: identity\r\n" + CODED + b"0\r\n\r\n",
    "two codings in a line": START + b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "chunked of old": CHUNKED.replace(b"1.1", b"1.0") + b"0\r\n\r\n",
    "two tokens": START + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n" + EMPTY,
    "an upgrade for two hosts": UPGRADE % b"feed" + b"Host: shop\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("what", AMBIGUOUS)
async def test_a_head_that_could_be_read_in_two_ways_is_refused(what: str, place: Place) -> None:
    """Security checklist, line 26."""
    assert await place.status(AMBIGUOUS[what]) == 400


async def test_a_program_of_old_needs_no_host(place: Place) -> None:
    answer = await place.answer(b"POST / HTTP/1.0\r\n" + EMPTY)
    assert answer.startswith(b"HTTP/1.1 200")


NO_UPGRADES = {
    "another version": UPGRADE.replace(b": 13", b": 7") % b"feed" + b"\r\n",
    "no key": UPGRADE.replace(b"Sec-WebSocket-Key", b"X-Key") % b"feed" + b"\r\n",
    "by POST": UPGRADE.replace(b"GET", b"POST") % b"feed" + b"\r\n",
    "no such address": UPGRADE % b"nowhere" + b"\r\n",
    "an application that hesitates": UPGRADE % b"slow" + b"\r\n",
}


@pytest.mark.parametrize("what", NO_UPGRADES)
async def test_an_upgrade_that_fails_leaves_no_connection_open(what: str, place: Place) -> None:
    """Security checklist, line 26."""
    assert b" 101 " not in await place.answer(NO_UPGRADES[what])
    await place.until_open(0)


async def test_a_server_has_so_many_websockets_and_its_requests_are_answered_beside_them(
    place: Place,
) -> None:
    held = [await place.upgraded() for _ in range(Few.most_sockets)]
    assert await place.status(UPGRADE % b"feed" + b"\r\n") == 503
    assert (await place.answer(START + b"Connection: close\r\n" + EMPTY)).endswith(b"0 3")
    held.pop()[1].close()
    await place.until_open(Few.most_sockets - 1)
    held.append(await place.upgraded())
    for _, writer in held:
        writer.close()
    await place.until_open(0)


@pytest.mark.parametrize("before", [b"", MESSAGE], ids=["at once", "after a message"])
@pytest.mark.parametrize(
    "flood", [PING, PONG, EMPTY_PART], ids=["pings", "pongs", "parts of nothing"]
)
async def test_a_flood_of_frames_ends_its_connection(
    flood: bytes, before: bytes, place: Place
) -> None:
    """Security checklist, line 26."""
    reader, writer = await place.upgraded()
    # Parts belong to one message: the first frame begins it, and the others go on with it.
    writer.write(before + (flood[:6] + flood[6:] * 20_000 if flood[6:] else flood * 20_000))
    answered = b""
    async with asyncio.timeout(PATIENCE):
        try:
            while part := await reader.read(65536):
                answered += part
        except ConnectionError:
            pass
    assert len(answered) < len(b"\x8a\x00" * 1000)
    writer.close()
    await place.until_open(0)


async def test_who_pings_now_and_then_is_answered(place: Place) -> None:
    reader, writer = await place.upgraded()
    writer.write(PING * 5)
    async with asyncio.timeout(PATIENCE):
        assert await reader.readexactly(10) == b"\x8a\x00" * 5
    writer.write(MESSAGE + PING * 100)
    async with asyncio.timeout(PATIENCE):
        assert await reader.readexactly(200) == b"\x8a\x00" * 100
    writer.close()
