"""M5: where points are earned at which rate, and what a purchase would bring."""

import re
from decimal import Decimal, InvalidOperation

from babel.numbers import NumberFormatError, parse_decimal
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.pages import APP, HTMX, Page, Text, language_of, page, said
from coalition.web.api import Json, Refused
from coalition.web.desk import Visitor
from coalition.web.guard import Guard

_LONGEST = 20
# Of a decimal of the API, before its point.
_MOST_DIGITS = 18
# Of any script, with what stands between them somewhere.
_DIGITS = re.compile(r"[+-]?\d[\d.,'\u2019\u066b\u066c\s]*")
_WHY_NOT = {
    "NOTHING_EARNED": said("So small a purchase earns no point there."),
    "AMOUNT_NOT_POSITIVE": said("Write an amount above nothing."),
    "AMOUNT_TOO_PRECISE": said("Write the amount with the decimals of its currency, like 25.00."),
    "PARTNER_SUSPENDED": said("This brand gives no points just now."),
    "EARNING_STOPPED": said("This brand gives no points just now."),
    "NO_AGREEMENT_ON_DATE": said("This brand gives no points just now."),
    "MEMBER_SUSPENDED": said("Your membership rests for now, and earns nothing."),
}
_NO_AMOUNT = said("Write an amount like 25.00.")


class EarnPage:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        return [Route("/app/earn", self._guard.for_members(self.earn))]

    async def earn(self, request: Request, visitor: Visitor) -> Response:
        data = await visitor.ask("earn")
        offers = data["programme"]["offers"]
        asked, typed = request.query_params.get("brand", ""), request.query_params.get("amount", "")
        estimate, mistake = None, None
        if asked or typed:
            estimate, mistake = await self._estimate(request, visitor, offers, asked, typed)
        return page(
            request,
            Page("earn.html", said("Earn points"), 422 if mistake else 200, tab="more",
                 scripts=(HTMX, APP)),
            programme=data["programme"],
            offers=offers,
            brands=[
                (one["partner"]["id"], f"{one['partner']['name']} ({one['partner']['currency']})")
                for one in offers
            ],
            asked=asked,
            typed=typed[:_LONGEST],
            estimate=estimate,
            mistake=mistake,
        )  # fmt: skip

    async def _estimate(
        self, request: Request, visitor: Visitor, offers: list[Json], asked: str, typed: str
    ) -> tuple[Json | None, Text | None]:
        """What the purchase would earn, or what is wrong with the question."""
        offer = next((one for one in offers if one["partner"]["id"] == asked), None)
        if offer is None:
            return None, said("Choose a brand.")
        brand = offer["partner"]
        amount = typed_amount(request, typed)
        if amount is None:
            return None, _NO_AMOUNT
        money = {"amount": f"{amount:f}", "currency": brand["currency"]}
        try:
            data = await visitor.ask(
                "estimate", partner=brand["id"], amount=money, locale=language_of(request).code
            )
        except Refused as refused:
            why = _WHY_NOT.get(refused.code)
            if why is None and refused.code != "BAD_USER_INPUT":
                raise
            return None, why or _NO_AMOUNT
        estimate: Json = data["estimateEarning"] | {
            "paid": money, "promotions": offer["promotions"]
        }  # fmt: skip
        return estimate, None


def typed_amount(request: Request, typed: str) -> Decimal | None:
    """As the reader's language writes it, or with a point; None for what is no amount, and for what
    no purchase comes to.
    """
    text = typed.strip()
    if len(text) > _LONGEST or not _DIGITS.fullmatch(text):
        return None
    try:
        plain = text.isascii() and _is_plain(text)
        amount = Decimal(text) if plain else _by_locale(request, text)
    except (InvalidOperation, NumberFormatError):
        return None
    return amount if amount.adjusted() < _MOST_DIGITS else None


def _is_plain(text: str) -> bool:
    whole, point, part = text.partition(".")
    return whole.isdecimal() and (not point or (part.isdecimal() and len(part) != 3))  # noqa: PLR2004 - 1.000 is a thousand somewhere


def _by_locale(request: Request, text: str) -> Decimal:
    return parse_decimal(text, locale=language_of(request).locale, strict=True)
