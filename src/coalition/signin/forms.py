"""Forms of people who are signed in, and where they are led."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.access.sessions import SignedIn, csrf_holds
from coalition.pages import fields
from coalition.signin.desk import NO_STORE

HOME = "/account"


def to_sign_in(next_: str) -> Response:
    return RedirectResponse(f"/signin?next={quote(next_, safe='')}", 303, headers=NO_STORE)


async def own_fields(request: Request, person: SignedIn) -> Mapping[str, str] | None:
    """The fields of a form of this session; None for one that somebody else has made up."""
    found = await fields(request)
    return found if csrf_holds(person, found.get("csrf")) else None
