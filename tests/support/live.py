"""The application behind a real socket, for clients that are programs of their own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2
import uvicorn

from coalition.app import create_app
from coalition.kit.config import Settings

from .edge import Edge
from .world import World


@asynccontextmanager
async def live_edge(
    world: World, secrets: Mapping[str, str], **settings: object
) -> AsyncIterator[Edge]:
    """An edge whose `http.base_url` any program on this machine can reach."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    chosen = Settings.model_validate({"url": url} | settings)
    # The world closes its own database.
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(world.database, chosen, world.clock),
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=2,
        )
    )
    serving = asyncio.create_task(server.serve([listener]))
    try:
        async with httpx2.AsyncClient(base_url=url) as http:
            yield Edge(http, secrets)
    finally:
        server.should_exit = True
        await serving
        listener.close()
