"""What the pages of one process share, and how they answer where something is missing."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from coalition.access.devices import device_of, note_device
from coalition.access.keys import load_keys
from coalition.access.passkeys import Passkeys, rp_id
from coalition.access.sessions import SignedIn, begin_session, session_cookie, signed_in
from coalition.access.web_sessions import end_web_session, web_cookie
from coalition.kit.addresses import network_of
from coalition.kit.clock import Clock
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.pages import Text, fields, form_not_read, just_a_moment, said

NO_STORE = {"Cache-Control": "no-store"}
Answer = Callable[[Request], Awaitable[Response]]
_log = structlog.get_logger()


class Desk:
    """`passkeys` None: this server is reached at an address without a name."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock
        name = rp_id(settings)
        self.passkeys = None if name is None else Passkeys(database, settings, name)

    async def person(self, request: Request) -> SignedIn | None:
        return await signed_in(self.database, self.settings, request.cookies, now=self.clock())

    async def enter(
        self, request: Request, response: Response, login_id: int, *, now: datetime
    ) -> None:
        """A new session for who has signed in. The members' pages are its own from now on, and not
        those of whoever was there before in the same browser.
        """
        name = session_cookie(self.settings)
        before = request.cookies.get(name)
        token = await begin_session(
            self.database, login_id, before, agent=request.headers.get("user-agent", ""), now=now
        )
        await note_device(
            self.database,
            login_id,
            device_of(
                request.headers.get("user-agent", ""),
                request.client.host if request.client else None,
            ),
            key=(await load_keys(self.database)).mail,
            now=now,
        )
        self.set_cookie(response, name, token, samesite="lax")
        await self.leave_pages(request, response)

    async def leave_pages(self, request: Request, response: Response) -> None:
        name = web_cookie(self.settings)
        if name in request.cookies:
            await end_web_session(self.database, request.cookies[name])
            self.forget_cookie(response, name)

    def set_cookie(self, response: Response, name: str, token: str, *, samesite: str) -> None:
        response.set_cookie(
            name,
            token,
            secure=self.settings.is_secure,
            httponly=True,
            samesite="strict" if samesite == "strict" else "lax",
            path="/",
        )

    def forget_cookie(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.settings.is_secure, httponly=True)


async def sent_by_link(request: Request) -> tuple[Mapping[str, str], str]:
    """The form of a page that a link led to, none yet when it is asked for; and the link's token,
    which the page's button sends, and a mail program's own has in the address.
    """
    form = await fields(request) if request.method == "POST" else {}
    return form, form.get("token") or request.query_params.get("token", "")


def guarded(handler: Answer) -> Answer:
    """A page, also while there is no database."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except (Unavailable, Misconfigured) as error:
            _log.warning("no pages just now", reason=str(error))
            return just_a_moment(request)
        except HTTPException:
            return form_not_read(request)

    return answer


def address_of(request: Request) -> str:
    return network_of(request.client.host if request.client else None)


def too_many(seconds: int) -> Text:
    """What somebody is told who has tried too often."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return said("Too many attempts. Try again in {seconds} seconds.", seconds=seconds)
    minutes = -(-seconds // 60)
    if minutes == 1:
        return said("Too many attempts. Try again in a minute.")
    return said("Too many attempts. Try again in {minutes} minutes.", minutes=minutes)
