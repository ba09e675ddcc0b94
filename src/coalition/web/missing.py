"""M10: purchases that brought no points: reported with a receipt, and what becomes of them."""

import sys
from dataclasses import dataclass, field
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.pages import (
    APP,
    HEADERS,
    HTMX,
    Page,
    Text,
    TooLarge,
    error_page,
    fields_and_file,
    formats_of,
    language_of,
    page,
    said,
)
from coalition.web.api import Json, Refused
from coalition.web.desk import Visitor
from coalition.web.earn import typed_amount
from coalition.web.guard import Guard, not_found
from coalition.web.missing_words import (
    DID,
    RECEIPT_TROUBLE,
    STANDS,
    TROUBLE,
    WHY_NOT,
    Standing,
)
from coalition.web.typed import day_in

_LIST = "/app/missing"
_FORM = "/app/missing/report"
_LONGEST = 64
# A picture of 5 MiB, and the fields beside it.
_MOST_BYTES = 6 * 1024 * 1024
# Counted here, so that what is too large ends in a page.
_COUNTED_HERE = sys.maxsize
_PLACES = 3


@dataclass(slots=True)
class Draft:
    """A report as it was typed; what is wrong with it in `mistakes`, by field. `leads_to`: where
    what stands in the way is, and what that is called.
    """

    key: str
    brand: str = ""
    day: str = ""
    amount: str = ""
    reference: str = ""
    message: str = ""
    mistakes: dict[str, Text] = field(default_factory=dict)
    leads_to: tuple[str, Text] | None = None


