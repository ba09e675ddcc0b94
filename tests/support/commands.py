"""Commands as an operator types them. Each is a process of its own, forked from one that has read
the program already: to read it takes longer than most commands.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

# A command that hangs is a failure that can be read, not a run that never ends.
_PATIENCE = 300
# Read when the program is, so the same for all.
SCREEN = {"COLUMNS": "160", "NO_COLOR": "1"}


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


@dataclass
class Commands:
    _forking: asyncio.subprocess.Process
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, *words: str, folder: Path, environment: Mapping[str, str]) -> Ran:
        """To its end, with nothing to read."""
        out, err = folder / ".out", folder / ".err"
        asked = {
            "words": words, "folder": str(folder), "environment": {**environment, **SCREEN},
            "out": str(out), "err": str(err),
        }  # fmt: skip
        assert self._forking.stdin is not None
        assert self._forking.stdout is not None
        async with self._one_at_a_time:
            self._forking.stdin.write(json.dumps(asked).encode() + b"\n")
            async with asyncio.timeout(_PATIENCE):
                code = await self._forking.stdout.readline()
        ran = Ran(int(code), out.read_text(), err.read_text())
        out.unlink()
        err.unlink()
        return ran


@asynccontextmanager
async def forked_commands(environment: Mapping[str, str]) -> AsyncIterator[Commands]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.forking",
        cwd=Path(__file__).parents[2], env={**environment, **SCREEN},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Commands(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
