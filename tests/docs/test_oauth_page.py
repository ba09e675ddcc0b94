"""The walk by hand of docs/oauth.md, typed into a shell while somebody allows it in a browser."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from ruamel.yaml import YAML

from coalition.access.sessions import LOOPBACK_COOKIE
from coalition.kit.clock import wall_clock
from tests.docs.pages import Block, blocks_of
from tests.oauth.people import Browser, a_login, ask_viewer
from tests.support import World, a_bakery, a_grocer
from tests.support.live import live_edge

PAGE = "oauth.md"
WRITTEN_ADDRESS = "http://127.0.0.1:8000"
WRITTEN_VALUE = "'...'"


class Shell:
    """What a block sets stays set for the next one."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._address = address
        stand_in = Path(__file__).with_name("stand_in_curl.py")
        self._curl = f'curl() {{ {sys.executable} {stand_in} "$@"; }}'

    async def types(self, block: Block, value: str = "") -> str:
        text = block.text.replace(WRITTEN_ADDRESS, self._address)
        text = text.replace(WRITTEN_VALUE, f"'{value}'")
        script = (
            f"set -aeuo pipefail\n{self._curl}\ntouch state; . ./state\n{text}\ndeclare -px > state"
        )
        ran = await asyncio.create_subprocess_exec(
            "bash", "-c", script,
            cwd=self._folder, env={"PATH": os.environ["PATH"], "HOME": str(self._folder)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await ran.communicate()
        assert ran.returncode == 0, f"{PAGE}:{block.line}: {out!r}{err!r}"
        return out.decode()


async def test_the_walk_by_hand_comes_to_tokens(world: World, tmp_path: Path) -> None:
    client, *typed = blocks_of(PAGE)
    assert {block.language for block in typed} == {"sh"}
    world.now = wall_clock()
    yaml = re.sub(r"^ {4}", "", client.text, flags=re.MULTILINE)
    shop = YAML(typ="safe").load(yaml)["clients"]
    applied = await world.apply(brands=[a_grocer(clients=shop), a_bakery()])
    await a_login(world, "mia@example.com", member=await world.enrol("Mia", card="7001"))
    await a_login(world, "sup@grocer.example", "support", brand="grocer")
    async with live_edge(world, applied.new_secrets) as edge:
        shell = Shell(tmp_path, str(edge.http.base_url).rstrip("/"))
        ask, exchange, refresh, begin, poll = typed

        address = (await shell.types(ask)).strip()
        mia = Browser(edge.http)
        await mia.enter(world, "mia@example.com", LOOPBACK_COOKIE)
        led = await mia.decide(await edge.http.get(address), "allow")
        code = parse_qs(urlsplit(led.headers["location"]).query)["code"][0]
        first = json.loads(await shell.types(exchange, code))
        assert first["scope"] == "member:read"
        second = json.loads(await shell.types(refresh, first["refresh_token"]))
        assert (await ask_viewer(edge, second["access_token"])).status_code == 200

        waiting = json.loads(await shell.types(begin))
        edge.http.cookies.clear()
        sup = Browser(edge.http)
        await sup.enter(world, "sup@grocer.example", LOOPBACK_COOKIE)
        done = await sup.decide(await edge.http.get(waiting["verification_uri_complete"]), "allow")
        assert "The till may go on" in done.text
        token = json.loads(await shell.types(poll, waiting["device_code"]))
        assert token["scope"] == "members:read"
