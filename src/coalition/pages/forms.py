"""Forms as browsers send them, and what is believed of them."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request

from coalition.kit.config import Settings

# A path of this server: not //host, nothing that a browser would turn into one.
_LOCAL = re.compile(r"/(?![/\\])[!-~]*")


def local_path(text: object, otherwise: str) -> str:
    """Where to go on: a path of this server, else another one."""
    if not isinstance(text, str) or not _LOCAL.fullmatch(text) or "\\" in text:
        return otherwise
    parts = urlsplit(text)
    return otherwise if parts.scheme or parts.netloc else text


def from_this_site(request: Request, settings: Settings) -> bool:
    """Whether a form comes from a page of ours: nobody acts by way of another site. A browser says
    where a form comes from (Fetch Metadata, W3C); what says nothing is no browser.
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
