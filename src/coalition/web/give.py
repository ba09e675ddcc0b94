"""M8: a voucher for somebody else: the link that shows its code once, made and taken back."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.pages import APP, Page, page, said
from coalition.web.api import Json
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found
from coalition.web.troubles import Trouble, trouble_in
from coalition.web.vouchers import PATH, can_be_given, own_claim

_NO_STORE = {"Cache-Control": "no-store"}


class GivePages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members, one = self._guard.for_members, f"{PATH}/{{id}}/give"
        return [
            Route(one, members(self.look_before), methods=["GET"]),
            Route(one, members(self.give), methods=["POST"]),
            Route(f"{one}/back", members(self.take_back), methods=["POST"]),
        ]

    async def look_before(self, request: Request, visitor: Visitor) -> Response:
        claim = await own_claim(request, visitor, "giving")
        return not_found(request) if claim is None else _question(request, claim)

    async def give(self, request: Request, visitor: Visitor) -> Response:
        """Sent again, it is the same link."""
        return await self._changed(request, visitor, "give_voucher", "giveVoucher")

    async def take_back(self, request: Request, visitor: Visitor) -> Response:
        return await self._changed(request, visitor, "take_voucher_back", "takeVoucherBack")

    async def _changed(
        self, request: Request, visitor: Visitor, document: str, field: str
    ) -> Response:
        claim = await own_claim(request, visitor, "giving")
        if claim is None:
            return not_found(request)
        address = f"{PATH}/{claim['id']}"
        answer = await visitor.ask(document, input={"claimId": claim["id"]})
        trouble = trouble_in(answer[field], here=address)
        if trouble is None:
            return RedirectResponse(address, 303, headers=_NO_STORE)
        # It was opened, used or given back between the look and the button.
        return _question(request, await own_claim(request, visitor, "giving") or claim, trouble)


def _question(request: Request, claim: Json, trouble: Trouble | None = None) -> Response:
    return page(
        request,
        Page("voucher_give.html", said("Give it to somebody"), 422 if trouble else 200,
             tab="rewards", scripts=(APP,)),
        claim=claim,
        can_be_given=can_be_given(claim),
        trouble=trouble,
    )  # fmt: skip
