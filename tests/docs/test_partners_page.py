"""docs/partners.md is followed to the letter, by a stranger with an empty database."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import httpx2
import pytest
from ruamel.yaml import YAML

from coalition.kit.database import Addresses
from tests.docs.pages import Block, blocks_of, is_shown
from tests.support import World, assert_books_balance
from tests.support.node import NODE, TESTS

PAGE = "partners.md"
SERVE = ".venv/bin/coalition serve\n"
WRITTEN_ADDRESS = "http://127.0.0.1:8000"
WRITTEN_SECRET = "cs_..."
READY_SECONDS = 30


class Stranger:
    """Types what the page says into one shell, in an empty folder beside the project's .venv."""

    def __init__(self, folder: Path, addresses: Addresses) -> None:
        self._folder = folder
        self._secret = ""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        (folder / ".venv").symlink_to(sys.prefix)
        tools = folder / "tools"
        tools.mkdir()
        (tools / "node").symlink_to(NODE)
        if shutil.which("curl") is None:
            curl = tools / "curl"
            stand_in = Path(__file__).with_name("stand_in_curl.py")
            curl.write_text(f'#!/bin/sh\nexec {sys.executable} {stand_in} "$@"\n')
            curl.chmod(0o755)
        path = os.pathsep.join([f"{folder}/.venv/bin", str(tools), os.environ["PATH"]])
        self._environment = {
            "PATH": path,
            "HOME": str(folder),
            "COLUMNS": "200",
            "NO_COLOR": "1",
            "COALITION_DATABASE_URL": addresses.login,
            "COALITION_URL": self._address,
            "NODE_OPTIONS": f"--no-warnings --import={(TESTS / 'npm/loopback.js').as_uri()}",
        }

    def types(self, block: Block) -> str:
        """What the block says when it is typed; what it sets stays set for the next one."""
        text = block.text.replace(WRITTEN_ADDRESS, self._address)
        text = text.replace(WRITTEN_SECRET, self._secret)
        script = f"set -aeuo pipefail\ntouch state; . ./state\n{text}\n"
        script += "{ declare -px; declare -f; } > state\n"
        ran = subprocess.run(  # noqa: S603 - our own page
            ["bash", "-c", script],  # noqa: S607 - the shell of whoever reads the page
            cwd=self._folder, env=self._environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{PAGE}:{block.line}: {ran.stdout}{ran.stderr}"
        if secret := re.search(r"toys-till\W+(cs_[\w-]+)", ran.stdout):
            self._secret = secret[1]
        return ran.stdout

    def saves(self, block: Block) -> None:
        (self._folder / str(block.file)).write_text(block.text)

    def adds(self, block: Block) -> None:
        """The items of the block's lists, at the end of those of partners.yaml."""
        yaml = YAML()
        path = self._folder / "partners.yaml"
        content = yaml.load(path.read_text())
        for name, items in yaml.load(block.text).items():
            content[name].extend(items)
        written = StringIO()
        yaml.dump(content, written)
        path.write_text(written.getvalue())

    @contextmanager
    def server(self) -> Iterator[None]:
        """What the page lets run in another terminal."""
        port = self._address.rpartition(":")[2]
        with subprocess.Popen(  # noqa: S603 - our own program
            [*SERVE.split(), "--port", port],
            cwd=self._folder, env=self._environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            try:
                self._wait(process)
                yield
            finally:
                process.terminate()

    def _wait(self, process: subprocess.Popen[str]) -> None:
        gives_up = time.monotonic() + READY_SECONDS
        while time.monotonic() < gives_up:
            assert process.poll() is None, process.communicate()[0]
            try:
                if httpx2.get(f"{self._address}/readyz", trust_env=False).is_success:
                    return
            except httpx2.TransportError:
                time.sleep(0.05)
        pytest.fail("The server was not ready in time.")


def follow(stranger: Stranger, blocks: Iterator[Block]) -> int:
    """Do what each block says until the server is to be started; how many answers were right."""
    said, right = "", 0
    for block in blocks:
        if block.text == SERVE:
            with stranger.server():
                return right + follow(stranger, blocks)
        if block.language == "sh":
            said = stranger.types(block)
        elif block.language == "yaml":
            stranger.adds(block)
        elif block.file:
            stranger.saves(block)
        else:
            assert block.language in {"json", "text"}, f"{PAGE}:{block.line}"
            assert is_shown(block, said), f"{PAGE}:{block.line}: {said}"
            right += 1
    return right


@pytest.mark.long
async def test_a_stranger_comes_from_no_account_to_an_award(
    world: World, addresses: Addresses, tmp_path: Path
) -> None:
    blocks = blocks_of(PAGE)
    right = await asyncio.to_thread(follow, Stranger(tmp_path, addresses), iter(blocks))
    assert right == sum(block.language in {"json", "text"} for block in blocks) > 0
    await world.office.read_terms()
    await assert_books_balance(world)
    awards = await world.rows("SELECT reference FROM award ORDER BY 1")
    assert [row[0] for row in awards] == ["4711", "4712", "4720", "4730", "4740"]


def test_every_language_that_is_promised_is_there() -> None:
    assert {block.language for block in blocks_of(PAGE)} == {
        "sh", "yaml", "json", "python", "text", "ts",
    }  # fmt: skip
    assert {block.file for block in blocks_of(PAGE)} >= {
        "first_award.py", "plain.py", "first-award.ts",
    }  # fmt: skip
