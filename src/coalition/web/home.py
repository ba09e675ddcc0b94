"""M1: what a member has, what comes, what ends and what is within reach; and the same, told while
the page is open.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.pages import APP, HTMX, SSE, Page, formats_of, language_of, page, rendered, said
from coalition.web.api import Json
from coalition.web.desk import Visitor
from coalition.web.guard import Guard
from coalition.web.moves import moves
from coalition.web.shelf import OnShelf, on_shelf
from coalition.web.streams import Streams, Subject

_REWARDS = 3


class HomePage:
    def __init__(self, guard: Guard, streams: Streams) -> None:
        self._guard = guard
        self._streams = streams

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [Route("/app", members(self.home)), Route("/app/events", members(self.events))]

    async def home(self, request: Request, visitor: Visitor) -> Response:
        data = await visitor.ask("home", locale=language_of(request).code)
        member = data["viewer"]["member"]
        return page(
            request,
            Page("home.html", said("Your points"), tab="home", scripts=(HTMX, SSE, APP)),
            given_name=member["profile"]["givenName"],
            status=member["status"],
            is_locked=is_locked(member),
            rewards=_to_have(request, data["rewards"]["nodes"], member),
            announced=None,
            **_standing_of(request, member),
        )

    async def events(self, request: Request, visitor: Visitor) -> Response:
        async def now() -> str:
            data = await visitor.ask("standing")
            return _part(request, data["viewer"]["member"], None)

        def then(data: Json) -> str:
            change = data["balanceChanged"]
            return _part(request, change["member"], change["entry"])

        return await self._streams.answer(visitor, Subject("changes", now, then))


def is_locked(member: Json) -> bool:
    """Whether nobody can spend its points, by whomever it was locked."""
    return bool(member["spendingLocked"]) or member["status"] == "LOCKED"


def _to_have(request: Request, rewards: list[Json], member: Json) -> list[OnShelf]:
    """Of those that its points pay, some that are there to be had."""
    shelf = on_shelf(request, rewards, int(member["balance"]["available"]))
    return [one for one in shelf if one.why_not is None][:_REWARDS]


def _standing_of(request: Request, member: Json) -> dict[str, object]:
    """What standing.html shows of a member."""
    balance = member["balance"]
    return {
        "balance": balance,
        "becoming": balance["becoming"],
        "ending": balance["expiring"][0] if balance["expiring"] else None,
        "moves": moves(request, member["history"]["nodes"]),
    }


def _part(request: Request, member: Json, entry: Json | None) -> str:
    announced = None if entry is None else _announced(request, member, entry)
    return rendered(request, "standing.html", announced=announced, **_standing_of(request, member))


def _announced(request: Request, member: Json, entry: Json) -> str:
    speech, form = language_of(request), formats_of(request)
    return speech.text(
        "{change} at {brand}. You have {points} to spend now.",
        change=form.change(entry["points"]),
        brand=entry["partner"]["name"],
        points=form.points(member["balance"]["available"]),
    )
