"""Where the link of a voucher leads that a member gave away: /gift, without signing in.

The link only shows a page: messengers open links for a preview. The code is shown for its button,
by POST, and once.
"""

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition import catalogue
from coalition.access.attempts import Attempts, TooManyAttempts
from coalition.access.keys import ServerKeys, load_keys
from coalition.catalogue import GIFT, GivenVoucher
from coalition.kit.ids import new_request_id
from coalition.pages import (
    APP,
    Page,
    error_page,
    formats_of,
    from_this_site,
    language_of,
    page,
    said,
)
from coalition.pages.codes import code_shown
from coalition.partners import Office
from coalition.signin.desk import Desk, address_of, guarded, sent_by_link, too_many

# No search engine and no preview keeps what is meant for one.
_PRIVATE = {"X-Robots-Tag": "noindex, noarchive"}
_TITLE = said("A voucher for you")
_LONGEST_KEY = 64


class GiftPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._office = Office(desk.database)

    @property
    def routes(self) -> list[Route]:
        return [Route(GIFT, guarded(self.gift), methods=["GET", "POST"])]

    async def gift(self, request: Request) -> Response:
        is_sent = request.method == "POST"
        if is_sent and not from_this_site(request, self._desk.settings):
            return error_page(
                request,
                status=403,
                title=said("Nothing was done"),
                message=said("Use the link that you were sent."),
            )
        form, token = await sent_by_link(request)
        keys = await load_keys(self._desk.database)
        links = catalogue.GiftLinks(keys.codes, keys.seal, self._desk.settings.url)
        try:
            gift_id = links.gift_of(token)
        except catalogue.VoucherLinkNotGood:
            return await self._wrong(request)
        try:
            if is_sent:
                return await self._open(request, gift_id, form.get("key", ""), keys)
            return await self._waiting(request, gift_id, token)
        except (catalogue.VoucherLinkNotGood, catalogue.VoucherWaits) as refusal:
            waits = isinstance(refusal, catalogue.VoucherWaits)
            return _later(request) if waits else _nothing(request)
        except catalogue.VoucherOpened:
            return await self._opened(request, gift_id)

    async def _wrong(self, request: Request) -> Response:
        """A link that is not one of ours: whoever tries many waits longer and longer."""
        try:
            await Attempts(self._desk.database, address_of(request)).count(self._desk.clock())
        except TooManyAttempts as full:
            return error_page(
                request,
                status=429,
                title=said("That was a lot at once"),
                message=too_many(full.wait_seconds),
                headers={"Retry-After": str(full.wait_seconds)},
            )
        return _nothing(request)

    async def _waiting(self, request: Request, gift_id: int, token: str) -> Response:
        now = self._desk.clock()
        found = await catalogue.given_voucher(self._desk.database, gift_id, now=now)
        if found.opened_at is not None:
            raise catalogue.VoucherOpened("The link was opened.")
        return page(
            request,
            Page("gift.html", _TITLE, headers=_PRIVATE),
            token=token,
            # What the page that opens it is known by, when its answer is lost.
            key=secrets.token_urlsafe(16),
            action=GIFT,
            **await self._about(request, found),
        )

    async def _open(self, request: Request, gift_id: int, key: str, keys: ServerKeys) -> Response:
        if not 0 < len(key) <= _LONGEST_KEY:
            return _nothing(request)
        found = await catalogue.open_voucher(
            self._desk.database, gift_id, key=key, request_id=new_request_id(),
            now=self._desk.clock(),
        )  # fmt: skip
        claim = found.claim
        code = catalogue.open_code(keys.codes, claim.partner_id, claim.sealed_code or b"")
        return page(
            request,
            Page("gift_opened.html", _TITLE, scripts=(APP,), headers=_PRIVATE),
            code=code,
            **code_shown(code),
            **await self._about(request, found),
        )

    async def _opened(self, request: Request, gift_id: int) -> Response:
        """Whoever has the link is told, so that it can ask who has taken what it was given."""
        found = await catalogue.given_voucher(self._desk.database, gift_id, now=self._desk.clock())
        at = formats_of(request).moment(found.opened_at) if found.opened_at else ""
        return error_page(
            request,
            status=410,
            title=said("This voucher was opened already"),
            message=said(
                "Its code was shown on {when}, and is shown once. If that was not you, ask whoever"
                " sent it.",
                when=at,
            ),
            headers=_PRIVATE,
        )

    async def _about(self, request: Request, found: GivenVoucher) -> dict[str, object]:
        """What it is, and nothing of who gave it or what it cost."""
        terms, language = await self._office.terms(), language_of(request).code
        partner = terms.partner(found.claim.partner_id)
        due, currency = found.claim.money_state, found.reward.currency
        money = found.claim.money if due is catalogue.MoneyState.DUE else None
        return {
            "brand_code": partner.code,
            "brand": partner.name,
            "texts": catalogue.texts_for(found.reward.terms.texts, language),
            "told_in": catalogue.languages_for(found.reward.terms.texts, language),
            "until": found.claim.valid_until,
            "money": money
            and {"amount": catalogue.units_of(money, currency), "currency": currency},
        }


def _later(request: Request) -> Response:
    """Nothing of why: that is its giver's own."""
    return error_page(
        request,
        status=409,
        title=said("This voucher cannot be opened just now"),
        message=said("Keep the link and try again later."),
        headers=_PRIVATE,
    )


def _nothing(request: Request) -> Response:
    return error_page(
        request,
        status=404,
        title=said("There is nothing behind this link"),
        message=said(
            "It may be incomplete, or the voucher was taken back or used. Ask whoever sent it."
        ),
        headers=_PRIVATE,
    )
