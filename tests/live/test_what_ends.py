"""Nothing is told to whoever may not listen any more, and nobody is kept who does not."""

import asyncio
import socket
import time
from contextlib import AsyncExitStack

import httpx2
import pytest

from coalition.access.administer import revoke_client
from coalition.access.logins import change_roles
from coalition.earning import AwardRequest, award_points
from coalition.kit.database import administering
from tests.live.listening import AWARDS, STATEMENTS, Json, a_listener, a_stream, a_token
from tests.support import Person, World, a_bakery, a_grocer
from tests.support.edge import Edge
from tests.support.live import live_edge
from tests.support.promise import PATIENCE, WITHIN_A_SECOND, WITHIN_FIVE_SECONDS
from tests.support.staff import a_person_of


async def test_a_token_that_ends_ends_what_it_began(world: World, edge: Edge) -> None:
    """Security checklist, line 37. Expiry closes it."""
    ends_at = int(time.time()) + 2
    token = await a_token(world, edge, brand="bakery", seconds=ends_at - int(time.time()))
    async with a_listener(edge, token) as listener, a_stream(edge, token, AWARDS) as stream:
        await listener.subscribe(AWARDS)
        assert await listener.closed() == (4403, "The access token has expired.")
        assert 0 <= time.time() - ends_at < WITHIN_FIVE_SECONDS
        last = await stream.event()
        assert last["event"] == "next"
        (error,) = last["data"]["errors"]
        assert error["message"] == "The access token has expired."
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        assert error["extensions"]["cursor"].startswith("cur_")
        assert (await stream.event())["event"] == "complete"
        assert await stream.event() == {}


async def test_a_revoked_client_hears_nothing_after_five_seconds(world: World, edge: Edge) -> None:
    token = await edge.token("bakery-till")
    async with a_listener(edge, token) as listener, a_stream(edge, token, AWARDS) as stream:
        await listener.subscribe(AWARDS)
        async with administering(world.addresses) as connection:
            await revoke_client(connection, "bakery-till")
        async with asyncio.timeout(WITHIN_FIVE_SECONDS):
            assert await listener.closed() == (4403, "The access token is not valid any more.")
            (error,) = (await stream.event())["data"]["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_who_has_fewer_roles_hears_nothing_that_was_admitted_for_more(
    world: World, edge: Edge
) -> None:
    boss = await a_person_of(world, "bakery", url=str(edge.http.base_url).rstrip("/"))
    token = boss.token
    async with a_listener(edge, token) as listener, a_stream(edge, token, AWARDS) as stream:
        await listener.subscribe(AWARDS)
        async with administering(world.addresses) as connection:
            await change_roles(connection, boss.email, ["finance"])
        async with asyncio.timeout(WITHIN_FIVE_SECONDS):
            told = "The access token may be used for less than before."
            assert await listener.closed() == (4403, told)
            (error,) = (await stream.event())["data"]["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_suspended_brand_hears_of_its_accounts_only(world: World, edge: Edge) -> None:
    token = await edge.token("bakery-till")
    async with a_listener(edge, token) as listener, a_stream(edge, token, AWARDS) as stream:
        await listener.subscribe(AWARDS, "awards")
        await listener.subscribe(STATEMENTS, "statements")
        await world.apply(brands=[a_bakery(status="suspended"), a_grocer()])
        async with asyncio.timeout(WITHIN_FIVE_SECONDS):
            ended = await listener.receive()
            (error,) = (await stream.event())["data"]["errors"]
        assert (ended["type"], ended["id"]) == ("error", "awards")
        for one in (error, *ended["payload"]):
            assert one["extensions"]["code"] == "PARTNER_SUSPENDED"
        await listener.nothing_more()
        world.now = world.now.replace(month=4)
        await world.close("2026-03")
        assert (await listener.told())["statement"]["partner"] == {"code": "bakery"}


async def test_a_server_that_stops_says_so_at_once(world: World) -> None:
    applied = await world.apply()
    async with AsyncExitStack() as stack, AsyncExitStack() as server:
        served = await server.enter_async_context(live_edge(world, applied.new_secrets))
        # Its own client ends before the server does.
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=served.http.base_url))
        edge = Edge(http, applied.new_secrets)
        token = await edge.token("bakery-till")
        listener = await stack.enter_async_context(a_listener(edge, token))
        await listener.subscribe(AWARDS)
        stream = await stack.enter_async_context(a_stream(edge, token, AWARDS))
        began = time.monotonic()
        stopping = asyncio.create_task(server.aclose())
        assert (await listener.closed())[0] == 1012
        # Ended and not completed: a browser comes back by itself, with its last cursor.
        assert await stream.event() == {}
        await stopping
        assert time.monotonic() - began < WITHIN_A_SECOND


