"""GET and POST /signup and /signup/password: for people who have no account, or no password.

Whether an address has an account is told to its mailbox only: the pages are the same.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition import consents, joining
from coalition.access.attempts import TooManyAttempts
from coalition.access.passwords import LONGEST, SHORTEST
from coalition.consents import Choice, Purpose
from coalition.kit.database import NOTHING
from coalition.kit.errors import Refusal
from coalition.pages import (
    Page,
    Text,
    done_page,
    fields,
    from_this_site,
    language_of,
    page,
    said,
    spoken,
)
from coalition.partners import Office
from coalition.signin.desk import Desk, address_of, guarded, too_many

SIGN_UP = "/signup"
FORGOTTEN = "/signup/password"
_ELSEWHERE = said("This form was sent from elsewhere. Send it here.")
_WRITTEN = said(
    "We have written to this address. The link in the mail is the next step; it may take a minute."
)
_LONGEST_SHOWN = 320
# The boxes' names, so that a box says to which words somebody agreed.
_BOX = "agree-"
PASSWORD_LAW = said(
    "Use {shortest} to {longest} characters that nobody would guess, not your name or address.",
    shortest=SHORTEST,
    longest=LONGEST,
)
# What somebody is told of a refusal, at which field.
_MISTAKES: Mapping[str, tuple[str, Text]] = {
    "PASSWORD_NOT_ALLOWED": ("password", PASSWORD_LAW),
    "CARD_CODE_NOT_GOOD": (
        "card",
        said("This card and this code do not belong together, or the code has ended."),
    ),
    "CARD_IN_USE": ("card", said("This card cannot be taken over here. Ask for help.")),
    "CONSENT_TEXT_NOT_CURRENT": ("", said("A text has changed meanwhile. Read it again, please.")),
    "CONSENT_NOT_ASKED": ("", said("A text has changed meanwhile. Read it again, please.")),
}
_ADDRESS = said("Write an e-mail address like ada@example.com.")
_NAME = said("Write a name of at most 100 letters, without signs that cannot be printed.")


class SignUpPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._office = Office(desk.database)

    @property
    def routes(self) -> list[Route]:
        return [
            Route(SIGN_UP, guarded(self.sign_up), methods=["GET", "POST"]),
            Route(FORGOTTEN, guarded(self.forgotten), methods=["GET", "POST"]),
        ]

    async def sign_up(self, request: Request) -> Response:
        if request.method != "POST":
            return await self._form(request, {}, {})
        form = await fields(request)
        if not from_this_site(request, self._desk.settings):
            return await self._form(request, form, {"": _ELSEWHERE}, status=403)
        card, code = (form.get(name, "").strip() or None for name in ("card", "card_code"))
        try:
            await joining.sign_up(
                self._office,
                joining.SignUp(
                    email=form.get("email", ""),
                    password=form.get("password", ""),
                    given_name=form.get("given_name", ""),
                    family_name=form.get("family_name", "").strip() or None,
                    locale=language_of(request).code,
                    consents=_ticked(form, language_of(request).code),
                    card=card,
                    card_code=code,
                ),
                address=address_of(request),
                now=self._desk.clock(),
            )
        except TooManyAttempts as error:
            return await self._form(
                request,
                form,
                {"": too_many(error.wait_seconds)},
                status=429,
                headers={"Retry-After": str(error.wait_seconds)},
            )
        except Refusal as refusal:
            return await self._form(request, form, _mistakes(refusal), status=422)
        return _look_in_the_mailbox(request)

    async def forgotten(self, request: Request) -> Response:
        if request.method != "POST":
            return _forgotten(request)
        email = (await fields(request)).get("email", "")
        if not from_this_site(request, self._desk.settings):
            return _forgotten(request, email, _ELSEWHERE, status=403)
        try:
            await joining.ask_for_password(
                self._desk.database,
                email=email,
                address=address_of(request),
                now=self._desk.clock(),
            )
        except TooManyAttempts as error:
            headers = {"Retry-After": str(error.wait_seconds)}
            return _forgotten(request, email, too_many(error.wait_seconds), 429, headers)
        return _look_in_the_mailbox(request)

    async def _form(
        self,
        request: Request,
        form: Mapping[str, str],
        mistakes: Mapping[str, Text],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        terms, speech = await self._office.terms(), language_of(request)
        async with self._desk.database.reading(NOTHING) as connection:
            texts = await consents.texts_of(connection)
        # Each brand's own may be given later: nobody reads thirty boxes before a first page.
        asked = [
            (
                f"{_BOX}{text.purpose.value}-{text.version}",
                spoken(speech, text.as_asked_by(terms.programme.name), text.locale),
            )
            for text in (texts.text(purpose, speech.code) for purpose in Purpose)
        ]
        return page(
            request,
            Page("sign_up.html", said("Join"), status, headers=headers or {}),
            typed={name: value[:_LONGEST_SHOWN] for name, value in form.items()},
            mistakes=mistakes,
            boxes=asked,
            law=PASSWORD_LAW,
        )


def _ticked(form: Mapping[str, str], locale: str) -> list[Choice]:
    """The boxes that came with the form, as they were shown in this language. Raises
    `ConsentNotAsked` for what is no box of ours.
    """
    found = []
    for name in form:
        if name.startswith(_BOX):
            purpose, _, version = name.removeprefix(_BOX).partition("-")
            if purpose not in list(Purpose) or not version.isdecimal() or len(version) > 9:  # noqa: PLR2004 - as PostgreSQL's int
                raise consents.ConsentNotAsked(f"Nobody asks for {name[:40]!r}.")
            found.append(Choice(Purpose(purpose), None, int(version), locale))
    return found


def _mistakes(refusal: Refusal) -> Mapping[str, Text]:
    match refusal.field[-1:], refusal.code:
        case ("givenName",), _:
            return {"given_name": _NAME}
        case ("familyName",), _:
            return {"family_name": _NAME}
        case ("email",), _:
            return {"email": _ADDRESS}
        case _, code if code in _MISTAKES:
            field, words = _MISTAKES[code]
            return {field: words}
    return {"": said("This cannot be taken: {why}", why=refusal.message)}


def _forgotten(
    request: Request,
    email: str = "",
    message: Text | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return page(
        request,
        Page("forgotten.html", said("Forgotten your password?"), status, headers=headers or {}),
        email=email[:_LONGEST_SHOWN],
        message=message,
    )


def _look_in_the_mailbox(request: Request) -> Response:
    return done_page(
        request,
        title=said("Look in your mailbox"),
        message=_WRITTEN,
        way_on=("/signin", said("Sign in")),
    )
