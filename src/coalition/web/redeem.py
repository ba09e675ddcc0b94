"""M7: one reward: what it is, what it takes from whom one has earned, and the one button that takes
it.

The form's key is made of the reward, its price and what the member had of it before. So a second
click, another tab or the way back claim nothing twice; who wants another one sees first that it has
one.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.pages import APP, Page, Text, fields, language_of, page
from coalition.web.api import Json
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found
from coalition.web.shelf import about_of, price_of, why_not, worth_of
from coalition.web.troubles import trouble_of
from coalition.web.typed import points_in

_LONGEST = 64
_LONGEST_KEY = 255
_NO_STORE = {"Cache-Control": "no-store"}


class RedeemPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        path = "/app/rewards/{id}"
        return [
            Route(path, members(self.review), methods=["GET"]),
            Route(path, members(self.redeem), methods=["POST"]),
            Route(f"{path}/wish", members(self.wish), methods=["POST"]),
        ]

    async def review(self, request: Request, visitor: Visitor) -> Response:
        return await self._shown(request, visitor)

    async def redeem(self, request: Request, visitor: Visitor) -> Response:
        form = await fields(request)
        key, points = form.get("key", "")[:_LONGEST_KEY], points_in(form.get("points", ""))
        if not key.isascii() or points is None:
            return await self._shown(request, visitor, "REWARD_CHANGED")
        wanted = {"rewardId": _id(request), "idempotencyKey": key, "points": points}
        answer = (await visitor.ask("claim", input=wanted, dryRun=False))["claimReward"]
        if answer["userErrors"]:
            return await self._shown(request, visitor, answer["userErrors"][0]["code"])
        address = f"/app/vouchers/{answer['claim']['id']}?new=1"
        return RedirectResponse(address, 303, headers=_NO_STORE)

    async def wish(self, request: Request, visitor: Visitor) -> Response:
        """Save for it, or for nothing any more."""
        form = await fields(request)
        wished = {} if form.get("do") == "drop" else {"rewardId": _id(request)}
        answer = (await visitor.ask("wish", input=wished))["wishForReward"]
        if answer["userErrors"]:
            return not_found(request)
        return RedirectResponse(f"/app/rewards/{_id(request)}", 303, headers=_NO_STORE)

    async def _shown(self, request: Request, visitor: Visitor, refused: str = "") -> Response:
        """The page; after a refusal in the same place, and nothing was spent."""
        speech, here = language_of(request), f"/app/rewards/{_id(request)}"
        data = await visitor.ask("reward", id=_id(request), locale=speech.code)
        reward, member = data["reward"], data["viewer"]["member"]
        if reward is None:
            return not_found(request)
        had = member["claims"]["nodes"]
        key = _key(reward, had)
        trial = await _tried(visitor, reward, key)
        code = refused or trial.code
        after = int(member["balance"]["available"]) - int(reward["points"])
        return page(
            request,
            Page("reward.html", Text(reward["title"], {}), 422 if refused else 200, tab="rewards",
                 scripts=(APP,)),
            reward=reward,
            about=about_of(request, reward),
            price=price_of(request, reward),
            worth=worth_of(request, reward),
            why_not=why_not(request, reward),
            available=member["balance"]["available"],
            after=after,
            key=key,
            lots=trial.lots,
            trouble=trouble_of(code, here=here) if code else None,
            was_refused=bool(refused),
            may_confirm=not trial.code,
            had=had[0] if had else None,
            is_wished=bool(member["wish"]) and member["wish"]["id"] == reward["id"],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a claim would be answered: which lots it would spend, or else why not."""

    code: str
    lots: list[Json]


async def _tried(visitor: Visitor, reward: Json, key: str) -> _Trial:
    wanted = {"rewardId": reward["id"], "idempotencyKey": key, "points": reward["points"]}
    answer = (await visitor.ask("claim", input=wanted, dryRun=True))["claimReward"]
    if answer["userErrors"]:
        return _Trial(answer["userErrors"][0]["code"], [])
    return _Trial("", answer["claim"]["redemption"]["spentLots"])


def _key(reward: Json, had: list[Json]) -> str:
    return ".".join((reward["id"], reward["points"], had[0]["id"] if had else "first"))


def _id(request: Request) -> str:
    found: str = request.path_params["id"][:_LONGEST]
    return found
