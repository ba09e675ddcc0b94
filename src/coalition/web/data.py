"""M19: a copy of a member's data, who got it, and the end of its account."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.pages import APP, Page, Text, fields, page, said
from coalition.web.api import Refused
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found
from coalition.web.noted import noted_under, told_of
from coalition.web.troubles import trouble_in

PATH = "/app/data"
LEAVE = f"{PATH}/delete"
_COPIES = f"{PATH}/copies"
_NO_STORE = {"Cache-Control": "no-store"}
_COPY = re.compile(r"[A-Za-z0-9_]{1,64}\.zip")
_POINTS = re.compile(r"\d{1,18}", re.ASCII)
_DONE: Mapping[str, Text] = MappingProxyType(
    {
        "copy": said("We are making your copy, and write to you when it is ready."),
        "kept": said("Your account stays. Nothing is deleted."),
    }
)


class DataPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route(PATH, members(self.data), methods=["GET"]),
            Route(_COPIES, members(self.ask_for_copy), methods=["POST"]),
            Route(f"{_COPIES}/{{name}}", members(self.copy), methods=["GET"]),
            Route(LEAVE, members(self.look_before), methods=["GET"]),
            Route(LEAVE, members(self.delete), methods=["POST"]),
            Route(f"{PATH}/keep", members(self.keep), methods=["POST"]),
        ]

    async def data(self, request: Request, visitor: Visitor) -> Response:
        mine = (await visitor.ask("data"))["myData"]
        return page(
            request,
            Page("data.html", said("My data"), tab="more", scripts=(APP,)),
            copies=[
                one | {"address": one["path"] and f"{_COPIES}/{one['path'].rpartition('/')[2]}"}
                for one in mine["copies"]
            ],
            is_waiting=any(one["state"] == "WAITING" for one in mine["copies"]),
            sharing=[
                one | {"noted": noted_under(one), "events": told_of(one)}
                for one in mine["sharing"]
            ],
            erasure=mine["erasure"],
            done=_DONE.get(request.query_params.get("done", "")),
        )  # fmt: skip

    async def ask_for_copy(self, request: Request, visitor: Visitor) -> Response:
        del request
        await visitor.ask("request_data_copy")
        return RedirectResponse(f"{PATH}?done=copy", 303, headers=_NO_STORE)

    async def copy(self, request: Request, visitor: Visitor) -> Response:
        name = request.path_params["name"]
        if not _COPY.fullmatch(name):
            return not_found(request)
        try:
            found = await visitor.fetch(f"/copies/{name}")
        except Refused as refused:
            if refused.code != "COPY_NOT_FOUND":
                raise
            return not_found(request)
        headers = {name: value for name, value in found.headers.items() if value}
        headers |= {"X-Content-Type-Options": "nosniff"} | _NO_STORE
        return Response(found.content, headers=headers)

    async def look_before(self, request: Request, visitor: Visitor) -> Response:
        return await _before(request, visitor)

    async def delete(self, request: Request, visitor: Visitor) -> Response:
        """What is lost was shown, and is said again: when it has changed meanwhile, it is shown
        once more.
        """
        form = await fields(request)
        lost = form.get("points", "")
        if form.get("understood") != "on" or not _POINTS.fullmatch(lost):
            return await _before(
                request, visitor, said("Tick the box first: it cannot be undone after that day.")
            )
        answer = await visitor.ask("request_erasure", input={"losePoints": lost})
        trouble = trouble_in(answer["requestErasure"], here=LEAVE)
        if trouble is not None and trouble.code == "POINTS_WOULD_BE_LOST":
            return await _before(
                request, visitor, said("Your points have changed meanwhile. Look once more.")
            )
        if trouble is not None:
            return await _before(request, visitor, trouble.words, trouble.way_on)
        return RedirectResponse(PATH, 303, headers=_NO_STORE)

    async def keep(self, request: Request, visitor: Visitor) -> Response:
        """Said again, it is kept all the same."""
        del request
        await visitor.ask("withdraw_erasure")
        return RedirectResponse(f"{PATH}?done=kept", 303, headers=_NO_STORE)


async def _before(
    request: Request,
    visitor: Visitor,
    mistake: Text | None = None,
    way_on: tuple[str, Text] | None = None,
) -> Response:
    mine = (await visitor.ask("leaving"))["myData"]
    if mine["erasure"]:
        return RedirectResponse(PATH, 303, headers=_NO_STORE)
    return page(
        request,
        Page("data_delete.html", said("Delete my account"), 422 if mistake else 200, tab="more",
             scripts=(APP,)),
        mine=mine,
        mistake=mistake,
        way_on=way_on,
    )  # fmt: skip
