"""What every page of a member does besides its own: know who asks, and end in a clear page."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from coalition.kit.errors import Misconfigured, Unavailable
from coalition.pages import (
    error_page,
    form_not_read,
    from_this_site,
    just_a_moment,
    local_path,
    said,
)
from coalition.web.api import Refused, Throttled, TokenNotGood
from coalition.web.desk import Desk, SessionEnded, Visitor

Answer = Callable[[Request], Awaitable[Response]]
MembersAnswer = Callable[[Request, Visitor], Awaitable[Response]]
HOME = "/app"
_log = structlog.get_logger()


class Guard:
    """`to_entrance` leads somebody who is not signed in to the sign-in and back."""

    def __init__(self, desk: Desk, to_entrance: Callable[[Request], Response]) -> None:
        self._desk = desk
        self._to_entrance = to_entrance

    def for_members(self, handler: MembersAnswer) -> Answer:
        async def answer(request: Request) -> Response:
            if request.method == "POST" and not from_this_site(request, self._desk.settings):
                return _sent_from_elsewhere(request)
            try:
                visitor = await self._desk.visitor(request)
                if visitor is None:
                    return self._not_signed_in(request)
                return await handler(request, visitor)
            except (SessionEnded, TokenNotGood):
                response = self._not_signed_in(request)
                self._desk.forget_cookie(response, self._desk.cookie)
                return response

        return self.for_anybody(answer)

    def for_anybody(self, handler: Answer) -> Answer:
        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Throttled as full:
                return _too_much(request, full.retry_after)
            except (Unavailable, Misconfigured) as error:
                _log.warning("no pages just now", reason=str(error))
                return just_a_moment(request)
            except Refused as refused:
                _log.error("the API refused a page", code=refused.code, why=refused.message,
                           request_id=refused.request_id, path=request.url.path)  # fmt: skip
                return _failed(request, refused.request_id)
            except HTTPException:
                return form_not_read(request)
            except ClientDisconnect:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it ends in a page
                request_id = uuid4().hex
                _log.error("unexpected error", request_id=request_id, path=request.url.path,
                           exc_info=error)  # fmt: skip
                return _failed(request, request_id)

        return answer

    def _not_signed_in(self, request: Request) -> Response:
        """A page leads to the sign-in; a form and what the script asks for cannot."""
        if request.method == "GET" and "hx-request" not in request.headers:
            return self._to_entrance(request)
        return error_page(
            request,
            status=401,
            title=said("Your session has ended"),
            message=said("Nothing was sent. Sign in again to go on."),
            way_on=(self._form_of(request), said("Sign in")),
        )

    def _form_of(self, request: Request) -> str:
        """The page that a form was sent from, to be led back there; none but those of members."""
        page = request.headers.get("referer", "").removeprefix(self._desk.settings.origin)
        return local_path(page, HOME) if page.startswith(f"{HOME}/") else HOME


def not_found(request: Request) -> Response:
    return error_page(
        request,
        status=404,
        title=said("There is nothing here"),
        message=said("The address may be old, or it names something that is not yours."),
        way_on=(HOME, said("To your points")),
    )


def _sent_from_elsewhere(request: Request) -> Response:
    return error_page(
        request,
        status=403,
        title=said("Nothing was changed"),
        message=said("This was sent from another site. Use your own page for it."),
        way_on=(HOME, said("To your points")),
    )


def _too_much(request: Request, seconds: int) -> Response:
    return error_page(
        request,
        status=429,
        title=said("That was a lot at once"),
        message=said("Wait {seconds} seconds, then go on.", seconds=seconds),
        headers={"Retry-After": str(seconds)},
    )


def _failed(request: Request, request_id: str | None) -> Response:
    return error_page(
        request,
        status=500,
        title=said("Something went wrong"),
        message=said("It is our fault, and nothing of yours was changed. Try again."),
        request_id=request_id,
        way_on=(HOME, said("To your points")),
    )
