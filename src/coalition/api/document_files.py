"""Statements, invoices and summaries as files: /statements/ID.pdf and so on, with the token.

They have addresses of their own because a file is no GraphQL value. Who may come in, and how
often, is the same.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import IO, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from coalition import documents, ledger, settlement
from coalition.access import Actor, ActorKind, Scope, require
from coalition.api.addresses import ANY_METHOD, Endpoint, Surroundings
from coalition.api.answers import Asking
from coalition.api.body import NotWellFormed
from coalition.api.context import Server
from coalition.api.cost import Cost
from coalition.api.door import Door, Entered
from coalition.api.quota import Quota
from coalition.documents.errors import DocumentNotFound, NotAsSigned
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.errors import Misconfigured, NotAllowed, Unavailable
from coalition.kit.ids import Kind, NotAnId

LINES: Final = "ndjson"
_COST = Cost(20)
_IN_MEMORY = 4 * 1024 * 1024
_PIECE = 256 * 1024
_READS = (
    Scope.SETTLEMENT_READ, Scope.OPERATOR_READ, Scope.SETTLEMENT_CLOSE, Scope.SETTLEMENT_APPROVE,
)  # fmt: skip
_STATUS = {
    "DOCUMENT_NOT_FOUND": 404,
    "STATEMENT_NOT_OUT": 409,
    "NOT_AS_SIGNED": 500,
    "DOCUMENT_REMOVED": 500,
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A file that was asked for. `number` and `place`: of the row, 0 for an id that names none."""

    request: Request
    entered: Entered
    sight: Sight
    number: int
    place: int
    extension: str


Serve = Callable[[_Asked], Awaitable[Response]]


class DocumentFiles:
    """The files of one server; its door and its quota are those of `/graphql`."""

    def __init__(self, server: Server, door: Door, quota: Quota) -> None:
        self._server = server
        self._door = door
        self._quota = quota
        self._surroundings = Surroundings(server, quota, "document file", _STATUS, otherwise=400)
        self.routes = [
            Route(
                "/statements/{name}",
                self._endpoint(Kind.STATEMENT, self._statement),
                methods=ANY_METHOD,
            ),
            Route(
                "/invoices/{name}", self._endpoint(Kind.INVOICE, self._invoice), methods=ANY_METHOD
            ),
            Route(
                "/summaries/{name}", self._endpoint(Kind.SUMMARY, self._summary), methods=ANY_METHOD
            ),
            Route("/.well-known/settlement-keys", self._keys),
        ]

    def _endpoint(self, kind: Kind, serve: Serve) -> Endpoint:
        async def enter(request: Request, asking: Asking) -> Response:
            return await self._enter(request, asking, kind, serve)

        return self._surroundings.around(enter)

    async def _enter(self, request: Request, asking: Asking, kind: Kind, serve: Serve) -> Response:
        if request.method not in {"GET", "HEAD"}:
            raise NotWellFormed(405, "Send GET here.", allow="GET, HEAD")
        entered = await self._door.enter(request.headers.get("authorization"))
        actor = replace(entered.actor, request_id=UUID(asking.request_id))
        require(actor, *_READS)
        with self._quota.serving(actor) as key:
            self._quota.charge(key, _COST)
            name, _, extension = request.path_params["name"].partition(".")
            try:
                number, place = entered.keys.seal.open(kind, name)
            except NotAnId:
                number = place = 0
            asked = _Asked(request, entered, _sight_of(actor), number, place, extension)
            return await serve(asked)

    async def _statement(self, asked: _Asked) -> Response:
        found = await self._record(asked)
        office, keys = self._server.office, asked.entered.keys
        made = (await documents.statement_documents(office, keys, [found]))[found.id]
        base = documents.file_name(found.number)
        if asked.extension == LINES:
            file = await _whole(documents.line_file(office, keys, found))
            said = made.line_file_sha256
            if file.sha256 != said:
                file.content.close()
                raise NotAsSigned(
                    f"The entries behind {found.number} are not those that it was signed with. Tell"
                    " the operator: `coalition books check` names what was changed."
                )
            headers = _headers(f"{base}.{LINES}", said)
            return StreamingResponse(
                _pieces(file.content), media_type="application/x-ndjson", headers=headers
            )
        content = await asyncio.to_thread(documents.rendered, made, asked.extension)
        return _file(asked, base, content)

    async def _record(self, asked: _Asked) -> settlement.StatementRecord:
        if asked.extension in {*documents.FORMATS, LINES}:
            wanted = settlement.StatementFilter(statement_id=asked.number, replaced_too=True)
            async with self._server.database.reading(asked.sight) as connection:
                found = await settlement.list_statements(connection, wanted)
            if found:
                return found[0]
        raise DocumentNotFound("No such document of this partner.")

    async def _invoice(self, asked: _Asked) -> Response:
        async with self._server.database.reading(asked.sight) as connection:
            found = await documents.invoices_at(connection, [asked.number])
        if not found or asked.extension not in documents.FORMATS:
            raise DocumentNotFound("No such document of this partner.")
        content = await asyncio.to_thread(documents.invoice_file, found[0], asked.extension)
        return _file(asked, documents.file_name(found[0].number), content)

    async def _summary(self, asked: _Asked) -> Response:
        if asked.sight == EVERYTHING and asked.extension in documents.FORMATS:
            terms = asked.entered.terms
            async with self._server.database.reading(asked.sight) as connection:
                period = await ledger.period_numbered(connection, asked.number)
                found = (
                    await documents.entity_summaries(connection, terms, period) if period else []
                )
            for one in found:
                if one.entity.id == asked.place:
                    content = await asyncio.to_thread(
                        documents.summary_file, one, terms, asked.extension
                    )
                    return _file(asked, documents.file_name(one.number), content)
        raise DocumentNotFound("No such document of this partner.")

    async def _keys(self, request: Request) -> Response:
        del request
        try:
            content = documents.public_keys(await self._server.keys())
        except (Unavailable, Misconfigured):
            return Response("The keys cannot be read just now.", 503, {"Retry-After": "2"})
        headers = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
        return Response(content, headers=headers, media_type="application/jwk-set+json")


@dataclass(frozen=True, slots=True)
class _Spooled:
    content: IO[bytes]
    sha256: str


async def _whole(pieces: AsyncIterator[bytes]) -> _Spooled:
    """On the disk before a byte of it is sent: who fetches slowly holds no transaction open."""
    file, whole = tempfile.SpooledTemporaryFile(_IN_MEMORY), hashlib.sha256()  # noqa: SIM115 - sent
    try:
        async for piece in pieces:
            whole.update(piece)
            await asyncio.to_thread(file.write, piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return _Spooled(file, whole.hexdigest())


async def _pieces(content: IO[bytes]) -> AsyncIterator[bytes]:
    with content:
        while piece := await asyncio.to_thread(content.read, _PIECE):
            yield piece


def _sight_of(actor: Actor) -> Sight:
    match actor.kind:
        case ActorKind.OPERATOR:
            return EVERYTHING
        case ActorKind.PARTNER:
            return Sight(partner_id=actor.partner_id)
        case ActorKind.MEMBER:
            raise NotAllowed("Statements are for brands and for the operator.")


def _file(asked: _Asked, base: str, content: bytes) -> Response:
    headers = _headers(f"{base}.{asked.extension}", hashlib.sha256(content).hexdigest())
    if asked.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    media = documents.FORMATS[asked.extension].media_type
    return Response(content, media_type=media, headers=headers)


def _headers(name: str, sha256: str) -> dict[str, str]:
    return {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": f'"{sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