async def test_who_does_not_read_is_ended_and_told_where_to_go_on(world: World) -> None:
    applied = await world.apply()
    ada = await world.enrol("Ada")
    # Names of two thousand letters: a few dozen events fill every buffer on the way.
    document = "subscription { awardRecorded { cursor " + " ".join(
        f"{'a' * 2000}{number}: cursor" for number in range(24)
    ) + " } }"  # fmt: skip
    async with live_edge(
        world,
        applied.new_secrets,
        unread_seconds=0.3,
        subscriptions_at_once=2,
        send_buffer=65536,
    ) as edge:
        token = await edge.token("bakery-till")
        async with (
            a_listener(edge, token, sock=_narrow(edge), max_queue=1) as listener,
            a_stream(edge, token, document) as stream,
        ):
            await listener.subscribe(document)
            await _many_awards(world, ada)
            await _both_are_ended(edge, token)
            assert await listener.closed() == (1013, "What was sent was not read in time.")
            *told, last = listener.taken
            assert last["type"] == "error"
            _is_told_to_go_on(last["payload"], told[-1]["payload"]["data"]["awardRecorded"])
            heard = [await stream.event()]
            while heard[-1]["event"] == "next":
                heard.append(await stream.event())
            *_, before, last, complete = heard
            assert complete["event"] == "complete"
            _is_told_to_go_on(last["data"]["errors"], before["data"]["data"]["awardRecorded"])


async def _both_are_ended(edge: Edge, token: str) -> None:
    """Until there is room for two others: nobody has read a word so far."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with a_stream(edge, token, AWARDS) as one, a_stream(edge, token, AWARDS) as two:
                if one.answer.status_code == two.answer.status_code == 200:
                    return
            await asyncio.sleep(0.05)


def _is_told_to_go_on(errors: list[Json], told: Json) -> None:
    (error,) = errors
    assert error["extensions"]["code"] == "SUBSCRIBER_TOO_SLOW"
    assert error["extensions"]["cursor"] == told["cursor"]


def _narrow(edge: Edge) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    made.connect((edge.http.base_url.host, edge.http.base_url.port))
    made.settimeout(0)
    return made


async def _many_awards(world: World, ada: Person) -> None:
    requests = [
        AwardRequest(f"k-{number}", ada.ref, world.purchase("bakery", "5.00"))
        for number in range(60)
    ]
    await award_points(world.office, actor=world.actor("bakery"), requests=requests, now=world.now)


async def test_the_log_says_who_listened_to_what_and_why_it_ended_and_no_secret(
    world: World, edge: Edge, capsys: pytest.CaptureFixture[str]
) -> None:
    """Security checklist, line 38. Neither the token nor a variable."""
    ada = await world.enrol("Ada")
    token = await edge.token("bakery-till")
    async with a_stream(edge, token, AWARDS) as stream:
        await world.award("bakery", ada, "5.00")
        cursor = (await stream.told())["cursor"]
    async with a_listener(edge, token) as listener:
        await listener.subscribe(AWARDS, after=cursor)
        await listener.send({"id": "1", "type": "complete"})
        await listener.nothing_more()
    logged = capsys.readouterr().out
    assert "why='client completed'" in logged
    ended = [line for line in logged.splitlines() if "subscription ended" in line]
    assert "events=1" in ended[0]
    assert all("client=bakery-till" in line and "field=awardRecorded" in line for line in ended)
    assert token not in logged
    assert cursor not in logged
