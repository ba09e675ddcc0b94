"""The ASGI application: mounts the edges."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from coalition.access.actor import ActorKind
from coalition.access.sessions import SignedIn, signed_in
from coalition.api import (
    LARGEST_BODY,
    BulkFiles,
    CatalogueImages,
    CopyFiles,
    DocumentFiles,
    GraphQLEndpoint,
    MissingReceipts,
    ReconciliationFiles,
    Server,
    register_documents,
)
from coalition.explorer import Explorer
from coalition.kit.clock import Clock, wall_clock
from coalition.kit.config import Settings
from coalition.kit.database import NOTHING, Database
from coalition.kit.errors import Unavailable
from coalition.oauth import oauth_routes
from coalition.pages import Dressed, LanguageChoice, Looks, static_routes
from coalition.signin import public_routes, signin_routes
from coalition.web import DOCUMENTS, members_pages

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
            await pages.close()
            await database.close()

    async def person(request: Request) -> SignedIn | None:
        return await signed_in(database, settings, request.cookies, now=wall_clock())

    async def home(request: Request) -> Response:
        """Members to their points, staff to their account; a stranger signs in on the way."""
        found = await person(request)
        is_staff = found is not None and found.kind is not ActorKind.MEMBER
        return RedirectResponse("/account" if is_staff else "/app", status_code=303)

    async def in_process(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    register_documents(DOCUMENTS.values())
    pages = members_pages(database, settings, in_process)
    server = Server(database, settings, clock)
    looks = Looks(server.office)
    graphql = GraphQLEndpoint(server)
    app = Starlette(
        middleware=[*_cross_origin(settings), Middleware(Dressed, look=looks.now)],
        routes=[
            Route("/graphql", graphql.answer, methods=_ANY, max_body_size=_COUNTED_THERE),
            WebSocketRoute("/graphql", graphql.listen),
            *BulkFiles(server, graphql.door, graphql.quota).routes,
            *CatalogueImages(server, graphql.quota).routes,
            *CopyFiles(server, graphql.door, graphql.quota).routes,
            *DocumentFiles(server, graphql.door, graphql.quota).routes,
            *MissingReceipts(server, graphql.door, graphql.quota).routes,
            *ReconciliationFiles(server, graphql.door, graphql.quota).routes,
            *oauth_routes(database, settings),
            *signin_routes(database, settings),
            *public_routes(database, settings, clock),
            *Explorer(settings, person).routes,
            *LanguageChoice(settings).routes,
            *looks.routes,
            *static_routes,
            *pages.routes,
            Route("/", home),
            *_probes(database),
        ],
        exception_handlers={ClientDisconnect: _gone},
        lifespan=lifespan,
        max_body_size=LARGEST_BODY,
    )
    app.state.close_pages = pages.close
    # Called by who serves it, before it waits for its connections to end.
    app.state.stop_live = partial(_stop_both, graphql.live.stop, pages.stop)
    return app


def _probes(database: Database) -> list[Route]:
    """For whoever starts and watches this server: that it runs, and that it can answer."""

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

    return [Route("/healthz", healthy), Route("/readyz", ready)]


def _stop_both(one: Callable[[], None], other: Callable[[], None]) -> None:
    one()
    other()


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
