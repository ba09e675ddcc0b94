"""M1: what a member has, what comes and what ends; and the same, told while the page is open."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.pages import APP, HTMX, SSE, Page, page, said
from coalition.web.api import Json
from coalition.web.desk import Visitor
from coalition.web.guard import Guard
from coalition.web.moves import moves


class HomePage:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        return [Route("/app", self._guard.for_members(self.home))]

    async def home(self, request: Request, visitor: Visitor) -> Response:
        data = await visitor.ask("home")
        member = data["viewer"]["member"]
        return page(
            request,
            Page("home.html", said("Your points"), tab="home", scripts=(HTMX, SSE, APP)),
            given_name=member["profile"]["givenName"],
            status=member["status"],
            announced=None,
            **standing_of(request, member),
        )


def standing_of(request: Request, member: Json) -> dict[str, object]:
    """What standing.html shows of a member."""
    balance = member["balance"]
    return {
        "balance": balance,
        "becoming": balance["becoming"],
        "ending": balance["expiring"][0] if balance["expiring"] else None,
        "moves": moves(request, member["history"]["nodes"]),
    }
