"""The ASGI application: mounts the edges."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from coalition.access.sessions import signed_in
from coalition.api import DocumentFiles, GraphQLEndpoint, Server
from coalition.explorer import Explorer
from coalition.kit.clock import Clock, wall_clock
from coalition.kit.config import Settings
from coalition.kit.database import NOTHING, Database
from coalition.kit.errors import Unavailable
from coalition.oauth import oauth_routes
from coalition.pages import static_routes
from coalition.signin import SignIn

LARGEST_BODY = 4 * 1024 * 1024
# The endpoints answer every method themselves, in their own format.
_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


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

    async def is_signed_in(request: Request) -> bool:
        return await signed_in(database, request.cookies, now=wall_clock()) is not None

    origins = [one.strip() for one in settings.cors_origins.split(",") if one.strip()]
    server = Server(database, settings, clock)
    graphql = GraphQLEndpoint(server)
    return Starlette(
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=origins,
                allow_methods=["POST"],
                allow_headers=["Authorization", "Content-Type", "Accept", "traceparent"],
                expose_headers=["X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy"],
            )
        ]
        if origins
        else [],
        routes=[
            Route("/graphql", graphql.answer, methods=_ANY),
            *DocumentFiles(server, graphql.door, graphql.quota).routes,
            *oauth_routes(database, settings),
            *SignIn(database, settings).routes,
            *Explorer(settings, is_signed_in).routes,
            *static_routes,
            Route("/healthz", healthy),
            Route("/readyz", ready),
        ],
        lifespan=lifespan,
        max_body_size=LARGEST_BODY,
    )
