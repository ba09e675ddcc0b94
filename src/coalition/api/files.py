"""How files come and go over HTTP, whatever they are about: one PUT, and results by GET.

They have addresses of their own because a file is no GraphQL value: it is a stream, larger than a
request to /graphql may be. Who may come in, and how often, is the same.
"""

import asyncio
import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from coalition.access import Actor, ActorKind, Scope, require
from coalition.api.addresses import ANY_METHOD, Endpoint, Surroundings
from coalition.api.answers import Asking, refused
from coalition.api.body import NotWellFormed
from coalition.api.context import Server
from coalition.api.cost import Cost
from coalition.api.door import Door, Entered
from coalition.api.quota import Quota
from coalition.files import too_large
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.ids import Kind, Seal
from coalition.kit.text import safe_cell
from coalition.partners import PartnerStatus, PartnerSuspended

# What begins to arrive and then stops holds a connection, and its bytes, for nothing; so does what
# comes a byte at a time.
PIECE_SECONDS: Final = 30
WHOLE_SECONDS: Final = 3600
_DRAIN_SECONDS: Final = 2
_COST = Cost(20)
_LONGEST_LENGTH = 18
# The route counts by itself, so that it can say in JSON what is too large.
UNCOUNTED = 2**62
# What is left of a file will not be read: the connection cannot carry another request.
_CLOSE = {"Connection": "close"}
_STATUS = {"FILE_TOO_LARGE": 413, "UPLOAD_REPLACED": 409, "PARTNER_SUSPENDED": 403}


@dataclass(frozen=True, slots=True)
class Come:
    """One request that was let in. `number`: of the file, 0 for an id that names none."""

    request: Request
    asking: Asking
    actor: Actor
    entered: Entered
    number: int

    @property
    def seal(self) -> Seal:
        return self.entered.keys.seal

    @property
    def sight(self) -> Sight:
        """A partner's own rows, the operator all."""
        if self.actor.kind is ActorKind.PARTNER:
            return Sight(partner_id=self.actor.partner_id)
        return EVERYTHING


@dataclass(frozen=True, slots=True)
class Manner:
    """What differs between kinds of files. `status`: of refusals; 422 for those not named.

    `opened_by`: the mutation that says how a file is packed. `suspended`: what a suspended partner
    does not do.
    """

    path: str
    kind: Kind
    sends: tuple[Scope, ...]
    reads: tuple[Scope, ...]
    opened_by: str
    suspended: str
    status: Mapping[str, int] = field(default_factory=dict)


