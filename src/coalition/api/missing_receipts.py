"""Pictures of receipts: /missing-purchases/ID/receipts/NUMBER, sent by PUT, fetched by GET.

They have addresses of their own because a picture is no GraphQL value. Who may come in, and how
often, is the same. What others sent is handed out as a file, under a name of ours, and never shown
by a browser as a page.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition import missing
from coalition.access import ActorKind, Scope, require
from coalition.api.addresses import ANY_METHOD, Surroundings
from coalition.api.answers import Asking, answered
from coalition.api.body import NotWellFormed
from coalition.api.context import Server
from coalition.api.cost import Cost
from coalition.api.door import Door, Entered
from coalition.api.files import UNCOUNTED, drained, pieces_of
from coalition.api.missing import OF_MISSING
from coalition.api.quota import Quota
from coalition.files import too_large
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.ids import Kind, NotAnId
from coalition.partners import PartnerStatus, PartnerSuspended

_COST: Final = Cost(20)
_STATUS: Final = {
    "FILE_TOO_LARGE": 413, "MISSING_PURCHASE_NOT_FOUND": 404, "RECEIPT_NOT_FOUND": 404,
    "RECEIPT_PLACE_TAKEN": 409, "MISSING_PURCHASE_DECIDED": 409, "PARTNER_SUSPENDED": 403,
}  # fmt: skip
_ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # Whatever it holds, a browser that is led here runs nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class MissingReceipts:
    """The receipts of one server; its door and its quota are those of `/graphql`."""

    def __init__(self, server: Server, door: Door, quota: Quota) -> None:
        self._server = server
        self._door = door
        self._quota = quota
        surroundings = Surroundings(
            server, quota, "receipt", _STATUS, otherwise=422, refused_with={"Connection": "close"}
        )
        self.routes = [
            Route(
                "/missing-purchases/{id}/receipts/{number}",
                surroundings.around(self._answer),
                methods=ANY_METHOD,
                max_body_size=UNCOUNTED,
            )
        ]

    async def _answer(self, request: Request, asking: Asking) -> Response:
        if request.method not in {"GET", "HEAD", "PUT"}:
            raise NotWellFormed(405, "Send GET or PUT here.", allow="GET, HEAD, PUT")
        entered = await self._door.enter(request.headers.get("authorization"))
        sends = request.method == "PUT"
        require(entered.actor, *([Scope.MEMBER_MANAGE] if sends else OF_MISSING))
        self._check_brand(entered)
        with self._quota.serving(entered.actor) as key:
            self._quota.charge(key, _COST)
            try:
                missing_id, _ = entered.keys.seal.open(
                    Kind.MISSING_PURCHASE, request.path_params["id"]
                )
            except NotAnId:
                missing_id = 0
            text = request.path_params["number"]
            number = int(text) if text in {"1", "2", "3"} else 0
            if not sends:
                return await self._get(entered, missing_id, number)
            try:
                return await self._put(request, asking, entered, missing_id, number)
            except Exception:
                await drained(request)
                raise

    def _check_brand(self, entered: Entered) -> None:
        partner_id = entered.actor.partner_id
        if partner_id is None:
            return
        if entered.terms.partner(partner_id).status is PartnerStatus.SUSPENDED:
            raise PartnerSuspended("The partner is suspended: it sees no receipts.")

    async def _put(
        self, request: Request, asking: Asking, entered: Entered, missing_id: int, number: int
    ) -> Response:
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise NotWellFormed(415, "Send the receipt as it is, without a Content-Encoding.")
        content = bytearray()
        async for piece in pieces_of(request):
            content += piece
            if len(content) > missing.LARGEST_RECEIPT:
                raise too_large(missing.LARGEST_RECEIPT)
        there = await missing.take_receipt(
            self._server.office,
            actor=replace(entered.actor, request_id=UUID(asking.request_id)),
            missing_id=missing_id,
            number=number,
            content=bytes(content),
            now=self._server.clock(),
        )
        return answered(asking, 200 if there else 201, {"number": number, "bytes": len(content)})

    async def _get(self, entered: Entered, missing_id: int, number: int) -> Response:
        async with self._server.database.reading(_sight(entered)) as connection:
            found = await missing.receipt_at(connection, missing_id, number)
        if found is None or found.content is None:
            raise missing.ReceiptNotFound("No such receipt.")
        name = f"receipt-{number}.{_ENDINGS[found.media_type]}"
        return Response(
            found.content,
            media_type=found.media_type,
            headers={**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
        )


def _sight(entered: Entered) -> Sight:
    """A member's and a brand's own rows, the operator all."""
    actor = entered.actor
    match actor.kind:
        case ActorKind.OPERATOR:
            return EVERYTHING
        case ActorKind.PARTNER:
            return Sight(partner_id=actor.partner_id)
        case ActorKind.MEMBER:
            return Sight(member_id=actor.member_id)
