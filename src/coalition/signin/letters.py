"""Where the links in mails lead: /mail/confirm and /mail/unsubscribe, without signing in.

A link only shows a page: mail programs and scanners open links by themselves. What it is for is
done by its button, or by the mail program's own (RFC 8058), by POST.
"""

from collections.abc import Mapping

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition import joining, mail
from coalition.access.attempts import TooManyAttempts
from coalition.access.keys import load_keys
from coalition.kit.errors import Refusal
from coalition.kit.ids import new_request_id
from coalition.mail.links import CONFIRM, UNSUBSCRIBE
from coalition.pages import Page, Text, done_page, error_page, from_this_site, page, said
from coalition.partners import Office
from coalition.signin.desk import Desk, address_of, guarded, sent_by_link, too_many
from coalition.signin.sign_up import PASSWORD_LAW

# The field of a password in place of the one that was chosen when somebody joined.
ANOTHER = "another_password"
_NOT_RIGHT = said("This is not the password that was chosen when you joined.")
_PAUSED = said("Sign in with it from now on. For your safety nothing can be spent for a day.")
_TITLES: Mapping[str, Text] = {
    "SIGN_UP": said("Confirm your address"),
    "NEW_ADDRESS": said("Confirm your new e-mail address"),
    "NEW_PASSWORD": said("Choose a new password"),
}
_DONE: Mapping[str, tuple[Text, Text]] = {
    "SIGN_UP": (
        said("Your account is ready"),
        said("Sign in with your e-mail address and your password."),
    ),
    "NEW_ADDRESS": (said("Your e-mail address was changed"), _PAUSED),
    "NEW_PASSWORD": (said("Your password was changed"), _PAUSED),
}
_NOT_GOOD = said("This link is not good")
_ASK_ANEW = said("It was used already, or it has ended. Ask for a new one.")
# What somebody is asked, and what it is told then.
_OF: Mapping[str, tuple[Text, Text]] = {
    mail.MailKind.EXPIRING.value: (
        said("Do you want no more mails about points that end soon?"),
        said("We send you no more mails about points that end soon."),
    ),
    mail.MailKind.MONTHLY.value: (
        said("Do you want no more mails about your month?"),
        said("We send you no more mails about your month."),
    ),
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
                request,
                status=403,
                title=said("Nothing was done"),
                message=said("Use the link in your mail for it."),
            )
        form, token = await sent_by_link(request)
        links = await self._links()
        try:
            asked = await joining.verification_of(self._desk.database, links, token)
            if not is_sent:
                return _form(request, asked, token)
            await self._do(request, asked, links, {**form, "token": token})
        except (joining.PasswordNotAllowed, joining.PasswordNotRight, TooManyAttempts) as error:
            return _again(request, asked, token, error)
        except Refusal:
            return error_page(
                request,
                status=410,
                title=_NOT_GOOD,
                message=_ASK_ANEW,
                way_on=("/signin", said("Sign in")),
            )
        title, message = _DONE[asked.purpose]
        return done_page(request, title=title, message=message, way_on=("/signin", said("Sign in")))

    async def unsubscribe(self, request: Request) -> Response:
        """A mail program that posts shows nobody the answer."""
        _, token = await sent_by_link(request)
        try:
            what = (await self._links()).unsubscribed(token)
        except mail.LinkNotValid:
            return error_page(
                request, status=404, title=_NOT_GOOD, message=said("Use the link in your mail.")
            )
        question, done = await self._about(what)
        if request.method != "POST":
            return page(
                request,
                Page("unsubscribe.html", said("Stop these mails")),
                question=question, token=token, action=UNSUBSCRIBE,
            )  # fmt: skip
        request_id = new_request_id()
        await mail.unsubscribe(
            self._desk.database, what, request_id=request_id, now=self._desk.clock()
        )
        _log.info("unsubscribed", kind=what.kind, request_id=str(request_id))
        return done_page(request, title=said("You get no more of these"), message=done)

    async def _about(self, what: mail.Unsubscribing) -> tuple[Text, Text]:
        if what.kind in _OF:
            return _OF[what.kind]
        terms = await self._office.terms()
        partner = what.partner_id
        who = terms.programme.name if partner is None else terms.partner(partner).name
        return (
            said("Do you want no more offers of {who}?", who=who),
            said("We send you no more offers of {who}.", who=who),
        )

    async def _do(
        self,
        request: Request,
        asked: joining.Verification,
        links: mail.Links,
        form: Mapping[str, str],
    ) -> None:
        database, now, request_id = self._desk.database, self._desk.clock(), new_request_id()
        token, password = form["token"], form.get("password", "")
        match asked.purpose:
            case "SIGN_UP":
                another = form.get(ANOTHER)
                chosen = joining.Confirming(token, another or password, another is not None)
                address = address_of(request)
                await joining.confirm_sign_up(
                    self._office, links, chosen, address=address, request_id=request_id, now=now
                )
            case "NEW_ADDRESS":
                await joining.confirm_address(
                    database, links, token, request_id=request_id, now=now
                )
            case _:
                await joining.choose_password(database, links, token, password, now=now)

    async def _links(self) -> mail.Links:
        keys = await load_keys(self._desk.database)
        return mail.Links(keys.mail, keys.seal, self._desk.settings.url)


def _form(
    request: Request,
    asked: joining.Verification,
    token: str,
    mistakes: Mapping[str, Text] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return page(
        request,
        Page("mailbox.html", _TITLES[asked.purpose], status, headers=headers or {}),
        action=CONFIRM,
        token=token,
        email=asked.email,
        purpose=asked.purpose,
        another=ANOTHER,
        mistakes=mistakes or {},
        law=PASSWORD_LAW,
    )


def _again(request: Request, asked: joining.Verification, token: str, error: Exception) -> Response:
    """The form once more: the link is as good as it was."""
    match error:
        case TooManyAttempts(wait_seconds=wait):
            headers = {"Retry-After": str(wait)}
            return _form(request, asked, token, {"": too_many(wait)}, 429, headers)
        case joining.PasswordNotRight():
            return _form(request, asked, token, {"password": _NOT_RIGHT}, 422)
    field = ANOTHER if asked.purpose == "SIGN_UP" else "password"
    return _form(request, asked, token, {field: PASSWORD_LAW}, 422)
