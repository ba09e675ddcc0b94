"""graphql-transport-ws to the letter, and what is refused before anything is told.

That the end of its token closes a connection: test_what_ends.py.
"""

import asyncio
import json

import pytest
from websockets.exceptions import InvalidStatus

from coalition.access import Scope
from tests.live.listening import AWARDS, BALANCE, PROTOCOL, a_listener, a_stream, a_token
from tests.support import World, nothing_moves
from tests.support.edge import Edge
from tests.support.live import live_edge
from tests.support.promise import PATIENCE

INIT = {"type": "connection_init"}
ASKED = {"query": AWARDS}
# Whatever comes after a good connection_init.
NONSENSE = [
    "", "nonsense", "null", "7", '"ping"', "[]", "{}", '{"type": 7}', '{"type": "start"}',
    '{"type": "connection_ack"}', '{"type": "ping", "type": "pong"}', '{"type": NaN}',
    '{"type": "ping", "payload": 7}', b'{"type": "ping"}', b"\x00\xff",
    "[" * 20_000, '{"type": "subscribe", "id": "' + "x" * 200_000 + '"}',
    '{"type": "complete"}', '{"type": "complete", "id": 7}', '{"type": "complete", "id": ""}',
    '{"type": "subscribe"}', '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": "1", "payload": {}}',
    '{"type": "subscribe", "id": "1", "payload": []}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": {}, "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 7}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": 7}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "extensions": 7}}',
]  # fmt: skip
# (document, code): each is answered by an error of its own, and the connection goes on.
REFUSED = [
    ("{ viewer { kind } }", "OPERATION_RESOLUTION_FAILURE"),
    ('mutation { closePeriod(input: {label: "2026-01"}) { alreadyClosed } }',
     "OPERATION_RESOLUTION_FAILURE"),
    ("subscription {", "GRAPHQL_PARSE_FAILED"),
    ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
    ("subscription { awardRecorded { id } pointsHeld { id } }", "GRAPHQL_VALIDATION_FAILED"),
    (BALANCE, "FORBIDDEN"),
    ("subscription { statementIssued { id } }", "INSUFFICIENT_SCOPE"),
    ('subscription { awardRecorded(after: "forged") { id } }', "BAD_USER_INPUT"),
]  # fmt: skip


async def test_nonsense_ends_the_connection_and_never_the_server(world: World, edge: Edge) -> None:
    token = await edge.token("bakery-till")
    async with nothing_moves(world):
        for message in NONSENSE:
            async with a_listener(edge, token) as listener:
                await listener.send(message)
                code, reason = await listener.closed()
                assert code == 4400, (message[:60], code, reason)
                assert reason
                assert listener.taken[1:] == []
    assert (await edge.http.get("/healthz")).status_code == 200


async def test_what_may_not_be_told_is_refused_at_its_start_by_both_carriers(
    world: World, edge: Edge
) -> None:
    awards_only = await a_token(world, edge, brand="bakery", scopes=frozenset({Scope.POINTS_AWARD}))
    async with a_listener(edge, awards_only) as listener:
        async with nothing_moves(world):
            for document, code in REFUSED:
                await listener.send(
                    {"id": "1", "type": "subscribe", "payload": {"query": document}}
                )
                answer = await listener.receive()
                assert (answer["id"], answer["type"]) == ("1", "error")
                (error, *_) = answer["payload"]
                assert error["extensions"]["code"] == code
                assert error["extensions"]["requestId"]
                if document.startswith("subscription"):
                    await _is_no_stream(edge, awards_only, document, error["message"])
        # The connection and the name are as good as before.
        await listener.subscribe(AWARDS, "1")
        await world.award("bakery", await world.enrol("Ada"), "5.00")
        assert await listener.told()


async def _is_no_stream(edge: Edge, token: str, document: str, message: str) -> None:
    async with a_stream(edge, token, document) as stream:
        assert stream.answer.status_code in {400, 403}
        assert stream.answer.headers["content-type"].startswith("application/json")
        body = stream.answer.json()
    assert body["errors"][0]["message"] == message
    assert "data" not in body


async def test_a_subscription_that_waits_for_one_answer_is_told_how_to_subscribe(
    edge: Edge,
) -> None:
    answer = await edge.post("bakery-till", AWARDS)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"
    assert "text/event-stream" in error["message"]
    assert PROTOCOL in error["message"]
    # Browsers' clients name every media type that they know with every request.
    token = await edge.token("bakery-till")
    asked = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    query = {"query": "{ viewer { kind } }"}
    answer = await edge.http.post("/graphql", json=query, headers=asked)
    assert answer.json()["data"] == {"viewer": {"kind": "PARTNER"}}


async def test_the_order_of_a_connection_is_kept(world: World, edge: Edge) -> None:
    """Security checklist, line 37."""
    token = await edge.token("bakery-till")
    subscribe = {"id": "1", "type": "subscribe", "payload": ASKED}
    async with a_listener(edge) as listener:
        await listener.send(subscribe)
        assert await listener.closed() == (4401, "Unauthorized")
    async with a_listener(edge, token) as listener:
        await listener.send(INIT)
        assert await listener.closed() == (4429, "Too many initialisation requests")
    async with a_listener(edge, token) as listener:
        await listener.send(subscribe)
        await listener.send(subscribe)
        assert await listener.closed() == (4409, "Subscriber for 1 already exists")
    async with a_listener(edge, token) as listener:
        await listener.subscribe(AWARDS)
        await listener.send({"id": "1", "type": "complete"})
        await listener.send({"id": "never began", "type": "complete"})
        await listener.send({"type": "pong"})
        await listener.subscribe(AWARDS)
        await world.award("bakery", await world.enrol("Ada"), "5.00")
        assert await listener.told()
        await listener.nothing_more()


