"""What the script of the pages asks: challenges for passkeys, and whether one has signed."""

import secrets
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition.access.attempts import TooManyAttempts
from coalition.access.passkeys import PasskeyNotKept, PasskeyRefused, Passkeys
from coalition.access.sessions import (
    SignedIn,
    csrf_holds,
    hash_of_token,
    prove_session,
    session_cookie,
)
from coalition.kit.buckets import Buckets
from coalition.kit.errors import Misconfigured, Refusal, Unavailable
from coalition.signin.account import CONFIRM
from coalition.signin.bodies import NotDone, Said, as_json, check_site, said_in
from coalition.signin.desk import Desk, address_of, in_words
from coalition.signin.forms import HOME, local_path

_REFUSED = "This passkey is not known here, or it could not be checked."
_log = structlog.get_logger()


_ANSWERED = (
    NotDone, TooManyAttempts, PasskeyRefused, PasskeyNotKept, Refusal, Unavailable, Misconfigured,
)  # fmt: skip


class PasskeyEndpoints:
    """JSON by POST, from this server's own pages only."""

    def __init__(self, desk: Desk, passkeys: Passkeys) -> None:
        self._desk = desk
        self._passkeys = passkeys
        self._cookie = session_cookie(desk.settings) + "-passkey"
        # A challenge is a row for five minutes: nobody is to fill the table.
        self._challenges = Buckets(60, 1)

    @property
    def routes(self) -> list[Route]:
        handlers: dict[str, Callable[[Request, Said], Awaitable[Response]]] = {
            "/signin/passkey/options": self.options_to_sign_in,
            "/signin/passkey": self.sign_in,
            f"{CONFIRM}/passkey/options": self.options_to_prove,
            f"{CONFIRM}/passkey": self.prove,
            f"{HOME}/passkeys/options": self.options_to_add,
            f"{HOME}/passkeys/add": self.add,
        }
        return [
            Route(path, self._answering(handler), methods=["POST"])
            for path, handler in handlers.items()
        ]

    async def options_to_sign_in(self, request: Request, said: Said) -> Response:
        del said
        self._take_challenge(request)
        token = secrets.token_urlsafe(32)
        options = await self._passkeys.options_to_sign_in(
            hash_of_token(token), now=self._desk.clock()
        )
        response = as_json(200, publicKey=options)
        self._desk.set_cookie(response, self._cookie, token, samesite="strict")
        return response

    async def sign_in(self, request: Request, said: Said) -> Response:
        now = self._desk.clock()
        login_id = await self._passkeys.sign_in(
            said.get("credential"),
            hash_of_token(request.cookies.get(self._cookie, "")),
            address=address_of(request),
            now=now,
        )
        response = as_json(200, next=local_path(said.get("next")))
        await self._desk.enter(request, response, login_id, now=now)
        self._desk.forget_cookie(response, self._cookie)
        return response

    async def options_to_prove(self, request: Request, said: Said) -> Response:
        person = await self._person(request, said)
        self._take_challenge(request)
        options = await self._passkeys.options_to_prove(person, now=self._desk.clock())
        return as_json(200, publicKey=options)

    async def prove(self, request: Request, said: Said) -> Response:
        person = await self._person(request, said)
        now = self._desk.clock()
        await self._passkeys.prove(
            said.get("credential"), person, address=address_of(request), now=now
        )
        await prove_session(self._desk.database, person.session_id, now=now)
        return as_json(200, next=HOME)

    async def options_to_add(self, request: Request, said: Said) -> Response:
        person = await self._fresh_person(request, said)
        self._take_challenge(request)
        options = await self._passkeys.options_to_add(person, now=self._desk.clock())
        return as_json(200, publicKey=options)

    async def add(self, request: Request, said: Said) -> Response:
        person = await self._fresh_person(request, said)
        await self._passkeys.add(
            said.get("credential"), str(said.get("name", "")), person, now=self._desk.clock()
        )
        return as_json(201, next=HOME)

    async def _person(self, request: Request, said: Said) -> SignedIn:
        person = await self._desk.person(request)
        if person is None:
            raise NotDone(401, "Your session has ended. Sign in again.", next="/signin")
        csrf = said.get("csrf")
        if not isinstance(csrf, str) or not csrf_holds(person, csrf):
            raise NotDone(403, "You signed in anew meanwhile. Load this page again.")
        return person

    async def _fresh_person(self, request: Request, said: Said) -> SignedIn:
        person = await self._person(request, said)
        if not person.is_fresh(self._desk.clock()):
            raise NotDone(403, "Confirm first that it is you.", next=CONFIRM)
        return person

    def _take_challenge(self, request: Request) -> None:
        """Raises `TooManyAttempts`."""
        taken = self._challenges.take(address_of(request))
        if not taken.allowed:
            raise TooManyAttempts(int(taken.retry_after) + 1)

    def _answering(
        self, handler: Callable[[Request, Said], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                check_site(request, self._desk.settings)
                return await handler(request, await said_in(request))
            except _ANSWERED as error:
                return _answered(error)

        return answer


def _answered(error: Exception) -> Response:
    match error:
        case NotDone():
            response = as_json(error.status, message=error.message, **error.more)
        case TooManyAttempts():
            wait = error.wait_seconds
            response = as_json(429, message=f"Too many attempts. Try again in {in_words(wait)}.")
            response.headers["Retry-After"] = str(wait)
        case PasskeyRefused():
            # One answer for all that may be wrong; the reason is for who runs the server.
            _log.warning("a passkey was refused", reason=error.reason[:200])
            response = as_json(401, message=_REFUSED)
        case PasskeyNotKept():
            response = as_json(409, message=str(error))
        case Refusal():
            response = as_json(400, message=error.message)
        case _:
            _log.warning("no passkeys just now", reason=str(error))
            response = as_json(503, message="Try again in a few seconds.")
    return response
