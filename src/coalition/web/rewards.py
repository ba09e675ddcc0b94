"""M6: what there is for points at every brand, filtered and ordered in the address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.pages import APP, Page, Text, language_of, page, said
from coalition.web.api import Refused
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found
from coalition.web.home import is_locked
from coalition.web.shelf import KINDS, PLACES, on_shelf

PATH = "/app/rewards"
_LONGEST = 64
# As people write them: 1200, 1.200, 1 200.
_POINTS = re.compile(r"\d{1,12}|\d{1,3}(?:[.,'\u2019\u066c\s]\d{3}){1,3}")
SORTS: Mapping[str, tuple[Text, str]] = MappingProxyType(
    {
        "": (said("Fewest points first"), "POINTS"),
        "value": (said("Best value first"), "VALUE"),
        "new": (said("Newest first"), "NEWEST"),
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for. What it says and cannot mean is in `mistakes`, by field."""

    brand: str = ""
    kind: str = ""
    shelf: str = ""
    place: str = ""
    least: str = ""
    most: str = ""
    reach: str = ""
    sort: str = ""

    @classmethod
    def of(cls, request: Request) -> "Wanted":
        asked = request.query_params
        return cls(**{one.name: asked.get(one.name, "")[:_LONGEST] for one in fields(cls)})

    @property
    def mistakes(self) -> dict[str, Text]:
        given = {"least": self.least, "most": self.most}
        found = {
            name: said("Write a number of points like 500.")
            for name, text in given.items()
            if text and _points(text) is None
        }
        low, high = _points(self.least), _points(self.most)
        if low is not None and high is not None and low > high:
            found["most"] = said("The upper limit is below the lower one.")
        return found

    @property
    def is_narrow(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self) if one.name != "sort")

    def variables(self) -> dict[str, object]:
        wanted: dict[str, object] = {
            "partner": self.brand,
            "kinds": [self.kind] if self.kind in KINDS else None,
            "category": self.shelf,
            "place": self.place if self.place in PLACES else None,
            "pointsFrom": _written(self.least),
            "pointsUntil": _written(self.most),
            "affordable": bool(self.reach),
        }
        return {
            "filter": {name: value for name, value in wanted.items() if value},
            "sort": SORTS.get(self.sort, SORTS[""])[1],
        }

    def address(self, **change: str) -> str:
        given = {one.name: getattr(self, one.name) for one in fields(self)} | change
        query = {name: value for name, value in given.items() if value}
        return f"{PATH}?{urlencode(query)}" if query else PATH


class RewardsPage:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        return [Route(PATH, self._guard.for_members(self.rewards))]

    async def rewards(self, request: Request, visitor: Visitor) -> Response:
        wanted, speech = Wanted.of(request), language_of(request)
        mistakes = wanted.mistakes
        # With a mistake nothing is listed; the rest of the page still wants its brands.
        asked = Wanted().variables() if mistakes else wanted.variables()
        after = request.query_params.get("after", "")[:_LONGEST]
        if after and not mistakes:
            asked["after"] = after
        try:
            data = await visitor.ask("rewards", locale=speech.code, **asked)
        except Refused as refused:
            if refused.code != "BAD_USER_INPUT":
                raise
            return not_found(request)  # a cursor of another list
        member, found = data["viewer"]["member"], data["rewards"]
        info, available = found["pageInfo"], int(member["balance"]["available"])
        return page(
            request,
            Page("rewards.html", said("Rewards"), 422 if mistakes else 200, tab="rewards",
                 scripts=(APP,)),
            wanted=wanted,
            mistakes={name: speech.say(text) for name, text in mistakes.items()},
            brands=[(one["code"], one["name"]) for one in data["programme"]["partners"]],
            shelves=data["rewardCategories"],
            kinds=[(name, speech.say(words)) for name, words in KINDS.items()],
            places=[(name, speech.say(PLACES[name])) for name in ("ONLINE", "STORE")],
            sorts=[(name, speech.say(words)) for name, (words, _) in SORTS.items()],
            available=available,
            worth=member["balance"]["value"],
            is_locked=is_locked(member),
            wish=on_shelf(request, [member["wish"]], available)[0] if member["wish"] else None,
            rewards=[] if mistakes else on_shelf(request, found["nodes"], available),
            older=wanted.address(after=info["endCursor"]) if info["hasNextPage"] else None,
            newest=wanted.address() if after else None,
        )  # fmt: skip


def _points(text: str) -> int | None:
    """A whole number of points; None for what is none."""
    written = text.strip()
    return int(re.sub(r"\D", "", written)) if _POINTS.fullmatch(written) else None


def _written(text: str) -> str | None:
    found = _points(text)
    return None if found is None else str(found)
