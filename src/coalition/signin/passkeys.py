"""What the script of the pages asks: challenges for passkeys, and whether one has signed."""

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
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
from coalition.pages import Text, from_this_site, language_of, local_path, said
from coalition.signin.account import CONFIRM
from coalition.signin.desk import NO_STORE, Desk, address_of, too_many
from coalition.signin.forms import HOME

_LARGEST_BODY = 64 * 1024
_REFUSED = said("This passkey is not known here, or it could not be checked.")
Sent = Mapping[str, Any]
_log = structlog.get_logger()


class _NotDone(Exception):
    """`more`: for the script."""

    def __init__(self, status: int, message: Text, **more: object) -> None:
        super().__init__(str(message))
        self.status = status
        self.message = message
        self.more = more


_ANSWERED = (
    _NotDone, TooManyAttempts, PasskeyRefused, PasskeyNotKept, Refusal, Unavailable, Misconfigured,
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
        handlers: dict[str, Callable[[Request, Sent], Awaitable[Response]]] = {
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

    async def options_to_sign_in(self, request: Request, sent: Sent) -> Response:
        del sent
        self._take_challenge(request)
        token = secrets.token_urlsafe(32)
        options = await self._passkeys.options_to_sign_in(
            hash_of_token(token), now=self._desk.clock()
        )
        response = _json(200, publicKey=options)
        self._desk.set_cookie(response, self._cookie, token, samesite="strict")
        return response

    async def sign_in(self, request: Request, sent: Sent) -> Response:
        now = self._desk.clock()
        login_id = await self._passkeys.sign_in(
            sent.get("credential"),
            hash_of_token(request.cookies.get(self._cookie, "")),
            address=address_of(request),
            now=now,
        )
        response = _json(200, next=local_path(sent.get("next"), HOME))
        await self._desk.enter(request, response, login_id, now=now)
        self._desk.forget_cookie(response, self._cookie)
        return response

    async def options_to_prove(self, request: Request, sent: Sent) -> Response:
        person = await self._person(request, sent)
        self._take_challenge(request)
        options = await self._passkeys.options_to_prove(person, now=self._desk.clock())
        return _json(200, publicKey=options)

    async def prove(self, request: Request, sent: Sent) -> Response:
        person = await self._person(request, sent)
        now = self._desk.clock()
        await self._passkeys.prove(
            sent.get("credential"), person, address=address_of(request), now=now
        )
        await prove_session(self._desk.database, person.session_id, now=now)
        return _json(200, next=local_path(sent.get("next"), HOME))

    async def options_to_add(self, request: Request, sent: Sent) -> Response:
        person = await self._fresh_person(request, sent)
        self._take_challenge(request)
        options = await self._passkeys.options_to_add(person, now=self._desk.clock())
        return _json(200, publicKey=options)

    async def add(self, request: Request, sent: Sent) -> Response:
        person = await self._fresh_person(request, sent)
        await self._passkeys.add(
            sent.get("credential"), str(sent.get("name", "")), person, now=self._desk.clock()
        )
        return _json(201, next=HOME)

    async def _person(self, request: Request, sent: Sent) -> SignedIn:
        person = await self._desk.person(request)
        if person is None:
            raise _NotDone(401, said("Your session has ended. Sign in again."), next="/signin")
        csrf = sent.get("csrf")
        if not isinstance(csrf, str) or not csrf_holds(person, csrf):
            raise _NotDone(403, said("You signed in anew meanwhile. Load this page again."))
        return person

    async def _fresh_person(self, request: Request, sent: Sent) -> SignedIn:
        person = await self._person(request, sent)
        if not person.is_fresh(self._desk.clock()):
            raise _NotDone(403, said("Confirm first that it is you."), next=CONFIRM)
        return person

    def _take_challenge(self, request: Request) -> None:
        """Raises `TooManyAttempts`."""
        taken = self._challenges.take(address_of(request))
        if not taken.allowed:
            raise TooManyAttempts(int(taken.retry_after) + 1)

    def _answering(
        self, handler: Callable[[Request, Sent], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                self._check_site(request)
                return await handler(request, await _sent(request))
            except _ANSWERED as error:
                return _answered(request, error)

        return answer

    def _check_site(self, request: Request) -> None:
        if not from_this_site(request, self._desk.settings):
            raise _NotDone(403, said("This was sent from elsewhere."))


def _answered(request: Request, error: Exception) -> Response:
    headers: dict[str, str] = {}
    more: dict[str, object] = {}
    match error:
        case _NotDone():
            status, message, more = error.status, error.message, error.more
        case TooManyAttempts():
            status, message = 429, too_many(error.wait_seconds)
            headers = {"Retry-After": str(error.wait_seconds)}
        case PasskeyRefused():
            # One answer for all that may be wrong; the reason is for who runs the server.
            _log.warning("a passkey was refused", reason=error.reason[:200])
            status, message = 401, _REFUSED
        case PasskeyNotKept():
            status, message = 409, Text(str(error), {})
        case Refusal():
            status = 400
            message = said("A passkey needs a name of at most 60 letters that can be printed.")
        case _:
            _log.warning("no passkeys just now", reason=str(error))
            status, message = 503, said("Try again in a few seconds.")
    response = _json(status, message=language_of(request).say(message), **more)
    response.headers.update(headers)
    return response


async def _sent(request: Request) -> Sent:
    """The request's JSON object. Raises `_NotDone`."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise _NotDone(415, said("Send application/json."))
    try:
        body = await request.body()
        sent = json.loads(body) if len(body) <= _LARGEST_BODY else None
    except (ValueError, RecursionError, HTTPException):
        sent = None
    if not isinstance(sent, dict):
        raise _NotDone(400, said("Send a JSON object."))
    return sent


def _json(status: int, **content: object) -> Response:
    return JSONResponse(content, status, headers=NO_STORE)
