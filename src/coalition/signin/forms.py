"""Forms as browsers send them, and what is believed of them."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.access.sessions import SignedIn, csrf_holds
from coalition.kit.config import Settings
from coalition.signin.desk import NO_STORE

HOME = "/account"
# A path of this server: not //host, nothing that a browser would turn into one.
_LOCAL = re.compile(r"/(?![/\\])[!-~]*")


def to_sign_in(next_: str) -> Response:
    return RedirectResponse(f"/signin?next={quote(next_, safe='')}", 303, headers=NO_STORE)


def local_path(text: object) -> str:
    """Where to go after signing in: a path of this server, else the account's page."""
    if not isinstance(text, str) or not _LOCAL.fullmatch(text) or "\\" in text:
        return HOME
    parts = urlsplit(text)
    return HOME if parts.scheme or parts.netloc else text


def from_this_site(request: Request, settings: Settings) -> bool:
    """Whether a form comes from a page of ours: nobody is to be signed in by another site. A
    browser says where a form comes from; what says nothing is no browser.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or origin == settings.origin


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


async def own_fields(request: Request, person: SignedIn) -> Mapping[str, str] | None:
    """The fields of a form of this session; None for one that somebody else has made up."""
    found = await fields(request)
    return found if csrf_holds(person, found.get("csrf")) else None
