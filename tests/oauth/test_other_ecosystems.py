"""Clients that others have written come to their tokens, unmodified."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

from tests.oauth.conftest import brands
from tests.oauth.people import Browser, a_login
from tests.support import World
from tests.support.live import live_edge
from tests.support.node import command, environment


async def test_openid_client_and_oauth4webapi_go_through_every_flow(world: World) -> None:
    applied = await world.apply(brands=brands())
    await a_login(world, "mia@example.com", member=await world.enrol("Mia"))
    await a_login(world, "sup@grocer.example", "support", brand="grocer")
    async with live_edge(world, applied.new_secrets) as edge:
        issuer = str(edge.http.base_url).rstrip("/")
        script = Path(__file__).with_name("clients.mjs")
        process = await asyncio.create_subprocess_exec(
            *command(script, issuer, "grocer-till", applied.new_secrets["grocer-till"]),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        people = iter(["mia@example.com", "sup@grocer.example"])
        said = ""
        while line := (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip():
            said = line
            if not line.startswith("GO "):
                break
            led = await _browse(Browser(edge.http), line.removeprefix("GO "), next(people), issuer)
            process.stdin.write(f"{led}\n".encode())
        _, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    assert json.loads(said) == {
        "clientCredentials": "grocer-till",
        "introspection": True,
        "code": "member:read",
        "refreshed": True,
        "revoked": "invalid_grant",
        "device": "members:read",
    }


async def _browse(browser: Browser, address: str, who: str, issuer: str) -> str:
    browser.http.cookies.clear()
    await browser.http.post(
        "/signin",
        data={"email": who, "password": "three plain words of hers"},
        headers={"Origin": issuer},
    )
    parts = urlsplit(address)
    shown = await browser.http.get(f"{parts.path}?{parts.query}")
    decided = await browser.decide(shown, "allow")
    return str(decided.headers.get("location", issuer))
