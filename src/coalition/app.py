"""The ASGI application: mounts the edges."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from coalition.access.sessions import signed_in
from coalition.api import (
    LARGEST_BODY,
    BulkFiles,
    CopyFiles,
    DocumentFiles,
    GraphQLEndpoint,
    ReconciliationFiles,
    Server,
)
from coalition.explorer import Explorer
from coalition.kit.clock import Clock, wall_clock
from coalition.kit.config import Settings
from coalition.kit.database import NOTHING, Database
from coalition.kit.errors import Unavailable
from coalition.oauth import oauth_routes
from coalition.pages import static_routes
from coalition.signin import signin_routes

# The GraphQL endpoint counts by itself, to say so in JSON.
_COUNTED_THERE = sys.maxsize
# The endpoints answer every method themselves, in their own format.
_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_log = structlog.get_logger()


def create_app(database: Database, settings: Settings, clock: Clock = wall_clock) -> Starlette:
    """The application on a database that its caller opened and that closes with it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        try:
            yield
        finally:
            await database.close()

    async def healthy(request: Request) -> Response:
        del request
        return JSONResponse({"status": "ok"})

    async def ready(request: Request) -> Response:
        del request
        try:
            async with database.reading(NOTHING) as connection:
                await connection.exec_driver_sql("SELECT 1")
        except Unavailable:
            return JSONResponse({"status": "database unavailable"}, status_code=503)
        return JSONResponse({"status": "ok"})

    async def home(request: Request) -> Response:
        """Whoever is not signed in is led on from there to the sign-in page."""
        del request
        return RedirectResponse("/account", status_code=303)

    async def is_signed_in(request: Request) -> bool:
        now = wall_clock()
        return await signed_in(database, settings, request.cookies, now=now) is not None

    server = Server(database, settings, clock)
    graphql = GraphQLEndpoint(server)
    app = Starlette(
        middleware=_cross_origin(settings),
        routes=[
            Route("/graphql", graphql.answer, methods=_ANY, max_body_size=_COUNTED_THERE),
            WebSocketRoute("/graphql", graphql.listen),
            *BulkFiles(server, graphql.door, graphql.quota).routes,
            *DocumentFiles(server, graphql.door, graphql.quota).routes,
            *CopyFiles(server, graphql.door, graphql.quota).routes,
            *ReconciliationFiles(server, graphql.door, graphql.quota).routes,
            *oauth_routes(database, settings),
            *signin_routes(database, settings),
            *Explorer(settings, is_signed_in).routes,
            *static_routes,
            Route("/", home),
            Route("/healthz", healthy),
            Route("/readyz", ready),
        ],
        exception_handlers={ClientDisconnect: _gone},
        lifespan=lifespan,
        max_body_size=LARGEST_BODY,
    )
    # Called by who serves it, before it waits for its connections to end.
    app.state.stop_live = graphql.live.stop
    return app


async def _gone(request: Request, error: Exception) -> Response:
    """A body that never came to its end. The answer is for nobody but the framework."""
    del error
    _log.info("client left", method=request.method, path=request.url.path)
    return Response(status_code=400)


def _cross_origin(settings: Settings) -> list[Middleware]:
    """What pages of other origins may ask from a browser; nothing when none is named."""
    origins = [one.strip() for one in settings.cors_origins.split(",") if one.strip()]
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["POST"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Accept",
                "Last-Event-ID",
                "traceparent",
            ],
            expose_headers=["X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy"],
        )
    ]