async def test_a_connection_begins_with_a_token_in_its_message_or_its_head(
    world: World, edge: Edge
) -> None:
    """Security checklist, line 37."""
    token = await edge.token("bakery-till")
    over = await a_token(world, edge, brand="bakery", seconds=-1)
    for bad in ("", "nonsense", f"Basic {token}", f"Bearer {token}x", f"Bearer {over}"):
        async with a_listener(edge) as listener:
            await listener.send({**INIT, "payload": {"Authorization": bad}})
            code, reason = await listener.closed()
            assert code == 4403
            assert token not in reason
    async with a_listener(edge) as listener:
        await listener.send(INIT)
        assert (await listener.closed())[0] == 4403
    async with a_listener(edge) as listener:
        await listener.send({**INIT, "payload": {"Authorization": 7}})
        assert (await listener.closed())[0] == 4400
    head = {"Authorization": f"Bearer {token}"}
    async with a_listener(edge, additional_headers=head) as listener:
        await listener.begin(None)
        await listener.subscribe(AWARDS)


async def test_who_does_not_begin_in_time_is_sent_away(world: World) -> None:
    applied = await world.apply()
    async with (
        live_edge(world, applied.new_secrets, socket_init_seconds=0.1) as edge,
        a_listener(edge) as listener,
    ):
        assert await listener.closed() == (4408, "Connection initialisation timeout")


@pytest.mark.parametrize("protocol", ["graphql-ws", None])
async def test_the_old_protocol_is_not_spoken(edge: Edge, protocol: str | None) -> None:
    """Security checklist, line 37."""
    async with a_listener(edge, protocol=protocol) as listener:
        code, reason = await listener.closed()
        assert code == 4406
        assert PROTOCOL in reason


async def test_a_page_of_a_foreign_origin_may_not_connect(world: World) -> None:
    """Security checklist, line 37."""
    applied = await world.apply()
    allowed = "https://shop.example"
    async with live_edge(world, applied.new_secrets, cors_origins=allowed) as edge:
        token = await edge.token("bakery-till")
        for origin in ("https://evil.example", "https://shop.example.evil.example", "null"):
            with pytest.raises(InvalidStatus) as refused:
                async with a_listener(edge, token, origin=origin):
                    pass
            assert refused.value.response.status_code == 403
            assert json.loads(refused.value.response.body or b"")["errors"]
        for origin in (allowed, str(edge.http.base_url).rstrip("/")):
            async with a_listener(edge, token, origin=origin) as listener:
                await listener.subscribe(AWARDS)


async def test_the_hundred_and_first_subscription_of_a_connection_is_refused(edge: Edge) -> None:
    """Security checklist, line 37. The cap of 100."""
    async with a_listener(edge, await edge.token("bakery-till")) as listener:
        for number in range(100):
            await listener.send({"id": str(number), "type": "subscribe", "payload": ASKED})
        await listener.send({"id": "one more", "type": "subscribe", "payload": ASKED})
        answer = await listener.receive()
        assert (answer["id"], answer["type"]) == ("one more", "error")
        assert answer["payload"][0]["extensions"]["code"] == "THROTTLED"
        await listener.send({"id": "7", "type": "complete"})
        await listener.subscribe(AWARDS, "one more")
        await listener.nothing_more()


async def test_a_client_has_so_many_subscriptions_and_sockets_and_others_have_theirs(
    world: World,
) -> None:
    applied = await world.apply()
    async with live_edge(
        world, applied.new_secrets, subscriptions_at_once=2, sockets_at_once=2
    ) as edge:
        bakery, grocer = await edge.token("bakery-till"), await edge.token("grocer-till")
        async with a_stream(edge, bakery, AWARDS), a_listener(edge, bakery) as listener:
            await listener.subscribe(AWARDS)
            async with a_stream(edge, bakery, AWARDS) as third:
                assert third.answer.status_code == 429
                assert third.answer.headers["Retry-After"] == "1"
            await listener.send({"id": "2", "type": "subscribe", "payload": ASKED})
            assert (await listener.receive())["payload"][0]["extensions"]["retryAfter"] == 1
            async with a_listener(edge, bakery), a_listener(edge) as one_too_many:
                await one_too_many.send({**INIT, "payload": {"Authorization": f"Bearer {bakery}"}})
                assert (await one_too_many.closed())[0] == 1013
            async with a_stream(edge, grocer, AWARDS) as other:
                assert other.answer.status_code == 200
        # What was closed is free again, once the server has seen it.
        async with asyncio.timeout(PATIENCE):
            while True:
                async with a_stream(edge, bakery, AWARDS) as again:
                    if again.answer.status_code == 200:
                        break


async def test_an_event_is_looked_up_by_nobody(world: World, edge: Edge) -> None:
    async with a_stream(edge, await edge.token("bakery-till"), AWARDS) as stream:
        await world.award("bakery", await world.enrol("Ada"), "5.00")
        told = (await stream.event())["data"]["data"]["awardRecorded"]
    document = "query ($id: ID!) { node(id: $id) { id } }"
    assert await edge.ask("bakery-till", document, id=told["cursor"]) is None