class MissingPages:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        members = self._guard.for_members
        return [
            Route(_LIST, members(self.list_)),
            Route(_FORM, members(self.form)),
            Route(_FORM, members(self.report), methods=["POST"], max_body_size=_COUNTED_HERE),
            Route(f"{_LIST}/{{id}}", members(self.detail)),
            Route(
                f"{_LIST}/{{id}}", members(self.go_on), methods=["POST"],
                max_body_size=_COUNTED_HERE,
            ),
            Route(f"{_LIST}/{{id}}/receipts/{{number:int}}", members(self.receipt)),
        ]  # fmt: skip

    async def list_(self, request: Request, visitor: Visitor) -> Response:
        after = request.query_params.get("after", "")[:_LONGEST]
        try:
            data = await visitor.ask("missing", **({"after": after} if after else {}))
        except Refused as refused:
            if refused.code != "BAD_USER_INPUT":
                raise
            return not_found(request)  # a cursor of another list
        found = data["viewer"]["member"]["missingPurchases"]
        info = found["pageInfo"]
        return page(
            request,
            Page("missing.html", said("Missing points"), tab="more", scripts=(APP,)),
            reports=[(one, STANDS[one["state"]]) for one in found["nodes"]],
            older=f"{_LIST}?after={info['endCursor']}" if info["hasNextPage"] else None,
            newest=_LIST if after else None,
        )

    async def form(self, request: Request, visitor: Visitor) -> Response:
        asked = request.query_params
        draft = Draft(uuid4().hex, brand=asked.get("brand", "")[:_LONGEST])
        return await self._form(request, visitor, draft)

    async def report(self, request: Request, visitor: Visitor) -> Response:
        try:
            typed, picture = await fields_and_file(request, "receipt", most=_MOST_BYTES)
        except TooLarge:
            return _too_large(request, _FORM)
        draft = Draft(
            key=typed.get("key", ""),
            brand=typed.get("brand", ""),
            day=typed.get("day", "").strip(),
            amount=typed.get("amount", "").strip(),
            reference=typed.get("reference", "").strip(),
            message=typed.get("message", "").strip(),
        )
        made = await self._reported(request, visitor, draft)
        if made is None:
            return await self._form(request, visitor, draft)
        trouble = await _sent(visitor, made, 1, picture)
        return _on(f"{_LIST}/{made}?done=1" + (f"&receipt={trouble}" if trouble else ""))

    async def _form(self, request: Request, visitor: Visitor, draft: Draft) -> Response:
        data = await visitor.ask("brands")
        speech = language_of(request)
        return page(
            request,
            Page("missing_report.html", said("Report a missing purchase"),
                 422 if draft.mistakes else 200, tab="more", scripts=(HTMX, APP)),
            draft=draft,
            mistakes={name: speech.say(text) for name, text in draft.mistakes.items()},
            brands=[
                (one["id"], f"{one['name']} ({one['currency']})")
                for one in data["programme"]["partners"]
            ],
        )  # fmt: skip

    async def _reported(self, request: Request, visitor: Visitor, draft: Draft) -> str | None:
        """The id of the report; None: `draft` says why there is none."""
        data = await visitor.ask("brands")
        brands = {one["id"]: one for one in data["programme"]["partners"]}
        amount = typed_amount(request, draft.amount)
        if draft.brand not in brands:
            draft.mistakes["brand"] = said("Choose a brand.")
        if day_in(draft.day) is None:
            draft.mistakes["day"] = said("Write a day like 2026-03-31.")
        if amount is None:
            draft.mistakes["amount"] = said("Write an amount like 25.00.")
        if not draft.reference:
            draft.mistakes["reference"] = said("Write the number that stands on the receipt.")
        if draft.mistakes or amount is None:
            return None
        money = {"amount": f"{amount:f}", "currency": brands[draft.brand]["currency"]}
        given = {
            "idempotencyKey": draft.key, "partner": draft.brand, "purchasedOn": draft.day,
            "amount": money, "reference": draft.reference, "message": _one_line(draft.message),
        }  # fmt: skip
        data = await visitor.ask("report_missing", input=given)
        answer: Json = data["reportMissingPurchase"]
        if not answer["userErrors"]:
            return str(answer["missingPurchase"]["id"])
        _explain(request, draft, answer)
        return None

    async def detail(self, request: Request, visitor: Visitor) -> Response:
        asked = request.query_params
        trouble = RECEIPT_TROUBLE.get(asked.get("receipt", ""))
        return await self._detail(request, visitor, done="done" in asked, trouble=trouble)

    async def go_on(self, request: Request, visitor: Visitor) -> Response:
        """The member answers, sends another picture, or lets it go."""
        number = request.path_params["id"][:_LONGEST]
        here = f"{_LIST}/{number}"
        try:
            typed, picture = await fields_and_file(request, "receipt", most=_MOST_BYTES)
        except TooLarge:
            return _too_large(request, here)
        about = {"idempotencyKey": typed.get("key", ""), "missingPurchaseId": number}
        if typed.get("do") == "withdraw":
            data = await visitor.ask("withdraw_missing", input=about)
            code = _code_of(data["withdrawMissingPurchase"])
            if code:
                return await self._refused(request, visitor, code)
            return _on(here)
        words = _one_line(typed.get("message", ""))
        if not words and picture is None:
            nothing = said("Write something, or choose a picture.")
            return await self._detail(request, visitor, trouble=nothing, status=422)
        if words:
            data = await visitor.ask("answer_missing", input=about | {"message": words})
            code = _code_of(data["answerMissingPurchase"])
            if code:
                return await self._refused(request, visitor, code, words=words)
        trouble = await self._next_picture(visitor, number, picture)
        return _on(f"{here}?receipt={trouble}" if trouble else f"{here}#timeline")

    async def _next_picture(
        self, visitor: Visitor, number: str, picture: bytes | None
    ) -> str | None:
        if picture is None:
            return None
        data = await visitor.ask("missing_purchase", id=number)
        taken = {one["number"] for one in (data["node"] or {}).get("receipts", ())}
        free = next((one for one in range(1, _PLACES + 1) if one not in taken), None)
        return "FULL" if free is None else await _sent(visitor, number, free, picture)

    async def _refused(
        self, request: Request, visitor: Visitor, code: str, *, words: str = ""
    ) -> Response:
        if code == "MISSING_PURCHASE_NOT_FOUND":
            return not_found(request)
        trouble = TROUBLE.get(code, said("This cannot be done any more."))
        return await self._detail(request, visitor, trouble=trouble, status=422, words=words)

    async def _detail(
        self,
        request: Request,
        visitor: Visitor,
        *,
        done: bool = False,
        trouble: Text | None = None,
        status: int = 200,
        words: str = "",
    ) -> Response:
        data = await visitor.ask("missing_purchase", id=request.path_params["id"][:_LONGEST])
        found = data["node"]
        if not found or "reference" not in found:
            return not_found(request)
        standing: Standing = STANDS[found["state"]]
        return page(
            request,
            Page("missing_purchase.html", said("Missing purchase"), status, tab="more",
                 scripts=(APP,)),
            found=found,
            standing=standing,
            steps=_steps(request, found),
            pictures=[one["number"] for one in found["receipts"]],
            may_send=len(found["receipts"]) < _PLACES,
            key=uuid4().hex,
            done=done and trouble is None,
            trouble=trouble,
            words=words,
        )  # fmt: skip

    async def receipt(self, request: Request, visitor: Visitor) -> Response:
        number, place = request.path_params["id"][:_LONGEST], request.path_params["number"]
        if not number.isascii() or not number.replace("_", "").isalnum():
            return not_found(request)
        try:
            file = await visitor.fetch(f"/missing-purchases/{number}/receipts/{place}")
        except Refused as refused:
            if refused.code != "RECEIPT_NOT_FOUND":
                raise
            return not_found(request)
        return Response(file.content, headers={**HEADERS, **file.headers})


