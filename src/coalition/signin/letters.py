"""Where the links in mails lead: /mail/confirm and /mail/unsubscribe, without signing in.

A link only shows a page: mail programs and scanners open links by themselves. What it is for is
done by its button, or by the mail program's own (RFC 8058), by POST.
"""

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition import joining, mail
from coalition.access.keys import load_keys
from coalition.kit.errors import Refusal
from coalition.kit.ids import new_request_id
from coalition.mail.links import CONFIRM, UNSUBSCRIBE
from coalition.pages import Page, error_page, page
from coalition.partners import Office
from coalition.signin.desk import Desk, guarded
from coalition.signin.forms import fields, from_this_site

_TITLES = {
    "SIGN_UP": "Confirm your e-mail address",
    "NEW_ADDRESS": "Confirm your new e-mail address",
    "NEW_PASSWORD": "Choose a new password",
}
_DONE = {
    "SIGN_UP": ("Your account is ready", "Sign in with your e-mail address and your password."),
    "NEW_ADDRESS": (
        "Your e-mail address was changed",
        "Sign in with it from now on. For your safety nothing can be spent for a day.",
    ),
    "NEW_PASSWORD": (
        "Your password was changed",
        "Sign in with it from now on. For your safety nothing can be spent for a day.",
    ),
}
_OF = {
    mail.MailKind.EXPIRING.value: "mails about points that end soon",
    mail.MailKind.MONTHLY.value: "mails about your month",
    "MARKETING": "offers",
}
_log = structlog.get_logger()


class LetterPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._office = Office(desk.database)

    @property
    def routes(self) -> list[Route]:
        return [
            Route(CONFIRM, guarded(self.confirm), methods=["GET", "POST"]),
            Route(UNSUBSCRIBE, guarded(self.unsubscribe), methods=["GET", "POST"]),
        ]

    async def confirm(self, request: Request) -> Response:
        is_sent = request.method == "POST"
        if is_sent and not from_this_site(request, self._desk.settings):
            return error_page(
                status=403, title="Nothing was done", message="Use the link in your mail for it."
            )
        form = await fields(request) if is_sent else {}
        token = form.get("token") or request.query_params.get("token", "")
        links = await self._links()
        try:
            asked = await joining.verification_of(self._desk.database, links, token)
            if not is_sent:
                return self._form(asked, token)
            await self._do(asked, links, token, form.get("password", ""))
        except joining.PasswordNotAllowed as refusal:
            return self._form(asked, token, refusal.message, 422)
        except Refusal as refusal:
            return error_page(status=410, title="This link is not good", message=refusal.message)
        title, message = _DONE[asked.purpose]
        return page(Page("confirmed.html", title), message=message)

    async def unsubscribe(self, request: Request) -> Response:
        """A mail program that posts shows nobody the answer."""
        form = await fields(request) if request.method == "POST" else {}
        token = form.get("token") or request.query_params.get("token", "")
        try:
            what = (await self._links()).unsubscribed(token)
        except mail.LinkNotValid:
            return error_page(
                status=404, title="This link is not good", message="Use the link in your mail."
            )
        kind = _OF.get(what.kind, "such mails")
        if what.partner_id is not None:
            kind += f" of {(await self._office.terms()).partner(what.partner_id).name}"
        if request.method != "POST":
            return page(
                Page("unsubscribe.html", "Stop these mails"), kind=kind, token=token,
                action=UNSUBSCRIBE,
            )  # fmt: skip
        request_id = new_request_id()
        await mail.unsubscribe(
            self._desk.database, what, request_id=request_id, now=self._desk.clock()
        )
        _log.info("unsubscribed", kind=what.kind, request_id=str(request_id))
        return page(
            Page("message.html", "You get no more of these"), message=f"We send you no more {kind}."
        )

    async def _do(
        self, asked: joining.Verification, links: mail.Links, token: str, password: str
    ) -> None:
        database, now, request_id = self._desk.database, self._desk.clock(), new_request_id()
        match asked.purpose:
            case "SIGN_UP":
                await joining.confirm_sign_up(
                    self._office, links, token, request_id=request_id, now=now
                )
            case "NEW_ADDRESS":
                await joining.confirm_address(
                    database, links, token, request_id=request_id, now=now
                )
            case _:
                await joining.choose_password(database, links, token, password, now=now)

    def _form(
        self, asked: joining.Verification, token: str, message: str | None = None, status: int = 200
    ) -> Response:
        return page(
            Page("mailbox.html", _TITLES[asked.purpose], status),
            action=CONFIRM,
            token=token,
            email=asked.email,
            chooses_password=asked.purpose == "NEW_PASSWORD",
            message=message,
        )

    async def _links(self) -> mail.Links:
        keys = await load_keys(self._desk.database)
        return mail.Links(keys.mail, keys.seal, self._desk.settings.url)
