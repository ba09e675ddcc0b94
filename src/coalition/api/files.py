"""The files of bulk awards: sent by PUT, their results fetched by GET.

They have addresses of their own because a file is no GraphQL value: it is a stream, larger than a
request to /graphql may be. Who may come in, and how often, is the same.
"""

import asyncio
import csv
import io
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from coalition import bulk
from coalition.access import Actor, ActorKind, Scope, TokenRefused, require
from coalition.api.answers import Asking, answered, not_available, refused, throttled
from coalition.api.body import NotWellFormed
from coalition.api.context import Server
from coalition.api.cost import Cost
from coalition.api.door import Door, Entered
from coalition.api.errors import NOT_AVAILABLE
from coalition.api.http import unauthenticated
from coalition.api.quota import Quota, Throttled
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.errors import Misconfigured, NotAllowed, Refusal, Unavailable
from coalition.kit.ids import Kind, NotAnId, Seal, new_request_id
from coalition.kit.text import safe_cell
from coalition.partners import PartnerStatus, PartnerSuspended

# What begins to arrive and then stops holds a connection, and its bytes, for nothing.
_PIECE_SECONDS: Final = 30
_DRAIN_SECONDS: Final = 2
_COST = Cost(20)
_PAGE = 1000
_LONGEST_LENGTH = 18
_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# The route counts by itself, so that it can say in JSON what is too large.
_UNCOUNTED = 2**62
_STATUS = {
    "BULK_AWARD_NOT_FOUND": 404,
    "BULK_AWARD_HAS_ITS_FILE": 409,
    "UPLOAD_REPLACED": 409,
    "RESULTS_GONE": 410,
    "FILE_TOO_LARGE": 413,
    "FILE_NOT_AS_ANNOUNCED": 422,
    "PARTNER_SUSPENDED": 403,
}
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Come:
    """One request that was let in. `number`: of the bulk award, 0 for an id that names none."""

    request: Request
    asking: Asking
    actor: Actor
    entered: Entered
    number: int


Serve = Callable[[_Come], Awaitable[Response]]


class BulkFiles:
    """`/bulk/awards/...` of one server; its door and its quota are those of `/graphql`."""

    def __init__(self, server: Server, door: Door, quota: Quota) -> None:
        self._server = server
        self._door = door
        self._quota = quota
        self.routes = [
            Route(
                "/bulk/awards/{id}", self._endpoint("PUT", self._take), methods=_ANY,
                max_body_size=_UNCOUNTED,
            ),
            Route(
                "/bulk/awards/{id}/results", self._endpoint("GET", self._results), methods=_ANY
            ),
        ]  # fmt: skip

    def _endpoint(self, method: str, serve: Serve) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            began = time.perf_counter()
            asking = replace(Asking.of(request, new_request_id().hex), media="application/json")
            try:
                response = await self._enter(request, asking, method, serve)
            except Exception as error:  # noqa: BLE001 - whatever it is, the client gets JSON
                response = self._refusal(error, request, asking)
                if not isinstance(error, ClientDisconnect | TimeoutError):
                    await _drain(request)
            response.headers["X-Request-Id"] = asking.request_id
            _log.info(
                "bulk file", request_id=asking.request_id, traceparent=asking.traceparent,
                method=request.method, status=response.status_code,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )  # fmt: skip
            return response

        return endpoint

    async def _enter(self, request: Request, asking: Asking, method: str, serve: Serve) -> Response:
        if request.method != method:
            raise NotWellFormed(405, f"Send {method} here.", allow=method)
        entered = await self._door.enter(request.headers.get("authorization"))
        actor = replace(entered.actor, request_id=UUID(asking.request_id))
        scopes = [Scope.POINTS_AWARD]
        if method == "GET":
            scopes.append(Scope.OPERATOR_READ)
        require(actor, *scopes)
        partner_id = actor.partner_id
        if partner_id is not None:
            status = entered.terms.partner(partner_id).status
            if status is PartnerStatus.SUSPENDED:
                raise PartnerSuspended("The partner is suspended: it awards nothing.")
        with self._quota.serving(actor) as key:
            self._quota.charge(key, _COST)
            number = _number(entered.keys.seal, request.path_params["id"])
            return await serve(_Come(request, asking, actor, entered, number))

    async def _take(self, come: _Come) -> Response:
        if come.request.headers.get("content-encoding", "identity").lower() != "identity":
            raise NotWellFormed(
                415, "Send the file without a Content-Encoding; createBulkAward says how it is"
                " packed.",
            )  # fmt: skip
        length = come.request.headers.get("content-length", "")
        most = self._server.settings.bulk_megabytes * 1024 * 1024
        # Thirty digits and more are no length that Python should make a number of.
        if length.isdecimal() and (len(length) > _LONGEST_LENGTH or int(length) > most):
            raise bulk.too_large(most)
        came = await bulk.take_file(
            self._server.office,
            actor=come.actor,
            bulk_id=come.number,
            pieces=_pieces(come.request),
            most=most,
            now=self._server.clock(),
        )
        body = {"id": come.request.path_params["id"], "state": "CHECKING", "bytes": came}
        return answered(come.asking, 202, body)

    async def _results(self, come: _Come) -> Response:
        format_ = come.request.query_params.get("format", "ndjson")
        only = come.request.query_params.get("only")
        if format_ not in _WRITERS or only not in {None, "rejected"}:
            raise NotWellFormed(400, "format is ndjson or csv; only, when it is given, rejected.")
        sight = EVERYTHING
        if come.actor.kind is ActorKind.PARTNER:
            sight = Sight(partner_id=come.actor.partner_id)
        async with self._server.database.reading(sight) as connection:
            found = (await bulk.bulk_awards_at(connection, [come.number])).get(come.number)
        if found is None:
            raise bulk.BulkAwardNotFound("No such bulk award of this partner.")
        if found.results_gone_at is not None:
            raise bulk.ResultsGone(f"The results were removed on {found.results_gone_at:%Y-%m-%d}.")
        media, writer = _WRITERS[format_]
        name = f"{come.request.path_params['id']}-results.{format_}"
        return StreamingResponse(
            writer(self._pages(found.id, sight, only_rejected=only is not None),
                   come.entered.keys.seal),
            media_type=media,
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Bulk-Award-State": found.state,
                "X-Content-Type-Options": "nosniff",
            },
        )  # fmt: skip

    async def _pages(
        self, bulk_id: int, sight: Sight, *, only_rejected: bool
    ) -> AsyncIterator[list[bulk.RowResult]]:
        """A short reading for each page: who fetches slowly holds no transaction open."""
        place = 0
        while True:
            async with self._server.database.reading(sight) as connection:
                page = await bulk.results_after(
                    connection, bulk_id, place=place, limit=_PAGE, only_rejected=only_rejected
                )
            if not page:
                return
            yield page
            place = page[-1].place

    def _refusal(  # noqa: PLR0911 - one per kind
        self, error: Exception, request: Request, asking: Asking
    ) -> Response:
        match error:
            case TokenRefused():
                return unauthenticated(str(error), request, asking, self._server.settings.issuer)
            case NotWellFormed():
                headers = {"Allow": error.allow} if error.status == 405 else {}  # noqa: PLR2004
                return refused(asking, error.status, error.message, error.code, headers)
            case NotAllowed():
                code = "INSUFFICIENT_SCOPE" if error.scope else "FORBIDDEN"
                return refused(asking, 403, error.message, code)
            case Refusal():
                status = _STATUS.get(error.code, 400)
                # Its rest will not be read: the connection cannot carry another request.
                return refused(asking, status, error.message, error.code, {"Connection": "close"})
            case Throttled():
                return throttled(asking, error, self._quota)
            case ClientDisconnect() | TimeoutError():
                message = "The file stopped coming before its end: nothing of it counts."
                return refused(asking, 408, message, "BAD_REQUEST", {"Connection": "close"})
            case Unavailable() | Misconfigured():
                return not_available(asking, error, NOT_AVAILABLE)
            case _:
                _log.error("unexpected error", request_id=asking.request_id, exc_info=error)
                return refused(asking, 500, "Internal error", "INTERNAL_SERVER_ERROR")


