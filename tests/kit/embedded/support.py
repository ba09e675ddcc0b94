"""What the tests of the embedded server need to look at it from outside."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from coalition.kit.embedded import EmbeddedCluster
from tests.support.promise import PATIENCE

AS_ROOT = os.geteuid() == 0

_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from coalition.kit.embedded import EmbeddedCluster
cluster = EmbeddedCluster(Path(sys.argv[1]), durable=False)
for line in sys.stdin:
    getattr(cluster, line.strip())()
    print("done", flush=True)
"""


def ask(cluster: EmbeddedCluster, *statements: str) -> object:
    """The first value that the last statement returns."""

    async def run() -> object:
        connection = await asyncpg.connect(cluster.url())
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    # A factory, so that the loop of the other tests stays the current one.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(run())


def server_pid(root: Path, name: str = "main") -> int:
    return int((root / name / "data" / "postmaster.pid").read_text().split()[0])


def state_of(pid: int) -> str:
    """The letter that `ps` shows, or nothing where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def is_alive(pid: int) -> bool:
    return state_of(pid) not in ("", "Z", "X")


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def open_files(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return found


def wait_until(holds: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.01)


def kill_server(root: Path, name: str = "main") -> int:
    """Kill -9, as the kernel does when memory runs out."""
    pid = server_pid(root, name)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid))
    return pid


class AnotherProcess:
    """A second process that uses the cluster at `root` and does what it is told."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-c", _ANOTHER_PROCESS, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def begin(self, verb: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{verb}\n")
        self._process.stdin.flush()

    def finish(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "done\n"

    def does(self, verb: str) -> None:
        self.begin(verb)
        self.finish()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()
