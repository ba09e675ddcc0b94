"""What the endpoints of one process share: the server, with keys that are never old."""

import asyncio
import time

from coalition.access import load_keys
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.oauth.grants import register
from coalition.oauth.server import OAuthServer

_FRESH_SECONDS = 5.0


class Desk:
    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self._server: OAuthServer | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def server(self) -> OAuthServer:
        """Raises `Unavailable`, `Misconfigured`."""
        if self._server is None or time.monotonic() - self._read_at > _FRESH_SECONDS:
            async with self._reading:
                keys = await load_keys(self.database)
                self._read_at = time.monotonic()
                if self._server is None:
                    self._server = OAuthServer(self.database, self.settings, keys)
                    register(self._server)
                self._server.keys = keys
        return self._server