def _number(seal: Seal, text: str) -> int:
    """An id that names nothing is one that nobody has: answered like a foreign one."""
    try:
        return seal.open(Kind.BULK_AWARD, text)[0]
    except NotAnId:
        return 0


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Raises `ClientDisconnect`, `TimeoutError`."""
    stream = aiter(request.stream())
    while True:
        async with asyncio.timeout(_PIECE_SECONDS):
            piece = await anext(stream, None)
        if piece is None:
            return
        yield piece


async def _drain(request: Request) -> None:
    """Reads on for a moment: who still sends would otherwise find the connection reset, and not
    the answer.
    """
    # A file that came to its end has nothing left to read: the library then says RuntimeError.
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in request.stream():
                pass


Pages = AsyncIterator[list[bulk.RowResult]]
_NAMES = (
    "row", "line", "idempotencyKey", "purchaseReference", "outcome", "awardId", "points", "code",
    "message", "field",
)  # fmt: skip


def _told(one: bulk.RowResult, seal: Seal) -> tuple[object, ...]:
    return (
        one.place, one.line, one.idempotency_key, one.reference, one.outcome,
        None if one.award is None else seal.seal(Kind.AWARD, *one.award),
        None if one.points is None else str(one.points), one.code, one.message, one.field or None,
    )  # fmt: skip


async def _as_ndjson(pages: Pages, seal: Seal) -> AsyncIterator[bytes]:
    async for page in pages:
        lines = [
            json.dumps(dict(zip(_NAMES, _told(one, seal), strict=True)), ensure_ascii=False)
            for one in page
        ]
        yield ("\n".join(lines) + "\n").encode()


async def _as_csv(pages: Pages, seal: Seal) -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_NAMES)
    async for page in pages:
        for one in page:
            writer.writerow(
                [safe_cell(cell) if isinstance(cell, str) else cell for cell in _told(one, seal)]
            )
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


_WRITERS = {
    "ndjson": ("application/x-ndjson; charset=utf-8", _as_ndjson),
    "csv": ("text/csv; charset=utf-8", _as_csv),
}
