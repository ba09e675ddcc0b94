"""Who opens a connection and does not go on is sent away; who goes on slowly is served."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from coalition.cli.patience import Impatient
from tests.support.promise import PATIENCE

HEAD = b"POST / HTTP/1.1\r\nHost: till\r\nContent-Length: 10\r\n\r\n"


class Hasty(Impatient):
    head_seconds = 0.6
    body_seconds = 0.6


async def _length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@asynccontextmanager
async def _server() -> AsyncIterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=[Route("/", _length, methods=["POST"])]),
            http=Hasty, lifespan="off", log_config=None, timeout_graceful_shutdown=1,
        )
    )  # fmt: skip
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
        listener.close()


@pytest.mark.parametrize(
    "sent", [b"", b"POST / HTTP/1.1\r\nHost: ti", HEAD, HEAD + b"12345"],
    ids=["nothing", "half a head", "no body", "half a body"],
)  # fmt: skip
async def test_a_connection_that_does_not_go_on_is_ended(sent: bytes) -> None:
    """Security checklist, line 26."""
    async with _server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()
    assert answer == b""


async def test_a_till_on_a_slow_line_is_served_and_may_come_back() -> None:
    async with _server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            for part in (HEAD, b"12345", b"67890"):
                writer.write(part)
                await asyncio.sleep(0.25)
            async with asyncio.timeout(PATIENCE):
                answer = await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(2)
            assert answer.startswith(b"HTTP/1.1 200")
            assert answer.endswith(b"\r\n\r\n10")
        writer.close()