Serve = Callable[[Come], Awaitable[Response]]
Pages = AsyncIterator[Iterable[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Table:
    """What results are made of. `figures`: columns that are our own numbers, signed or not, which a
    spreadsheet may read as such.
    """

    what: str
    names: tuple[str, ...]
    figures: frozenset[str] = frozenset()


class Files(ABC):
    """The files of one kind of one server; its door and its quota are those of `/graphql`."""

    def __init__(self, manner: Manner, server: Server, door: Door, quota: Quota) -> None:
        self._manner = manner
        self._server = server
        self._door = door
        self._quota = quota
        self._surroundings = Surroundings(
            server, quota, "file", {**_STATUS, **manner.status}, otherwise=422,
            about={"of": manner.path}, refused_with=_CLOSE,
        )  # fmt: skip
        path = f"{manner.path}/{{id}}"
        self.routes = [
            Route(
                path,
                self._endpoint("PUT", self._bounded),
                methods=ANY_METHOD,
                max_body_size=UNCOUNTED,
            ),
            Route(f"{path}/results", self._endpoint("GET", self._results), methods=ANY_METHOD),
        ]

    @abstractmethod
    async def _take(self, come: Come, pieces: AsyncIterator[bytes], most: int) -> Response:
        """Take the file: at most `most` bytes as it is sent. Raises what `pieces` raises, too."""

    @abstractmethod
    async def _results(self, come: Come) -> Response:
        """What came of the file."""

    def _endpoint(self, method: str, serve: Serve) -> Endpoint:
        async def whole(request: Request, asking: Asking) -> Response:
            try:
                return await self._enter(request, asking, method, serve)
            except (ClientDisconnect, TimeoutError):
                message = "The file stopped coming before its end: nothing of it counts."
                return refused(asking, 408, message, "BAD_REQUEST", _CLOSE)
            except Exception:
                await drained(request)
                raise

        return self._surroundings.around(whole)

    async def _enter(self, request: Request, asking: Asking, method: str, serve: Serve) -> Response:
        if request.method != method:
            raise NotWellFormed(405, f"Send {method} here.", allow=method)
        entered = await self._door.enter(request.headers.get("authorization"))
        actor = replace(entered.actor, request_id=UUID(asking.request_id))
        require(actor, *(self._manner.sends if method == "PUT" else self._manner.reads))
        if actor.partner_id is not None:
            # As of /graphql: it reads about nobody; what it may do is for the verbs to say.
            status = entered.terms.partner(actor.partner_id).status
            if status is PartnerStatus.SUSPENDED:
                raise PartnerSuspended(f"The partner is suspended: it {self._manner.suspended}.")
        with self._quota.serving(actor) as key:
            self._quota.charge(key, _COST)
            number = entered.keys.seal.number(self._manner.kind, request.path_params["id"])
            return await serve(Come(request, asking, actor, entered, number))

    async def _bounded(self, come: Come) -> Response:
        headers = come.request.headers
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise NotWellFormed(
                415, f"Send the file without a Content-Encoding; {self._manner.opened_by} says how"
                " it is packed.",
            )  # fmt: skip
        length = headers.get("content-length", "")
        most = self._server.settings.bulk_megabytes * 1024 * 1024
        # Thirty digits and more are no length that Python should make a number of.
        if length.isdecimal() and (len(length) > _LONGEST_LENGTH or int(length) > most):
            raise too_large(most)
        return await self._take(come, pieces_of(come.request), most)


def as_rows(come: Come, table: Table, pages: Pages, headers: Mapping[str, str]) -> Response:
    """Results as they are read, in the `format` that was asked for, ndjson or csv; in csv, a text
    that a spreadsheet would run is quoted. Raises `NotWellFormed`.
    """
    format_ = come.request.query_params.get("format", "ndjson")
    if format_ not in _WRITERS:
        raise NotWellFormed(400, "format is ndjson or csv.")
    media, writer = _WRITERS[format_]
    name = f"{come.request.path_params['id']}-{table.what}.{format_}"
    return StreamingResponse(
        writer(table, pages),
        media_type=media,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            **headers,
        },
    )


async def pieces_of(request: Request) -> AsyncIterator[bytes]:
    """Raises `ClientDisconnect`, `TimeoutError`."""
    stream = aiter(request.stream())
    ends_at = asyncio.get_running_loop().time() + WHOLE_SECONDS
    while True:
        left = ends_at - asyncio.get_running_loop().time()
        async with asyncio.timeout(min(PIECE_SECONDS, left)):
            piece = await anext(stream, None)
        if piece is None:
            return
        yield piece


async def drained(request: Request) -> None:
    """Reads on for a moment: who still sends would otherwise find the connection reset, and not
    the answer.
    """
    # A file that came to its end has nothing left to read: the library then says RuntimeError.
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in request.stream():
                pass


async def _as_ndjson(table: Table, pages: Pages) -> AsyncIterator[bytes]:
    async for page in pages:
        lines = [
            json.dumps(dict(zip(table.names, cells, strict=True)), ensure_ascii=False)
            for cells in page
        ]
        yield ("\n".join(lines) + "\n").encode()


async def _as_csv(table: Table, pages: Pages) -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.names)
    async for page in pages:
        for cells in page:
            writer.writerow(
                [
                    safe_cell(cell) if isinstance(cell, str) and name not in table.figures else cell
                    for name, cell in zip(table.names, cells, strict=True)
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
