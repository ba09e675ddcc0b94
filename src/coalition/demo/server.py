"""`coalition serve` and the example of a till as programs of their own, started here and stopped
whatever happens.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from coalition.demo.errors import DemoStopped

HOST = "127.0.0.1"
PREFERRED_PORT = 8000
PREFERRED_TILL_PORT = 8100
_PORTS_TO_TRY = 100
_READY_SECONDS = 60.0
_STOP_SECONDS = 15.0
_PAUSE_SECONDS = 0.05
_LINES_OF_LOG = 10


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers at `url`."""

    process: asyncio.subprocess.Process
    url: str
    log: Path

    @property
    def most_memory(self) -> int | None:
        """The most bytes it has had in memory so far, where the system tells."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return None

    async def ended(self) -> None:
        """Wait for it to end by itself, which it should not. Raises `DemoStopped`."""
        await self.process.wait()
        raise DemoStopped(_ended(self.process, self.log))


def choose_port(asked: int, *, preferred: int | None) -> int:
    """`asked`; for 0 the first that is free from `preferred` on, or any. Raises `DemoStopped`."""
    if asked:
        if not _is_free(asked):
            raise DemoStopped(f"Port {asked} is taken. Choose another with --port.")
        return asked
    if preferred is not None:
        for port in range(preferred, preferred + _PORTS_TO_TRY):
            if _is_free(port):
                return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    return int(port)


@asynccontextmanager
async def serving(
    port: int, *, environment: Mapping[str, str], log: Path, keep: int | None
) -> AsyncIterator[Served]:
    """A server that is ready. It keeps the descriptor `keep` open for as long as it lives."""
    url = f"http://{HOST}:{port}"
    words = ("coalition", "serve", "--host", HOST, "--port", str(port), "--with-worker")
    more = {**environment, "COALITION_URL": url}
    async with _running(words, f"{url}/readyz", log, environment=more, keep=keep) as process:
        yield Served(process, url, log)


@asynccontextmanager
async def till_serving(
    coalition: str, *, client: str, secret: str, log: Path
) -> AsyncIterator[Served]:
    """The till of examples/till at the brand of this client, ready."""
    port = choose_port(0, preferred=PREFERRED_TILL_PORT)
    url = f"http://{HOST}:{port}"
    words = (
        "coalition_till", "--coalition", coalition, "--client", client, "--port", str(port),
    )  # fmt: skip
    more = {"COALITION_TILL_SECRET": secret}
    async with _running(words, url, log, environment=more, keep=None) as process:
        yield Served(process, url, log)


@asynccontextmanager
async def _running(
    words: Sequence[str],
    ready_at: str,
    log: Path,
    *,
    environment: Mapping[str, str],
    keep: int | None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *words,
            stdin=asyncio.subprocess.DEVNULL, stdout=handle, stderr=handle,
            env={**os.environ, **environment},
            pass_fds=() if keep is None else (keep,),
            # Ctrl-C is for the demo, which stops it when it is done with it.
            start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(handle)
    try:
        await _ready(process, ready_at, log)
        yield process
    finally:
        await _stop(process)


async def _ready(process: asyncio.subprocess.Process, url: str, log: Path) -> None:
    loop = asyncio.get_running_loop()
    gives_up = loop.time() + _READY_SECONDS
    async with httpx2.AsyncClient(trust_env=False, timeout=5) as http:
        while loop.time() < gives_up:
            if process.returncode is not None:
                raise DemoStopped(_ended(process, log))
            with suppress(httpx2.HTTPError):
                if (await http.get(url)).is_success:
                    return
            await asyncio.sleep(_PAUSE_SECONDS)
    raise DemoStopped(
        f"The server was not ready after {_READY_SECONDS:.0f} seconds. {_end_of(log)}"
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # A port whose last user has just gone is free; one that is listened on is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _ended(process: asyncio.subprocess.Process, log: Path) -> str:
    return f"The server ended by itself (exit code {process.returncode}). {_end_of(log)}"


def _end_of(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-_LINES_OF_LOG:]
    return "\n".join([f"Its log is {log}; the end of it:", *lines])