def _steps(request: Request, found: Json) -> list[Json]:
    """What happened, in the reader's words."""
    speech, form = language_of(request), formats_of(request)
    steps = []
    for step in found["steps"]:
        words = [WHY_NOT[step["reason"]]] if step["reason"] else []
        told = [speech.say(one) for one in words] + [step["message"] or ""]
        own = step["side"] == "MEMBER"
        steps.append(
            {
                "what": speech.say(DID[step["kind"]]),
                "who": speech.text("You") if own else found["partner"]["name"],
                "words": " ".join(one for one in told if one),
                "at": step["at"],
                "when": form.moment(step["at"]),
                "is_own": own,
            }
        )
    return steps


def _explain(request: Request, draft: Draft, answer: Json) -> None:
    """What refused the report, at the field that can change it."""
    error = answer["userErrors"][0]
    at = {"partner": "brand", "purchasedOn": "day"}.get(*[(error["field"] or ["reference"])[0]] * 2)
    code = error["code"]
    text = TROUBLE.get(code, said("This purchase cannot be reported."))
    if code == "ASKED_TOO_EARLY":
        day = formats_of(request).day(answer["askFrom"])
        text = said("The points may still come by themselves. Ask again from {day} on.", day=day)
    if code == "PURCHASE_ALREADY_AWARDED" and answer["entry"]:
        draft.leads_to = (f"/app/activity/{answer['entry']['id']}", said("Look at the movement"))
    if code == "PURCHASE_ALREADY_REPORTED" and answer["missingPurchase"]:
        draft.leads_to = (f"{_LIST}/{answer['missingPurchase']['id']}", said("Look at your report"))
    draft.mistakes[at if at in _FIELDS else "reference"] = text


_FIELDS = {"brand", "day", "amount", "reference", "message"}


async def _sent(visitor: Visitor, number: str, place: int, picture: bytes | None) -> str | None:
    """Which law refused the picture; None: it was taken, or there is none."""
    if picture is None:
        return None
    try:
        await visitor.send(f"/missing-purchases/{number}/receipts/{place}", picture)
    except Refused as refused:
        if refused.code not in RECEIPT_TROUBLE:
            raise
        return refused.code
    return None


def _code_of(answer: Json) -> str | None:
    return answer["userErrors"][0]["code"] if answer["userErrors"] else None


def _on(address: str) -> Response:
    return RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})


def _too_large(request: Request, back: str) -> Response:
    return error_page(
        request,
        status=413,
        title=said("This file is too large"),
        message=said("A receipt may have 5 MB. Nothing was sent: take a smaller picture."),
        way_on=(back, said("Back to the form")),
    )


def _one_line(text: str) -> str | None:
    """Its lines as one: the API takes no others. None for nothing."""
    return " ".join(text.split()) or None
