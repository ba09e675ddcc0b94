"""What the pages of one process share: the API, and the sessions with their tokens."""

import asyncio
import time
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from coalition.access import WEB, load_keys
from coalition.access.keys import ServerKeys, derived
from coalition.access.web_sessions import WebSession, WebSessions, WebTokens, web_cookie
from coalition.kit.clock import Clock
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.kit.errors import Unavailable
from coalition.web.api import Answered, Api, File, Json

# Before that long before its end a token is renewed: it must outlive the requests of one page.
_IN_TIME = timedelta(seconds=20)
_POLLS_SECONDS = 0.05
_LONGEST_WAIT = 10.0


class SessionEnded(Exception):
    """What somebody was signed in with has ended."""


class Desk:
    def __init__(self, database: Database, settings: Settings, clock: Clock, api: Api) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock
        self.api = api
        self._keys: ServerKeys | None = None

    @property
    def cookie(self) -> str:
        return web_cookie(self.settings)

    async def sessions(self) -> WebSessions:
        """Raises `Unavailable`, `Misconfigured`."""
        return WebSessions(self.database, (await self._server_keys()).web)

    async def sealing_key(self) -> bytes:
        """Of what a browser keeps for a moment and must neither read nor make up."""
        return derived((await self._server_keys()).web, "web sign-in")

    async def visitor(self, request: Request) -> "Visitor | None":
        """Who asks; None for nobody. Raises `SessionEnded`, `Unavailable`, `Misconfigured`."""
        token = request.cookies.get(self.cookie)
        if token is None:
            return None
        sessions = await self.sessions()
        found = await sessions.find(token, now=self.clock())
        if found is None:
            raise SessionEnded
        return Visitor(self, sessions, found, address_of(request))

    async def ask_for_tokens(self, form: dict[str, str], address: str | None) -> WebTokens | None:
        """None when the authorization server refuses. Raises `Throttled`, `Unavailable`."""
        secret = (await self._server_keys()).web_secret
        now = self.clock()
        answer = await self.api.token(form, secret=secret, client=WEB, address=address)
        return _tokens(answer, now)

    async def revoke(self, tokens: WebTokens, address: str | None) -> None:
        secret = (await self._server_keys()).web_secret
        await self.api.revoke(tokens.refresh, secret=secret, client=WEB, address=address)

    def set_cookie(self, response: Response, name: str, value: str, **more: int) -> None:
        response.set_cookie(
            name, value, secure=self.settings.is_secure, httponly=True, samesite="lax", path="/",
            max_age=more.get("seconds"),
        )  # fmt: skip

    def forget_cookie(self, response: Response, name: str) -> None:
        response.delete_cookie(
            name, path="/", secure=self.settings.is_secure, httponly=True, samesite="lax"
        )

    async def _server_keys(self) -> ServerKeys:
        # The root of the pages' secrets stays the same; signing keys are not used here.
        if self._keys is None:
            self._keys = await load_keys(self.database)
        return self._keys


class Visitor:
    """A member at the pages, in one request. Its tokens are renewed when they are about to end."""

    def __init__(
        self, desk: Desk, sessions: WebSessions, session: WebSession, address: str | None
    ) -> None:
        self._desk = desk
        self._sessions = sessions
        self.session = session
        self.address = address

    async def ask(self, document: str, **variables: object) -> Json:
        """The data of a document of queries/.

        Raises `SessionEnded`, `Refused`, `Throttled`, `Unavailable`.
        """
        token = await self.token()
        return await self._desk.api.ask(document, variables, token=token, address=self.address)

    async def send(self, path: str, content: bytes) -> None:
        """Send the API a file. Raises what `ask` raises."""
        await self._desk.api.put(path, content, token=await self.token(), address=self.address)

    async def fetch(self, path: str) -> File:
        """A file of the API's. Raises what `ask` raises."""
        return await self._desk.api.get(path, token=await self.token(), address=self.address)

    async def token(self) -> str:
        """Raises `SessionEnded`, `Throttled`, `Unavailable`."""
        began = time.monotonic()
        while self.session.tokens.access_ends_at - self._desk.clock() < _IN_TIME:
            if await self._sessions.may_renew(self.session.session_id, now=self._desk.clock()):
                await self._renew()
                break
            # Another page of the same browser is at it, perhaps at another server: nothing but the
            # row says when it is done.
            if time.monotonic() - began > _LONGEST_WAIT:
                raise Unavailable("The tokens of a session are being renewed for too long.")
            await asyncio.sleep(_POLLS_SECONDS)
            await self._look_again()
        return self.session.tokens.access

    async def end(self) -> None:
        await self._sessions.end(self.session.session_id)

    async def _renew(self) -> None:
        # Another one may have done it between the look and the lease.
        await self._look_again()
        if self.session.tokens.access_ends_at - self._desk.clock() >= _IN_TIME:
            await self._sessions.renew(self.session.session_id, self.session.tokens)
            return
        form = {"grant_type": "refresh_token", "refresh_token": self.session.tokens.refresh}
        tokens = await self._desk.ask_for_tokens(form, self.address)
        if tokens is None:
            raise SessionEnded
        await self._sessions.renew(self.session.session_id, tokens)
        await self._look_again()

    async def _look_again(self) -> None:
        found = await self._sessions.again(self.session.session_id, now=self._desk.clock())
        if found is None:
            raise SessionEnded
        self.session = found


def address_of(request: Request) -> str | None:
    return request.client.host if request.client else None


def _tokens(answer: Answered, now: datetime) -> WebTokens | None:
    if answer.status != 200:  # noqa: PLR2004 - RFC 6749 section 5.1
        return None
    body = answer.body
    ends_at = now + timedelta(seconds=body["expires_in"])
    return WebTokens(body["access_token"], body["refresh_token"], ends_at)
