"""`coalition ...` as an operator types it."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from coalition.kit.database import Addresses
from tests.support.commands import SCREEN, Commands, Ran

# Compiled modules are kept: without them each start takes seconds longer.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("COALITION_") and name != "PYTHONDONTWRITEBYTECODE"
}


class Shell:
    """`coalition ...` with COALITION_DATABASE_URL: one login that takes the roles."""

    def __init__(self, commands: Commands, addresses: Addresses, folder: Path) -> None:
        self._commands = commands
        self._folder = folder
        self._environment = {**ENVIRONMENT, **SCREEN, "COALITION_DATABASE_URL": addresses.login}

    async def start(
        self, *words: str, more: Mapping[str, str] | None = None
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "coalition",
            *words,
            cwd=self._folder,
            env=self._environment | dict(more or {}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *words: str, more: Mapping[str, str] | None = None) -> Ran:
        return await self._commands.run(
            *words, folder=self._folder, environment=self._environment | dict(more or {})
        )
