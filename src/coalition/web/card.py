"""M2: the card, for the till. The browser keeps this page for where there is no network."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.pages import APP, Page, page, said
from coalition.web.codes import bars_of, grouped, square_of
from coalition.web.desk import Visitor
from coalition.web.guard import Guard


class CardPage:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        return [Route("/app/card", self._guard.for_members(self.card))]

    async def card(self, request: Request, visitor: Visitor) -> Response:
        data = await visitor.ask("card")
        member = data["viewer"]["member"]
        profile = member["profile"]
        # The newest one: it took the place of those before it.
        number = profile["cards"][-1] if profile["cards"] else None
        names = (profile["givenName"], profile["familyName"])
        return page(
            request,
            Page("card.html", said("Your card"), tab="card", scripts=(APP,)),
            holder=" ".join(name for name in names if name),
            status=member["status"],
            number=number,
            spelled=number and grouped(number),
            bars=number and bars_of(number),
            square=number and square_of(number),
        )
