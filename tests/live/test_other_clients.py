"""The clients that others wrote: npm's graphql-ws and graphql-sse against a live server."""

import asyncio
import json
from pathlib import Path

from tests.live.listening import AWARDS, a_stream
from tests.support import World
from tests.support.edge import Edge
from tests.support.node import command, environment
from tests.support.promise import PATIENCE

_SCRIPT = Path(__file__).with_name("clients.mjs")


async def test_graphql_ws_and_graphql_sse_hear_what_was_missed_and_what_comes(
    world: World, edge: Edge
) -> None:
    ada = await world.enrol("Ada")
    token = await edge.token("bakery-till")
    async with a_stream(edge, token, AWARDS) as stream:
        await world.award("bakery", ada, "5.00", reference="taken in")
        cursor = (await stream.told())["cursor"]
    await world.award("bakery", ada, "5.00", reference="missed")
    url = str(edge.http.base_url.join("/graphql"))
    process = await asyncio.create_subprocess_exec(
        *command(_SCRIPT, url, token, cursor, "2"),
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        first = [json.loads(await process.stdout.readline() or "null") for _ in range(4)]
        await world.award("bakery", ada, "5.00", reference="still to come")
        rest = await process.stdout.read()
        assert await process.wait() == 0, (await process.stderr.read()).decode()
    heard = [*first, *(json.loads(line) for line in rest.splitlines())]
    assert {one["client"]: one["refused"] for one in heard if "refused" in one} == {
        "graphql-ws": 4403, "graphql-sse": 401,
    }  # fmt: skip
    for client in ("graphql-ws", "graphql-sse"):
        told = [one["told"] for one in heard if one["client"] == client and "told" in one]
        assert told == ["missed", "still to come"]
