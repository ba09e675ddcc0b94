"""coalition serve."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated

import structlog
import typer
import uvicorn

from coalition.access import load_keys
from coalition.api.websocket import LARGEST_MESSAGE
from coalition.app import create_app
from coalition.cli.patience import MOST_CONNECTIONS, Impatient
from coalition.cli.running import settings
from coalition.cli.sockets import Bounded
from coalition.jobs.job import Desk
from coalition.jobs.schedule import JOBS
from coalition.jobs.worker import Worker
from coalition.kit.config import Settings
from coalition.kit.database import Addresses, Database
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.kit.home import database_at_home
from coalition.partners import Office

GRACE_SECONDS = 10
_CONNECTIONS_OF_WORKER = 8
_log = structlog.get_logger()


def add_to(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Run the jobs too, as `coalition worker` does.")
    ] = False,
) -> None:
    """Serve the API, OAuth, files and people's pages.

    /graphql with subscriptions, /oauth and /.well-known, /bulk for files of purchases, /app for
    members, /signin, /account and /graphiql for people, /healthz and /readyz. Told to stop, it
    finishes what is being answered. Webhooks, files and all that time starts are a worker's.
    """
    if sys.platform == "win32":
        raise Misconfigured("Windows is not supported; use WSL.")
    import uvloop  # noqa: PLC0415 - not there on Windows

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(host, port, with_worker=with_worker))


async def _serve(host: str, port: int, *, with_worker: bool) -> None:
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
                http=Impatient,
                ws=Bounded,
                limit_concurrency=MOST_CONNECTIONS,
                ws_max_size=LARGEST_MESSAGE,
                # What is compressed is held at its full size by whoever sends little.
                ws_per_message_deflate=False,
            ),
            before_stopping=app.state.stop_live,
            when_ready=lambda: _say_where(host, port),
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.handle_exit, number, None)
        try:
            async with _working(addresses, found) if with_worker else contextlib.nullcontext():
                await server.serve()
            _log.info("ended")
        except SystemExit:
            raise Misconfigured(
                f"{host}:{port} cannot be listened on. Is another server there? Try --port."
            ) from None


def _say_where(host: str, port: int) -> None:
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    _log.info("serving", address=address, members=f"{address}/app", explorer=f"{address}/graphiql")


@contextlib.asynccontextmanager
async def _working(addresses: Addresses, found: Settings) -> AsyncIterator[None]:
    """A worker beside the server, with connections of its own: requests never wait for its."""
    database = Database(addresses, connections=_CONNECTIONS_OF_WORKER)
    desk = Desk(Office(database), found)
    working = asyncio.create_task(Worker(desk, JOBS).run())
    try:
        yield
    finally:
        desk.stopping.set()
        await working
        await database.close()


class Server(uvicorn.Server):
    """`before_stopping` ends what would otherwise last until it is cut off. `when_ready` is
    called once it listens.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        before_stopping: Callable[[], None],
        when_ready: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._before_stopping = before_stopping
        self._when_ready = when_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ours are set above: uvicorn would raise them again after its stop, before the
        database is given back.
        """
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._when_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_stopping()
        await super().shutdown(sockets)
