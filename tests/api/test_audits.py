"""Every audit of graphql-http passes, run by their own program against a live server."""

import asyncio
import json
from pathlib import Path

from tests.support import World, a_bakery, a_grocer
from tests.support.live import live_edge
from tests.support.node import run_node

AUDITS = 61


async def test_all_audits_of_graphql_http_are_ok(world: World) -> None:
    applied = await world.apply(brands=[a_grocer(), a_bakery()])
    async with live_edge(world, applied.new_secrets) as edge:
        token = await edge.token("grocer-till")
        url = edge.http.base_url.join("/graphql")
        ran = await asyncio.to_thread(
            run_node, Path(__file__).with_name("audits.mjs"), str(url), token
        )
    assert ran.returncode == 0, ran.stderr
    audits = json.loads(ran.stdout)
    assert len(audits) == AUDITS
    assert [one for one in audits if one["status"] != "ok"] == []
