"""Coming in and leaving: the pages are a confidential client of our own authorization server
(RFC 6749 section 4.1 with PKCE, RFC 7636), and their tokens never reach the browser.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from coalition.access import MEMBER_SCOPES, WEB, WEB_CALLBACK
from coalition.access.sessions import end_session, session_cookie, signed_in
from coalition.kit.clock import wall_clock
from coalition.pages import (
    COOKIE,
    HEADERS,
    error_page,
    from_this_site,
    known,
    local_path,
    remember,
    remember_zone,
    said,
)
from coalition.web.desk import Desk, SessionEnded, Visitor, address_of
from coalition.web.guard import HOME, Guard

ENTER = "/app/enter"
LEAVE = "/app/leave"
_BEGIN_SECONDS = 600
_NONCE = 12
_SCOPES = " ".join(sorted(MEMBER_SCOPES))
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a browser keeps between leaving for the sign-in and coming back."""

    state: str
    verifier: str
    next: str
    until: float


class Entrance:
    def __init__(self, desk: Desk, guard: Guard) -> None:
        self._desk = desk
        self._guard = guard
        self._begun = f"{desk.cookie}-begun"

    @property
    def routes(self) -> list[Route]:
        open_ = self._guard.for_anybody
        return [
            Route(ENTER, open_(self.enter), methods=["GET"]),
            Route(WEB_CALLBACK, open_(self.come_back), methods=["GET"]),
            Route(LEAVE, open_(self.leave), methods=["POST"]),
        ]

    async def enter(self, request: Request) -> Response:
        """To the authorization server, which asks who somebody is if it does not know."""
        begun = _Begun(
            state=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            next=local_path(request.query_params.get("next"), HOME),
            until=time.time() + _BEGIN_SECONDS,
        )
        digest = hashlib.sha256(begun.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": WEB,
            "redirect_uri": f"{self._desk.settings.url}{WEB_CALLBACK}",
            "scope": _SCOPES,
            "state": begun.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        response = RedirectResponse(f"/oauth/authorize?{urlencode(asked)}", 303, headers=_NO_STORE)
        sealed = _sealed(await self._desk.sealing_key(), begun)
        self._desk.set_cookie(response, self._begun, sealed, seconds=_BEGIN_SECONDS)
        return response

    async def come_back(self, request: Request) -> Response:
        """With a code, or with why there is none."""
        begun = _opened(await self._desk.sealing_key(), request.cookies.get(self._begun, ""))
        asked = request.query_params
        if (
            begun is None
            or begun.until < time.time()
            or not hmac.compare_digest(asked.get("state", "").encode(), begun.state.encode())
            # RFC 9207: the answer is our own server's and not another one's.
            or asked.get("iss") != self._desk.settings.issuer
        ):
            return self._not_come(request)
        if asked.get("error") == "access_denied":
            return self._no_member(request)
        tokens = await self._desk.ask_for_tokens(
            {
                "grant_type": "authorization_code",
                "code": asked.get("code", ""),
                "redirect_uri": f"{self._desk.settings.url}{WEB_CALLBACK}",
                "code_verifier": begun.verifier,
            },
            address_of(request),
        )
        if tokens is None:
            return self._not_come(request)
        sessions = await self._desk.sessions()
        before = request.cookies.get(self._desk.cookie)
        token = await sessions.begin(before, tokens, now=self._desk.clock())
        response = RedirectResponse(begun.next, 303, headers=_NO_STORE)
        self._desk.set_cookie(response, self._desk.cookie, token)
        self._desk.forget_cookie(response, self._begun)
        await self._as_it_reads(request, response, token)
        return response

    async def leave(self, request: Request) -> Response:
        """The tokens end, and so does the sign-in that they stand on."""
        if not from_this_site(request, self._desk.settings):
            return error_page(
                request,
                status=403,
                title=said("Not signed out"),
                message=said("This was sent from elsewhere. Sign out on your own page."),
                way_on=("/app/more", said("Back")),
            )
        response = RedirectResponse("/app/goodbye", 303, headers=_NO_STORE)
        # The page of the card that a browser may keep for where there is no network.
        response.headers["Clear-Site-Data"] = '"storage"'
        try:
            visitor = await self._desk.visitor(request)
        except SessionEnded:
            visitor = None
        if visitor is not None:
            await self._desk.revoke(visitor.session.tokens, visitor.address)
            await visitor.end()
        settings, database = self._desk.settings, self._desk.database
        person = await signed_in(database, settings, request.cookies, now=wall_clock())
        if person is not None:
            await end_session(database, person.session_id)
        for name in (self._desk.cookie, session_cookie(settings)):
            if name in request.cookies:
                self._desk.forget_cookie(response, name)
        return response

    async def _as_it_reads(self, request: Request, response: Response, token: str) -> None:
        """Times are told in the zone that is kept of the member; who comes for the first time is
        spoken to in the language that is.
        """
        sessions = await self._desk.sessions()
        found = await sessions.find(token, now=self._desk.clock())
        if found is None:
            return
        data = await Visitor(self._desk, sessions, found, address_of(request)).ask("member")
        profile = data["viewer"]["member"]["profile"]
        zone = remember_zone(profile["timeZone"], self._desk.settings)
        response.headers.append("set-cookie", zone)
        spoken = known(profile["locale"])
        if spoken is not None and COOKIE not in request.cookies:
            response.headers.append("set-cookie", remember(spoken, self._desk.settings))

    def _not_come(self, request: Request) -> Response:
        return error_page(
            request,
            status=400,
            title=said("You are not signed in yet"),
            message=said("The sign-in took too long, or your browser keeps no cookies. Try again."),
            way_on=(ENTER, said("Sign in")),
        )

    def _no_member(self, request: Request) -> Response:
        return error_page(
            request,
            status=403,
            title=said("These pages are for members"),
            message=said("You are signed in as staff. Sign out first to sign in as a member."),
            way_on=("/account", said("Your account")),
        )


def to_entrance(request: Request) -> Response:
    """To the sign-in, and back here afterwards."""
    query = f"?{request.url.query}" if request.url.query else ""
    here = quote(f"{request.url.path}{query}", safe="")
    return RedirectResponse(
        f"{ENTER}?next={here}", 303, headers=_NO_STORE | {"Vary": HEADERS["Vary"]}
    )


def _sealed(key: bytes, begun: _Begun) -> str:
    nonce = secrets.token_bytes(_NONCE)
    text = json.dumps([begun.state, begun.verifier, begun.next, begun.until]).encode()
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, text, None)).decode()


def _opened(key: bytes, sealed: str) -> _Begun | None:
    try:
        raw = base64.urlsafe_b64decode(sealed.encode())
        return _Begun(*json.loads(AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], None)))
    except (ValueError, InvalidTag):
        return None
