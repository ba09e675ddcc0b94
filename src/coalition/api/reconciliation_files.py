"""The files of reconciliation: sent by PUT, the items of a file fetched by GET.

They have addresses of their own because a file is no GraphQL value: it is a stream, larger than a
request to /graphql may be. Who may come in, and how often, is the same.
"""

import asyncio
import csv
import io
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from coalition import reconciliation
from coalition.access import Actor, ActorKind, Scope, TokenRefused, require
from coalition.api.answers import Asking, answered, not_available, refused, throttled
from coalition.api.body import NotWellFormed
from coalition.api.context import Server
from coalition.api.cost import Cost
from coalition.api.door import Door, Entered
from coalition.api.errors import NOT_AVAILABLE
from coalition.api.http import unauthenticated
from coalition.api.quota import Quota, Throttled
from coalition.api.reconciliation import SEEN
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.errors import Misconfigured, NotAllowed, Refusal, Unavailable
from coalition.kit.ids import Kind, NotAnId, new_request_id
from coalition.kit.text import safe_cell
from coalition.partners import PartnerStatus, PartnerSuspended

# What begins to arrive and then stops holds a connection, and its rows, for nothing.
_PIECE_SECONDS: Final = 30
# A file of so many rows is compared before the answer; a larger one waits for its turn.
AT_ONCE: Final = 20_000
_COST = Cost(20)
_PAGE = 1000
_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# The route counts by itself, so that it can say in JSON what is too large.
_UNCOUNTED = 2**62
_STATUS = {
    "RECONCILIATION_FILE_NOT_FOUND": 404,
    "RECONCILIATION_FILE_TAKEN": 409,
    "RECONCILIATION_UPLOAD_REPLACED": 409,
    "RECONCILIATION_SEQUENCE_REUSED": 409,
    "RECONCILIATION_SEQUENCE_OUTDATED": 409,
    "RECONCILIATION_FILE_TOO_LARGE": 413,
    "PARTNER_SUSPENDED": 403,
}
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Come:
    """One request that was let in. `number`: of the file, 0 for an id that names none."""

    request: Request
    asking: Asking
    actor: Actor
    entered: Entered
    number: int


Serve = Callable[[_Come], Awaitable[Response]]


