"""Servers of the API in processes of their own, on the cluster that is measured."""

import asyncio
import base64
import dataclasses
import json
import os
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.client import Answered, Plan
from bench.measure import cpu_seconds
from bench.world import CLUSTER, URL, World

_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Servers:
    """`ports[:1]` is one process, `ports` is two."""

    ports: list[int]
    pids: list[int]
    tokens: list[str]
    operator: str

    async def ask(self, plan: Plan) -> tuple[Answered, float | None]:
        """What the client process counted, and the servers' CPU seconds for each request."""
        before = self._cpu()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.client",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate(json.dumps(dataclasses.asdict(plan)).encode())
        answered = Answered(**json.loads(said))
        if answered.failed:
            raise SystemExit(f"{answered.failed} requests failed: {answered.first_failure}")
        after = self._cpu()
        cpu = None if before is None or after is None else (after - before) / answered.done
        return answered, cpu

    def _cpu(self) -> float | None:
        used = [cpu_seconds(pid) for pid in self.pids]
        return None if None in used else sum(one for one in used if one is not None)


@asynccontextmanager
async def servers(world: World, count: int) -> AsyncIterator[Servers]:
    """So many server processes, and a token of every brand."""
    ports = [_free_port() for _ in range(count)]
    environment = os.environ | {"COALITION_CLUSTER": CLUSTER, "COALITION_URL": URL}
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "coalition", "serve", "--port", str(port), env=environment
        )
        for port in ports
    ]
    try:
        for port in ports:
            await _await_answer(port)
        tokens = [
            await asyncio.to_thread(_token, ports[0], partner.code, world.secrets[partner.code])
            for partner in world.partners
        ]
        operator = await asyncio.to_thread(_token, ports[0], "operator", world.secrets["operator"])
        yield Servers(ports, [process.pid for process in running], tokens, operator)
    finally:
        for process in running:
            if process.returncode is None:
                process.terminate()
        for process in running:
            await process.wait()


async def _await_answer(port: int) -> None:
    for _ in range(_START_SECONDS * 10):
        try:
            await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/readyz")
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return
    raise SystemExit(f"The server on port {port} did not start within {_START_SECONDS} s.")


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
        content: bytes = answer.read()
    return content


def _token(port: int, client: str, secret: str) -> str:
    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/oauth/token",
        data=urllib.parse.urlencode({"grant_type": "client_credentials"}).encode(),
        headers={
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    # This machine's own server.
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        token: str = json.load(answer)["access_token"]
    return token


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
