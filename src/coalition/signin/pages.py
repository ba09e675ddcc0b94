"""GET and POST /signin, POST /signout, GET /account."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.access.logins import TooManyAttempts, login_with_password
from coalition.access.plain_words import in_plain_words
from coalition.access.sessions import (
    LOOPBACK_COOKIE,
    SECURE_COOKIE,
    begin_session,
    csrf_holds,
    csrf_of,
    end_session,
    signed_in,
)
from coalition.kit.clock import Clock, wall_clock
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.pages import Page, error_page, page

_HOME = "/account"
# A path of this server: not //host, nothing that a browser would turn into one.
_LOCAL = re.compile(r"/(?![/\\])[!-~]*")
Answer = Callable[[Request], Awaitable[Response]]
_log = structlog.get_logger()


class SignIn:
    def __init__(self, database: Database, settings: Settings, clock: Clock = wall_clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._is_secure = settings.url.startswith("https:")

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/signin", self._answering(self.sign_in), methods=["GET", "POST"]),
            Route("/signout", self._answering(self.sign_out), methods=["POST"]),
            Route("/account", self._answering(self.account), methods=["GET"]),
        ]

    def _answering(self, handler: Answer) -> Answer:
        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except (Unavailable, Misconfigured) as error:
                _log.warning("no pages just now", reason=str(error))
                return error_page(
                    status=503, title="Just a moment", message="Try again in a few seconds."
                )

        return answer

    async def sign_in(self, request: Request) -> Response:
        if request.method == "GET":
            return _form(next_=local_path(request.query_params.get("next")))
        form = await fields(request)
        next_ = local_path(form.get("next"))
        email, password = form.get("email", ""), form.get("password", "")
        if not from_this_site(request, self._settings):
            return _form(next_=next_, message="This form was sent from elsewhere. Sign in here.")
        now = self._clock()
        address = request.client.host if request.client else "unknown"
        try:
            login_id = await login_with_password(
                self._database, email=email, password=password, address=address, now=now
            )
        except TooManyAttempts as error:
            return _form(
                next_=next_,
                email=email,
                message=f"Too many attempts. Try again in {_in_words(error.wait_seconds)}.",
                status=429,
                headers={"Retry-After": str(error.wait_seconds)},
            )
        if login_id is None:
            return _form(
                next_=next_, email=email, message="E-mail or password is not right.", status=401
            )
        return await self._enter(request, login_id, next_, now)

    async def _enter(self, request: Request, login_id: int, next_: str, now: datetime) -> Response:
        token = await begin_session(self._database, login_id, request.cookies, now=now)
        response = RedirectResponse(next_, 303, headers={"Cache-Control": "no-store"})
        response.set_cookie(
            SECURE_COOKIE if self._is_secure else LOOPBACK_COOKIE,
            token,
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
            path="/",
        )
        return response

    async def sign_out(self, request: Request) -> Response:
        person = await signed_in(self._database, request.cookies, now=self._clock())
        if person is not None:
            if not csrf_holds(person, (await fields(request)).get("csrf")):
                return error_page(
                    status=403, title="Not signed out", message="Sign out on your own page."
                )
            await end_session(self._database, person.session_id)
        response = RedirectResponse("/signin", 303, headers={"Cache-Control": "no-store"})
        for name in (SECURE_COOKIE, LOOPBACK_COOKIE):
            if name in request.cookies:
                response.delete_cookie(name, path="/", secure=name == SECURE_COOKIE, httponly=True)
        return response

    async def account(self, request: Request) -> Response:
        person = await signed_in(self._database, request.cookies, now=self._clock())
        if person is None:
            return to_sign_in(_HOME)
        return page(
            Page("account.html", "Your account"),
            person=person,
            csrf=csrf_of(person),
            scopes=in_plain_words(person.scopes),
        )


def to_sign_in(next_: str) -> Response:
    return RedirectResponse(
        f"/signin?next={quote(next_, safe='')}", 303, headers={"Cache-Control": "no-store"}
    )


def local_path(text: str | None) -> str:
    """Where to go after signing in: a path of this server, else the account's page."""
    if text is None or not _LOCAL.fullmatch(text) or "\\" in text:
        return _HOME
    parts = urlsplit(text)
    return _HOME if parts.scheme or parts.netloc else text


def from_this_site(request: Request, settings: Settings) -> bool:
    """Whether a form comes from a page of ours: nobody is to be signed in by another site. A
    browser says where a form comes from; what says nothing is no browser.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or origin == settings.url


async def fields(request: Request) -> Mapping[str, str]:
    """A form's fields; a field that is given twice is as if it were not there."""
    found: dict[str, str] = {}
    twice = set()
    async with request.form(max_fields=50, max_files=0) as form:
        for name, value in form.multi_items():
            if name in found:
                twice.add(name)
            found[name] = value if isinstance(value, str) else ""
    return {name: value for name, value in found.items() if name not in twice}


def _form(
    *,
    next_: str,
    email: str = "",
    message: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    what = Page("sign_in.html", "Sign in", status, headers=headers or {})
    return page(what, next=next_, email=email[:320], message=message)


def _in_words(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
