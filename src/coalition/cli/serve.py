"""coalition serve."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Annotated

import typer
import uvicorn

from coalition.access import load_keys
from coalition.api.websocket import LARGEST_MESSAGE
from coalition.app import create_app
from coalition.cli.running import settings
from coalition.kit.database import Database
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.kit.home import database_at_home

GRACE_SECONDS = 10


def add_to(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
) -> None:
    """Serve /graphql and /oauth/token until told to stop; then finish what is being answered."""
    if sys.platform == "win32":
        raise Misconfigured("Windows is not supported; use WSL.")
    import uvloop  # noqa: PLC0415 - not there on Windows

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(host, port))


async def _serve(host: str, port: int) -> None:
    found = settings()
    async with database_at_home(found) as addresses:
        database = Database(addresses, connections=found.database_connections)
        # What only a person can mend is told now; a database that is merely away may come back.
        with contextlib.suppress(Unavailable):
            await load_keys(database)
        app = create_app(database, found)
        server = Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                access_log=False,
                log_level="warning",
                timeout_graceful_shutdown=GRACE_SECONDS,
                timeout_keep_alive=30,
                ws_max_size=LARGEST_MESSAGE,
                # What is compressed is held at its full size by whoever sends little.
                ws_per_message_deflate=False,
            ),
            before_stopping=app.state.stop_live,
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.handle_exit, number, None)
        try:
            await server.serve()
        except SystemExit:
            raise Misconfigured(
                f"{host}:{port} cannot be listened on. Is another server there? Try --port."
            ) from None


class Server(uvicorn.Server):
    """`before_stopping` ends what would otherwise last until it is cut off."""

    def __init__(self, config: uvicorn.Config, *, before_stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._before_stopping = before_stopping

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ours are set above: uvicorn would raise them again after its stop, before the
        database is given back.
        """
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_stopping()
        await super().shutdown(sockets)
