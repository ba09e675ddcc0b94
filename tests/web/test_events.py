"""The home page while it is open: how things stand, and then each change."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from lxml import html

from coalition.access import load_keys
from coalition.access.web_sessions import WebSessions
from coalition.web.streams import MOST_TABS
from tests.live.listening import BALANCE, a_listener, a_stream
from tests.oauth.people import Browser, a_login
from tests.support import Person, World, a_bakery, a_grocer
from tests.support.catalogue import Counter, a_voucher
from tests.support.edge import Edge
from tests.support.live import live_edge
from tests.support.promise import PATIENCE, WITHIN_A_SECOND
from tests.web.people import Reader

COOKIE = "coalition"


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    """Behind a real socket: an answer that never ends is read as it comes."""
    applied = await world.apply(brands=[a_grocer(), a_bakery()])
    async with live_edge(world, applied.new_secrets) as made:
        yield made


@pytest.fixture
async def reader(world: World, edge: Edge, mia: Person) -> Reader:
    await a_login(world, "mia@example.com", member=mia)
    await Browser(edge.http).enter(world, "mia@example.com", COOKIE)
    reader = Reader(edge.http)
    await reader.get("/app")
    return reader


@asynccontextmanager
async def listening(reader: Reader, path: str = "/app/events") -> AsyncIterator[AsyncIterator[str]]:
    async with reader.http.stream("GET", path, timeout=PATIENCE) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")

        async def events() -> AsyncGenerator[str, None]:
            lines: list[str] = []
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    lines.append(line.removeprefix("data: "))
                elif not line and lines:
                    yield " ".join(lines)
                    lines.clear()

        async with aclosing(events()) as told:
            yield told


async def test_the_first_event_says_how_things_stand_and_the_next_what_moved(
    reader: Reader, world: World, mia: Person
) -> None:
    await world.award("grocer", mia, "100.00")
    async with listening(reader) as events:
        assert '<span class="figure">100</span>' in await anext(events)
        began = time.monotonic()
        await world.award("bakery", mia, "30.00")
        told = await anext(events)
        assert time.monotonic() - began < WITHIN_A_SECOND
        assert '<span class="figure">160</span>' in told
        assert 'data-announce="+60 at Corner Bakery. You have 160 to spend now."' in told


async def test_nobody_is_told_of_another_member(reader: Reader, world: World, mia: Person) -> None:
    noor = await world.enrol("Noor")
    async with listening(reader) as events:
        await anext(events)
        await world.award("bakery", noor, "500.00")
        await world.award("grocer", mia, "1.00")
        told = await anext(events)
        assert '<span class="figure">1</span>' in told
        assert "1,000" not in told


async def test_a_member_keeps_so_many_tabs_and_no_more(reader: Reader) -> None:
    async with AsyncExitStack() as tabs:
        for _ in range(MOST_TABS):
            await anext(await tabs.enter_async_context(listening(reader)))
        full = await reader.http.get("/app/events")
        assert (full.status_code, full.headers["retry-after"]) == (429, "30")
        assert (await reader.http.get("/app")).status_code == 200


async def test_a_server_that_stops_ends_its_streams(world: World) -> None:
    """The browser comes back; connections need not be cut off."""
    applied = await world.apply(brands=[a_grocer()])
    mia = await world.enrol("Mia")
    await a_login(world, "mia@example.com", member=mia)
    async with AsyncExitStack() as open_:
        async with live_edge(world, applied.new_secrets) as edge:
            http = await open_.enter_async_context(httpx2.AsyncClient(base_url=edge.http.base_url))
            await Browser(http).enter(world, "mia@example.com", COOKIE)
            reader = Reader(http)
            await reader.get("/app")
            events = await open_.enter_async_context(listening(reader))
            await anext(events)
            began = time.monotonic()
        assert [one async for one in events] == []
        assert time.monotonic() - began < WITHIN_A_SECOND


async def test_the_pages_token_is_told_of_nothing_but_what_they_ask(
    reader: Reader, edge: Edge, world: World
) -> None:
    keys = await load_keys(world.database)
    found = await WebSessions(world.database, keys.web).find(
        reader.http.cookies["coalition-app"], now=datetime.now(UTC)
    )
    assert found is not None
    async with a_listener(edge, found.tokens.access) as listener:
        asked = {"id": "1", "type": "subscribe", "payload": {"query": BALANCE}}
        await listener.send(asked)
        (error,) = (await listener.receive())["payload"]
        assert error["extensions"]["code"] == "PERSISTED_DOCUMENT_REQUIRED"
        await listener.nothing_more()
    async with a_stream(edge, found.tokens.access, BALANCE) as stream:
        (error,) = stream.answer.json()["errors"]
        assert error["extensions"]["code"] == "PERSISTED_DOCUMENT_REQUIRED"


async def test_a_voucher_that_a_till_takes_is_used_before_ones_eyes(
    reader: Reader, world: World, mia: Person
) -> None:
    await world.award("grocer", mia, "700.00")
    counter = Counter(world)
    number = await counter.put("bakery", a_voucher())
    await counter.load("bakery", number, "FIVE-0001", "FIVE-0002")
    for _ in range(2):
        await counter.claim(mia, number)
        world.now += timedelta(seconds=1)
    page = html.fromstring((await reader.get("/app/vouchers")).text)
    (_, address) = page.xpath("//li[@class='move']//a/@href")
    async with listening(reader, f"{address}/events") as events:
        assert "Ready to use" in await anext(events)
        await counter.use("bakery", "FIVE-0002")
        began = time.monotonic()
        await counter.use("bakery", "FIVE-0001")
        told = await anext(events)
        assert time.monotonic() - began < WITHIN_A_SECOND
        assert 'data-announce="Five Off: Used"' in told
