"""M8: what a member has claimed: with its code for the till, told of while the page is open, and
given back in its time.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.pages import (
    APP,
    HTMX,
    SSE,
    Page,
    Text,
    formats_of,
    language_of,
    page,
    rendered,
    said,
    spoken,
)
from coalition.pages.codes import code_shown
from coalition.web.api import Json, Refused
from coalition.web.desk import Visitor
from coalition.web.guard import Guard, not_found
from coalition.web.shelf import KINDS, about_of
from coalition.web.streams import Streams, Subject
from coalition.web.troubles import Trouble, trouble_in, trouble_of

PATH = "/app/vouchers"
_LONGEST = 64
_NO_STORE = {"Cache-Control": "no-store"}
# What somebody looks for, and the states that are meant.
GROUPS: Mapping[str, tuple[Text, tuple[str, ...]]] = MappingProxyType(
    {
        "": (said("To use"), ("CLAIMED", "SENT", "WON")),
        "used": (said("Used"), ("DONE", "LOST")),
        "given": (said("Given away"), ("GIVEN",)),
        "ended": (said("Expired"), ("EXPIRED",)),
        "back": (said("Given back"), ("CANCELLED",)),
    }
)
_STATES: Mapping[str, Text] = MappingProxyType(
    {
        "CLAIMED": said("Yours"),
        "GIVEN": said("Given away"),
        "SENT": said("On its way"),
        "WON": said("You have won"),
        "LOST": said("Not won this time"),
        "DONE": said("Done"),
        "CANCELLED": said("Given back"),
        "EXPIRED": said("Expired"),
    }
)
_OF_CODES: Mapping[str, Text] = MappingProxyType(
    {"CLAIMED": said("Ready to use"), "DONE": said("Used")}
)
_MONEY: Mapping[str, Text] = MappingProxyType(
    {
        "DUE": said("{money} to pay at the brand"),
        "PAID": said("{money} paid"),
        "TO_REPAY": said("{money} comes back from the brand"),
        "REPAID": said("{money} was paid back"),
        "NOTHING_DUE": said("{money} is not due any more"),
    }
)
_WITH_CODES = frozenset({"VOUCHER", "GIFT_CARD"})
_TO_BE_OPENED = said("Waits to be opened")


class VoucherPages:
    def __init__(self, guard: Guard, streams: Streams) -> None:
        self._guard = guard
        self._streams = streams

    @property
    def routes(self) -> list[Route]:
        members, one = self._guard.for_members, f"{PATH}/{{id}}"
        return [
            Route(PATH, members(self.vouchers)),
            Route(one, members(self.voucher)),
            Route(f"{one}/events", members(self.events)),
            Route(f"{one}/show", members(self.show)),
            Route(f"{one}/mail", members(self.mail), methods=["POST"]),
            Route(f"{one}/cancel", members(self.ask_first), methods=["GET"]),
            Route(f"{one}/cancel", members(self.cancel), methods=["POST"]),
        ]

    async def vouchers(self, request: Request, visitor: Visitor) -> Response:
        speech, shown = language_of(request), request.query_params.get("show", "")
        if shown not in GROUPS:
            return not_found(request)
        asked: dict[str, object] = {"states": GROUPS[shown][1], "locale": speech.code}
        after = request.query_params.get("after", "")[:_LONGEST]
        if after:
            asked["after"] = after
        try:
            data = await visitor.ask("vouchers", **asked)
        except Refused as refused:
            if refused.code != "BAD_USER_INPUT":
                raise
            return not_found(request)  # a cursor of another list
        claims = data["viewer"]["member"]["claims"]
        here = f"{PATH}?show={shown}" if shown else PATH
        mark = "&" if shown else "?"
        info = claims["pageInfo"]
        return page(
            request,
            Page("vouchers.html", said("My vouchers"), tab="rewards", scripts=(APP,)),
            shown=shown,
            groups=[
                (name, speech.say(words), f"{PATH}?show={name}" if name else PATH)
                for name, (words, _) in GROUPS.items()
            ],
            claims=[_in_list(request, one) for one in claims["nodes"]],
            older=f"{here}{mark}after={info['endCursor']}" if info["hasNextPage"] else None,
            newest=here if after else None,
        )

    async def voucher(self, request: Request, visitor: Visitor) -> Response:
        claim = await own_claim(request, visitor, "voucher")
        return not_found(request) if claim is None else _shown(request, claim)

    async def mail(self, request: Request, visitor: Visitor) -> Response:
        """A copy to the member's own mailbox, for where there is no network."""
        claim = await own_claim(request, visitor, "voucher")
        if claim is None:
            return not_found(request)
        address = f"{PATH}/{claim['id']}"
        answer = await visitor.ask("mail_voucher", input={"claimId": claim["id"]})
        trouble = trouble_in(answer["mailVoucher"], here=address)
        if trouble is None:
            return RedirectResponse(f"{address}?mailed=1", 303, headers=_NO_STORE)
        return _shown(request, await own_claim(request, visitor, "voucher") or claim, trouble)

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The code alone, as large as the screen allows."""
        claim = await own_claim(request, visitor, "voucher")
        if claim is None or claim["code"] is None:
            return not_found(request)
        return page(
            request,
            Page("voucher_show.html", Text(claim["reward"]["title"], {}), scripts=(HTMX, SSE, APP)),
            announced=None,
            **_voucher_of(request, claim),
        )

    async def events(self, request: Request, visitor: Visitor) -> Response:
        """The part that changes when a till takes the code."""
        wanted, locale = request.path_params["id"], language_of(request).code
        claim = await own_claim(request, visitor, "voucher")
        if claim is None:
            return not_found(request)

        async def now() -> str:
            found = await own_claim(request, visitor, "voucher")
            return _part(request, found or claim, is_news=False)

        def then(data: Json) -> str | None:
            changed = data["claimChanged"]["claim"]
            return _part(request, changed, is_news=True) if changed["id"] == wanted else None

        subject = Subject("voucher_changes", now, then, {"locale": locale})
        return await self._streams.answer(visitor, subject)

    async def ask_first(self, request: Request, visitor: Visitor) -> Response:
        claim = await own_claim(request, visitor, "cancellation")
        return not_found(request) if claim is None else _question(request, claim)

    async def cancel(self, request: Request, visitor: Visitor) -> Response:
        """Once, however often it is sent: its key is the claim's own."""
        id_ = request.path_params["id"][:_LONGEST]
        wanted = {
            "claimId": id_, "idempotencyKey": f"back.{id_}"[:_LONGEST * 2],
            "reason": "Given back by the member.",
        }  # fmt: skip
        if not id_.isascii():
            return not_found(request)
        answer = (await visitor.ask("cancel", input=wanted))["cancelClaim"]
        if not answer["userErrors"]:
            return RedirectResponse(f"{PATH}/{id_}?back=1", 303, headers=_NO_STORE)
        claim = await own_claim(request, visitor, "cancellation")
        if claim is None:
            return not_found(request)
        code = answer["userErrors"][0]["code"]
        return _question(request, claim, trouble_of(code, here=request.url.path))


