"""Clients that say too much, or leave in the middle of what they say: nobody else notices."""

import asyncio
import json
import logging
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.live.listening import AWARDS, a_listener
from tests.support import World, nothing_moves
from tests.support.edge import Edge
from tests.support.promise import PATIENCE

PATHS = ["/graphql", "/oauth/token", "/signin", "/bulk/awards/x"]


@pytest.mark.parametrize("number", ["😀" * 100, "é" * 128, "\ud800", "x\udfff"])
async def test_the_id_of_a_subscription_is_text_and_is_echoed_as_far_as_it_fits(
    number: str, edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_listener(edge, await edge.token("bakery-till")) as listener:
        subscribe = {"id": number, "type": "subscribe", "payload": {"query": AWARDS}}
        for _ in range(2):
            await listener.send(json.dumps(subscribe))
        code, reason = await listener.closed()
    assert code == (4409 if number.isprintable() else 4400)
    assert 0 < len(reason.encode()) <= 123
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_who_says_too_much_is_sent_away(edge: Edge) -> None:
    """Security checklist, line 26."""
    async with a_listener(edge) as listener:
        for _ in range(11):
            await listener.send({"type": "ping"})
        assert (await listener.closed())[0] == 1008
        assert len(listener.taken) == 10
    async with a_listener(edge, await edge.token("bakery-till")) as listener:
        async with asyncio.TaskGroup() as group:
            for _ in range(2000):
                group.create_task(listener.send({"type": "ping"}))
        assert (await listener.closed())[0] == 1008


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("rest", [b"zz\r\n", b""], ids=["a bad chunk", "nothing more"])
async def test_a_body_that_never_comes_to_its_end_leaves_one_line_and_moves_nothing(
    rest: bytes, path: str, world: World, edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    token = await edge.token("bakery-till")
    media = "application/json" if path == "/graphql" else "application/x-www-form-urlencoded"
    method = "PUT" if path.startswith("/bulk") else "POST"
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media}\r\n"
        f"Authorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    address = urlsplit(str(edge.http.base_url))
    async with nothing_moves(world):
        with capture_logs() as lines:
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(head.encode() + b"1\r\na\r\n")
            await asyncio.sleep(0.05)  # until somebody reads the body
            writer.write(rest)
            if not rest:
                writer.close()
            async with asyncio.timeout(PATIENCE):
                await reader.read()
                while not lines:  # noqa: ASYNC110 - the log tells nobody
                    await asyncio.sleep(0.01)
            writer.close()
    assert len(lines) == 1
    assert lines[0]["log_level"] == "info"
    assert token not in str(lines)
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
