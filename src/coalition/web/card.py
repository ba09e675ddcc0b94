"""M2: the card, for the till. The browser keeps this page for where there is no network; the code
to pay with points is good for a minute and is kept nowhere.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.kit.text import in_fours, in_groups
from coalition.pages import APP, HTMX, Page, page, said
from coalition.pages.codes import bars_of, square_of
from coalition.web.desk import Visitor
from coalition.web.guard import Guard
from coalition.web.home import is_locked
from coalition.web.troubles import trouble_of

PAY = "/app/card/pay"


class CardPage:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route("/app/card", members(self.card)),
            # GET: whoever loads it anew has another code. It moves nothing, and the one before it
            # would have ended in a minute.
            Route(PAY, members(self.pay)),
        ]

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
            is_locked=is_locked(member),
            number=number,
            spelled=number and in_groups(number),
            bars=number and bars_of(number),
            square=number and square_of(number),
        )

    async def pay(self, request: Request, visitor: Visitor) -> Response:
        issued = (await visitor.ask("till_token"))["issueTillToken"]
        code = issued["userErrors"][0]["code"] if issued["userErrors"] else None
        return page(
            request,
            Page("pay.html", said("Pay with points"), tab="card", scripts=(HTMX, APP)),
            token=issued["token"],
            spelled=issued["token"] and in_fours(issued["token"]),
            square=issued["token"] and square_of(issued["token"]),
            trouble=code and trouble_of(code, here=PAY),
        )
