"""What has no tab of its own, the page after leaving, and the page of all components."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.pages import APP, Page, done_page, page, said, spoken
from coalition.pages.language import SOURCE, language
from coalition.web.desk import Visitor
from coalition.web.guard import Guard
from coalition.web.moves import Move
from coalition.web.shelf import OnShelf
from coalition.web.troubles import trouble_of


class MorePages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/app/more", self._guard.for_members(self.more)),
            Route("/app/goodbye", self._guard.for_anybody(self.goodbye)),
            Route("/app/components", self._guard.for_anybody(self.components)),
        ]

    async def more(self, request: Request, visitor: Visitor) -> Response:
        del visitor
        return page(request, Page("more.html", said("More"), tab="more", scripts=(APP,)))

    async def goodbye(self, request: Request) -> Response:
        return done_page(
            request,
            title=said("You are signed out"),
            message=said("See you soon. Your card is no longer kept on this device."),
            way_on=("/app", said("Sign in")),
        )

    async def components(self, request: Request) -> Response:
        return page(
            request,
            Page("components.html", said("Components"), tab="more", scripts=(APP,)),
            moves=_SAMPLES,
            rewards=_REWARDS,
            trouble=trouble_of("SPEND_LOCKED", here="/app/components"),
            steps=_STEPS,
        )


_STEPS = [
    {"who": "You", "what": "Reported", "words": "In the evening.", "at": "2026-03-20T18:00:00Z",
     "when": "20 Mar 2026", "is_own": True},
    {"who": "Corner Bakery", "what": "Points given", "words": None, "at": "2026-03-21T09:00:00Z",
     "when": "21 Mar 2026", "is_own": False},
]  # fmt: skip
_SAMPLES = [
    Move("#move", "bakery", "Corner Bakery", "Corner Bakery: Earned, +120 points, 31 Mar 2026",
         "Earned", "2026-03-31T10:00:00Z", "31 Mar 2026", "+120", is_plus=True,
         sum="1,320", sum_words="then", chip="spendable from 14 Apr 2026"),
    Move("#move", "grocer", "Harvest Grocer",
         "Harvest Grocer: Spent, \N{MINUS SIGN}500 points, 30 Mar 2026",
         "Spent", "2026-03-30T10:00:00Z", "30 Mar 2026", "\N{MINUS SIGN}500",
         is_plus=False, sum="1,200", sum_words="then"),
]  # fmt: skip
_REWARDS = [
    OnShelf("#reward", "Coffee and cake", "Coffee and cake", "bakery", "Corner Bakery",
            "Voucher · In store", "300 points", "$1.67 for 100 points", image=None, why_not=None,
            missing=None, part=100),
    OnShelf("#reward", "Hamper", "Hamper", "grocer", "Harvest Grocer", "Item · Online",
            "900 points and $4.00", None, image=None, why_not=None, missing="120 to go", part=86),
    OnShelf("#reward", "شاي", spoken(language(SOURCE), "شاي", "ar"), "bakery", "Corner Bakery",
            "Voucher", "200 points", None, image=None, why_not="None left just now", missing=None,
            part=100),
]  # fmt: skip