class ReconciliationFiles:
    """`/reconciliation/files/...` of one server; its door and its quota are `/graphql`'s."""

    def __init__(self, server: Server, door: Door, quota: Quota) -> None:
        self._server = server
        self._door = door
        self._quota = quota
        path = "/reconciliation/files/{id}"
        self.routes = [
            Route(
                path, self._endpoint("PUT", self._take), methods=_ANY, max_body_size=_UNCOUNTED
            ),
            Route(f"{path}/results", self._endpoint("GET", self._results), methods=_ANY),
        ]  # fmt: skip

    def _endpoint(self, method: str, serve: Serve) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            began = time.perf_counter()
            asking = replace(Asking.of(request, new_request_id().hex), media="application/json")
            try:
                response = await self._enter(request, asking, method, serve)
            except Exception as error:  # noqa: BLE001 - whatever it is, the client gets JSON
                response = self._refusal(error, request, asking)
            response.headers["X-Request-Id"] = asking.request_id
            _log.info(
                "reconciliation file", request_id=asking.request_id,
                traceparent=asking.traceparent, method=request.method,
                status=response.status_code,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )  # fmt: skip
            return response

        return endpoint

    async def _enter(self, request: Request, asking: Asking, method: str, serve: Serve) -> Response:
        if request.method != method:
            raise NotWellFormed(405, f"Send {method} here.", allow=method)
        entered = await self._door.enter(request.headers.get("authorization"))
        actor = replace(entered.actor, request_id=UUID(asking.request_id))
        require(actor, *((Scope.RECONCILIATION_WRITE,) if method == "PUT" else SEEN))
        if actor.partner_id is not None:
            # As of /graphql: it reads about nobody; what it may do is for the verbs to say.
            status = entered.terms.partner(actor.partner_id).status
            if status is PartnerStatus.SUSPENDED:
                raise PartnerSuspended("The partner is suspended: it reconciles nothing.")
        with self._quota.serving(actor) as key:
            self._quota.charge(key, _COST)
            try:
                seal = entered.keys.seal
                number = seal.open(Kind.RECONCILIATION_FILE, request.path_params["id"])[0]
            except NotAnId:
                number = 0
            return await serve(_Come(request, asking, actor, entered, number))

    async def _take(self, come: _Come) -> Response:
        if come.request.headers.get("content-encoding", "identity").lower() != "identity":
            raise NotWellFormed(
                415, "Send the file without a Content-Encoding; createReconciliationFile says how"
                " it is packed.",
            )  # fmt: skip
        length = come.request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > reconciliation.MOST_BYTES:
            raise reconciliation.ReconciliationFileTooLarge(
                f"A file has at most {reconciliation.MOST_BYTES:,} bytes."
            )
        office, now = self._server.office, self._server.clock()
        taken = await reconciliation.take_file(
            office, actor=come.actor, file_id=come.number, pieces=_pieces(come.request), now=now
        )
        compared = taken.repeated or taken.rows <= AT_ONCE
        if compared and not taken.repeated:
            await reconciliation.run_reconciliation(
                office, actor=come.actor, file_id=taken.file_id, now=now
            )
        body = {
            "id": come.entered.keys.seal.seal(Kind.RECONCILIATION_FILE, taken.file_id),
            "state": "RECONCILED" if compared else "TAKEN",
            "repeated": taken.repeated,
            "rows": taken.rows,
            "missingAfter": taken.gap_after,
        }
        return answered(come.asking, 200 if compared else 202, body)

    async def _results(self, come: _Come) -> Response:
        format_ = come.request.query_params.get("format", "ndjson")
        if format_ not in _WRITERS:
            raise NotWellFormed(400, "format is ndjson or csv.")
        sight = EVERYTHING
        if come.actor.kind is ActorKind.PARTNER:
            sight = Sight(partner_id=come.actor.partner_id)
        async with self._server.database.reading(sight) as connection:
            found = (await reconciliation.files_at(connection, [come.number])).get(come.number)
        if found is None:
            raise reconciliation.ReconciliationFileNotFound(
                "No such reconciliation file of this partner."
            )
        media, writer = _WRITERS[format_]
        name = f"{come.request.path_params['id']}-items.{format_}"
        return StreamingResponse(
            writer(self._pages(found.id, sight)),
            media_type=media,
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Reconciliation-State": found.state,
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _pages(
        self, file_id: int, sight: Sight
    ) -> AsyncIterator[list[reconciliation.ItemRecord]]:
        """A short reading for each page: who fetches slowly holds no transaction open."""
        after = 0
        asked = reconciliation.ItemFilter(file_id=file_id)
        while True:
            async with self._server.database.reading(sight) as connection:
                page = await reconciliation.list_items(connection, asked, after=after, limit=_PAGE)
            if not page:
                return
            yield page
            after = page[-1].id

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
                status = _STATUS.get(error.code, 422)
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


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Raises `ClientDisconnect`, `TimeoutError`."""
    stream = aiter(request.stream())
    while True:
        async with asyncio.timeout(_PIECE_SECONDS):
            piece = await anext(stream, None)
        if piece is None:
            return
        yield piece


Pages = AsyncIterator[list[reconciliation.ItemRecord]]
_KINDS = {number: name for name, number in reconciliation.KINDS.items()}
_NAMES = (
    "class", "side", "kind", "reference", "lines", "occurredAt", "ledgerPoints", "filePoints",
    "ledgerAmount", "fileAmount", "fileCurrency", "value", "currency", "foundBy", "action", "state",
    "owner", "openedAt", "dueAt", "resolvedAt", "note",
)  # fmt: skip


def _told(one: reconciliation.ItemRecord) -> tuple[object, ...]:
    ledger = reconciliation.units(one.ledger_amount, one.value.currency)
    file = reconciliation.units(one.file_amount, one.file_currency)
    return (
        one.row_class.value, one.side, _KINDS[one.kind], one.reference,
        " ".join(map(str, one.lines)), one.occurred_at.isoformat(), str(one.ledger_points),
        str(one.file_points), None if ledger is None else str(ledger),
        None if file is None else str(file), one.file_currency, str(one.value.amount),
        one.value.currency, one.found_by, one.action, one.state.upper(), one.owner,
        one.opened_at.isoformat(), one.due_at.isoformat(),
        one.resolved_at and one.resolved_at.isoformat(), one.note,
    )  # fmt: skip


async def _as_ndjson(pages: Pages) -> AsyncIterator[bytes]:
    async for page in pages:
        lines = [
            json.dumps(dict(zip(_NAMES, _told(one), strict=True)), ensure_ascii=False)
            for one in page
        ]
        yield ("\n".join(lines) + "\n").encode()


async def _as_csv(pages: Pages) -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_NAMES)
    numbers = {"ledgerPoints", "filePoints"}
    async for page in pages:
        for one in page:
            writer.writerow(
                [
                    safe_cell(cell) if isinstance(cell, str) and name not in numbers else cell
                    for name, cell in zip(_NAMES, _told(one), strict=True)
                ]
            )
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


_WRITERS = {
    "ndjson": ("application/x-ndjson; charset=utf-8", _as_ndjson),
    "csv": ("text/csv; charset=utf-8", _as_csv),
}
