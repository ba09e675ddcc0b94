"""Movements of points as a page lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.requests import Request

from coalition.pages import Text, formats_of, language_of, said
from coalition.web.api import Json

# What an entry did, as its member would say it.
KINDS: Mapping[str, Text] = MappingProxyType(
    {
        "AWARD": said("Earned"),
        "REDEMPTION": said("Spent"),
        "HOLD": said("Set aside"),
        "HOLD_RELEASE": said("No longer set aside"),
        "REDEMPTION_REVERSAL": said("Refunded"),
        "AWARD_REVERSAL": said("Purchase returned"),
        "EXPIRY": said("Ended unspent"),
        "DEBT_REPAYMENT": said("Debt paid off"),
        "OPENING": said("Carried over"),
        "PASSED_ON": said("Passed on"),
        "RECEIVED": said("Received"),
        "BROUGHT_BACK": said("Came back"),
    }
)
_TAKEN_BACK = said("Taken back")
_SPENT_OF_HOLD = said("Spent of what was set aside")


@dataclass(frozen=True, slots=True)
class Move:
    """One line, all but its brand's look in the reader's words. `name`: what its link is called
    where the rest of the line is not seen; it begins with the brand, which is all that is seen of
    it (WCAG 2.5.3). `sum`: what there was after it.
    """

    address: str
    code: str
    brand: str
    name: str
    title: str
    at: str
    when: str
    change: str
    is_plus: bool
    sum: str | None = None
    sum_words: str = ""
    chip: str | None = None
    is_new: bool = False
    is_over: bool = False


def title_of(entry: Json) -> Text:
    if entry["kind"] == "REDEMPTION" and int(entry["points"]) == 0:
        return _SPENT_OF_HOLD
    return KINDS[entry["kind"]]


def moves(request: Request, entries: list[Json]) -> list[Move]:
    speech, form = language_of(request), formats_of(request)
    found = []
    for entry in entries:
        award: Json = entry.get("award") or {}
        after = entry.get("pointsAfter")
        title, day = speech.say(title_of(entry)), form.day_of(entry["occurredAt"])
        change = form.change(entry["points"])
        found.append(
            Move(
                address=f"/app/activity/{entry['id']}",
                code=entry["partner"]["code"],
                brand=entry["partner"]["name"],
                name=speech.text(
                    "{brand}: {what}, {change} points, {day}",
                    brand=entry["partner"]["name"],
                    what=title,
                    change=change,
                    day=day,
                ),
                title=title,
                at=entry["occurredAt"],
                when=day,
                change=change,
                is_plus=int(entry["points"]) > 0,
                sum=None if after is None else form.points(after),
                sum_words=speech.text("then"),
                chip=speech.text("spendable from {day}", day=form.day_of(award["spendableFrom"]))
                if award.get("state") == "PENDING"
                else speech.say(_TAKEN_BACK)
                if entry.get("state") == "REVERSED"
                else None,
                is_over=entry.get("state") == "REVERSED",
            )
        )
    return found