async def own_claim(request: Request, visitor: Visitor, document: str) -> Json | None:
    """The member's own; None for what is not there, and for another member's alike."""
    id_ = request.path_params["id"][:_LONGEST]
    data = await visitor.ask(document, id=id_, locale=language_of(request).code)
    found: Json | None = data["node"]
    return found if found and "reward" in found else None


def _shown(request: Request, claim: Json, trouble: Trouble | None = None) -> Response:
    done = request.query_params
    return page(
        request,
        Page("voucher.html", Text(claim["reward"]["title"], {}), 422 if trouble else 200,
             tab="rewards", scripts=(HTMX, SSE, APP)),
        is_new="new" in done,
        is_back="back" in done,
        is_mailed="mailed" in done,
        trouble=trouble,
        announced=None,
        **_voucher_of(request, claim),
    )  # fmt: skip


def _question(request: Request, claim: Json, trouble: Trouble | None = None) -> Response:
    return page(
        request,
        Page("voucher_cancel.html", said("Give this back?"), 422 if trouble else 200,
             tab="rewards", scripts=(APP,)),
        claim=claim,
        trouble=trouble,
    )  # fmt: skip


def _part(request: Request, claim: Json, *, is_news: bool) -> str:
    values = _voucher_of(request, claim)
    said_so = language_of(request).text(
        "{title}: {state}", title=claim["reward"]["title"], state=values["state"]
    )
    return rendered(request, "voucher_state.html", announced=said_so if is_news else None, **values)


def _voucher_of(request: Request, claim: Json) -> dict[str, object]:
    """What voucher_state.html shows of a claim."""
    speech, form = language_of(request), formats_of(request)
    money = None
    if claim["moneyState"] is not None:
        words = _MONEY[claim["moneyState"]]
        money = speech.text(words.english, money=form.money(claim["money"]))
    return {
        "claim": claim,
        "state": state_of(request, claim),
        "is_ready": is_ready(claim),
        "can_be_given": can_be_given(claim),
        "about": about_of(request, claim["reward"]),
        "money": money,
        **code_shown(claim["code"]),
    }


def is_ready(claim: Json) -> bool:
    """Whether its member can use it: not while somebody else may open it."""
    return claim["state"] == "CLAIMED" and claim["gift"] is None


def can_be_given(claim: Json) -> bool:
    return is_ready(claim) and claim["reward"]["kind"] in _WITH_CODES


def state_of(request: Request, claim: Json) -> str:
    if claim["state"] == "CLAIMED" and claim["gift"] is not None:
        return language_of(request).say(_TO_BE_OPENED)
    has_code = claim["reward"]["kind"] in _WITH_CODES
    words = _OF_CODES.get(claim["state"]) if has_code else None
    return language_of(request).say(words or _STATES[claim["state"]])


def _in_list(request: Request, claim: Json) -> dict[str, object]:
    speech, form = language_of(request), formats_of(request)
    until = claim["validUntil"]
    return {
        "address": f"{PATH}/{claim['id']}",
        "code": claim["partner"]["code"],
        "brand": claim["partner"]["name"],
        "title": spoken(speech, claim["reward"]["title"], claim["reward"]["titleLanguage"]),
        # Two of one kind are told from each other where the rest of the line is not seen.
        "name": speech.text(
            "{state}, redeemed on {day}",
            state=state_of(request, claim),
            day=form.day_of(claim["claimedAt"]),
        ),
        "kind": speech.say(KINDS[claim["reward"]["kind"]]),
        "state": state_of(request, claim),
        "is_ready": is_ready(claim),
        "until": speech.text("until {day}", day=form.day_of(until))
        if until and claim["state"] == "CLAIMED"
        else None,
        "when": form.day_of(claim["claimedAt"]),
        "at": claim["claimedAt"],
        "points": form.points(claim["points"]),
    }
