"""The application behind a real socket, for clients that are programs of their own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2
import uvicorn

from coalition.api.websocket import LARGEST_MESSAGE
from coalition.app import create_app
from coalition.cli.patience import Impatient
from coalition.cli.serve import Server
from coalition.cli.sockets import Bounded
from coalition.kit.config import Settings
from tests.support.promise import PATIENCE

from .edge import Edge
from .world import World


@asynccontextmanager
async def live_edge(
    world: World,
    secrets: Mapping[str, str],
    *,
    host: str = "127.0.0.1",
    send_buffer: int | None = None,
    **settings: object,
) -> AsyncIterator[Edge]:
    """An edge whose `http.base_url` any program on this machine can reach. `host`: by which name.
    `send_buffer`: bytes that the system takes for a client that does not read.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    # asyncio sets it for sockets that it makes itself; without it each answer takes 40 ms longer.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if send_buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    url = f"http://{host}:{listener.getsockname()[1]}"
    chosen = Settings.model_validate({"url": url} | settings)
    # The world closes its own database.
    app = create_app(world.database, chosen, world.clock)
    server = Server(
        uvicorn.Config(
            app,
            http=Impatient,
            ws=Bounded,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=10,
            ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False,
        ),
        before_stopping=app.state.stop_live,
    )
    serving = asyncio.create_task(server.serve([listener]))
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as http:
            yield Edge(http, secrets)
    finally:
        server.should_exit = True
        await serving
        await app.state.close_pages()
        listener.close()
