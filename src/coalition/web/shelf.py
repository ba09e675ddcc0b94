"""Rewards as pages list them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from starlette.requests import Request

from coalition.pages import Text, formats_of, language_of, said, spoken
from coalition.web.api import Json

KINDS: Mapping[str, Text] = MappingProxyType(
    {
        "VOUCHER": said("Voucher"),
        "GIFT_CARD": said("Gift card"),
        "ITEM": said("Item"),
        "CASH_BACK": said("Money back"),
        "DONATION": said("Donation"),
        "PRIZE_DRAW": said("Prize draw"),
    }
)
PLACES: Mapping[str, Text] = MappingProxyType(
    {
        "ONLINE": said("Online"),
        "STORE": said("In store"),
        "BOTH": said("Online and in store"),
    }
)
_NOT_TO_HAVE: Mapping[str, Text] = MappingProxyType(
    {
        "OUT_OF_STOCK": said("None left just now"),
        "NOT_YET": said("Not yet"),
        "OVER": said("Over"),
        "WITHDRAWN": said("Over"),
    }
)


@dataclass(frozen=True, slots=True)
class OnShelf:
    """One reward, all but its brand's look in the reader's words. `heading`: its title as a page
    shows it, with its language where that is another one. `about`: what it is and where it
    is used. `price` names points and money. `missing`: how many points are still to go; None: it is
    within reach, and `part` is 100. `why_not`: nobody can have it now.
    """

    address: str
    title: str
    heading: str
    code: str
    brand: str
    about: str
    price: str
    worth: str | None
    image: str | None
    why_not: str | None
    missing: str | None
    part: int


def on_shelf(request: Request, rewards: list[Json], available: int) -> list[OnShelf]:
    return [_on_shelf(request, one, available) for one in rewards]


def price_of(request: Request, reward: Json) -> str:
    speech, form = language_of(request), formats_of(request)
    points = form.points(reward["points"])
    if reward["money"] is None:
        return speech.text("{points} points", points=points)
    return speech.text(
        "{points} points and {money}", points=points, money=form.money(reward["money"])
    )


def worth_of(request: Request, reward: Json) -> str | None:
    """What a hundred points bring, less what is paid besides them; None: its brand does not say."""
    speech, form = language_of(request), formats_of(request)
    if reward["faceValue"] is None:
        return None
    value = Decimal(reward["faceValue"]["amount"])
    if reward["money"] is not None:
        value = max(value - Decimal(reward["money"]["amount"]), Decimal(0))
    per_hundred = value * 100 / int(reward["points"])
    return speech.text(
        "{money} for 100 points",
        money=form.money(
            {"amount": f"{per_hundred:f}", "currency": reward["faceValue"]["currency"]}
        ),
    )


def about_of(request: Request, reward: Json) -> str:
    """What it is, and where it is used unless that is anywhere."""
    speech = language_of(request)
    words = [KINDS[reward["kind"]]]
    if reward["place"] != "BOTH":
        words.append(PLACES[reward["place"]])
    return " · ".join(speech.say(one) for one in words)


def why_not(request: Request, reward: Json) -> str | None:
    """Why nobody can have it now; None when one can."""
    speech, form = language_of(request), formats_of(request)
    if reward["availability"] == "NOT_YET":
        return speech.text("From {day} on", day=form.day_of(reward["from"]))
    found = _NOT_TO_HAVE.get(reward["availability"])
    return None if found is None else speech.say(found)


def _on_shelf(request: Request, reward: Json, available: int) -> OnShelf:
    speech, form = language_of(request), formats_of(request)
    points = int(reward["points"])
    missing = points - available
    return OnShelf(
        address=f"/app/rewards/{reward['id']}",
        title=reward["title"],
        heading=spoken(speech, reward["title"], reward["titleLanguage"]),
        code=reward["partner"]["code"],
        brand=reward["partner"]["name"],
        about=about_of(request, reward),
        price=price_of(request, reward),
        worth=worth_of(request, reward),
        image=reward["image"] and reward["image"]["path"],
        why_not=why_not(request, reward),
        missing=speech.text("{points} to go", points=form.points(missing)) if missing > 0 else None,
        part=max(0, min(100, available * 100 // points)),
    )
