"""Copies of a member's data as files: /copies/ID.zip, with a token of that member."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition import privacy
from coalition.api.addresses import ANY_METHOD, Surroundings
from coalition.api.answers import Asking
from coalition.api.body import NotWellFormed
from coalition.api.context import Server
from coalition.api.cost import Cost
from coalition.api.door import Door
from coalition.api.quota import Quota
from coalition.kit.ids import Kind, NotAnId

_COST: Final = Cost(20)
_STATUS: Final = {"COPY_NOT_FOUND": 404}


class CopyFiles:
    """Of one server; its door and its quota are those of `/graphql`."""

    def __init__(self, server: Server, door: Door, quota: Quota) -> None:
        self._server = server
        self._door = door
        self._quota = quota
        around = Surroundings(server, quota, "copy of data", _STATUS, otherwise=400).around
        self.routes = [Route("/copies/{name}", around(self._serve), methods=ANY_METHOD)]

    async def _serve(self, request: Request, asking: Asking) -> Response:
        if request.method not in {"GET", "HEAD"}:
            raise NotWellFormed(405, "Send GET here.", allow="GET, HEAD")
        entered = await self._door.enter(request.headers.get("authorization"))
        actor = replace(entered.actor, request_id=UUID(asking.request_id))
        with self._quota.serving(actor) as key:
            self._quota.charge(key, _COST)
            name = request.path_params["name"].removesuffix(".zip")
            try:
                number, _ = entered.keys.seal.open(Kind.DATA_COPY, name)
            except NotAnId:
                number = 0
            content = await privacy.fetch_copy(
                self._server.database, actor=actor, copy_id=number, now=self._server.clock()
            )
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="my-data.zip"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, media_type="application/zip", headers=headers)
