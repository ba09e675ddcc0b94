"""WebSockets that have not said whose they are yet: some of them, from everybody and from each."""

from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import InvalidStatus

from tests.live.listening import AWARDS, Listener, a_listener
from tests.support import World
from tests.support.edge import Edge
from tests.support.live import live_edge
from tests.support.promise import PATIENCE

_ADDRESSES = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"]


async def _opened(edge: Edge, stack: AsyncExitStack, address: str) -> Listener:
    return await stack.enter_async_context(a_listener(edge, local_addr=(address, 0)))


async def _refused(edge: Edge, address: str) -> InvalidStatus:
    async with AsyncExitStack() as stack:
        with pytest.raises(InvalidStatus) as refused:
            await _opened(edge, stack, address)
    return refused.value


async def test_nobody_keeps_others_out_by_saying_nothing(world: World) -> None:
    """Security checklist, line 37. Two of an address and eight at all, of those that are nobody's;
    whoever says whose it is makes room.
    """
    applied = await world.apply()
    async with (
        live_edge(
            world, applied.new_secrets, sockets_unknown=8, socket_init_seconds=PATIENCE
        ) as edge,
        AsyncExitStack() as others,
    ):
        token = await edge.token("bakery-till")
        one, _ = [await _opened(edge, others, _ADDRESSES[0]) for _ in range(2)]
        answer = (await _refused(edge, _ADDRESSES[0])).response
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "1"
        assert answer.body is not None
        assert b'"code":"THROTTLED"' in answer.body
        assert b"WebSockets from 127.0.0.1 have not said whose they are, and 2 may" in answer.body
        for address in _ADDRESSES[1:]:
            for _ in range(2):
                await _opened(edge, others, address)
        full = (await _refused(edge, "127.0.0.5")).response
        assert full.status_code == 429
        assert full.body is not None
        assert b"8 WebSockets have not said whose they are, and 8 may at once" in full.body
        await one.begin(token)
        async with a_listener(edge, token, local_addr=(_ADDRESSES[0], 0)) as again:
            await again.subscribe(AWARDS)
            await one.subscribe(AWARDS)
        # HTTP is none of it.
        assert (await edge.http.get("/healthz")).status_code == 200


async def test_a_socket_that_ends_makes_room_too(world: World) -> None:
    applied = await world.apply()
    async with live_edge(world, applied.new_secrets, sockets_unknown=4) as edge:
        for token in (None, "no token at all", None):
            async with a_listener(edge) as listener:
                await listener.send({"type": "connection_init", "payload": {"Authorization": token}}
                                    if token else "not JSON")  # fmt: skip
                assert (await listener.closed())[0] in {4400, 4403}
        async with a_listener(edge, await edge.token("bakery-till")) as served:
            await served.subscribe(AWARDS)
