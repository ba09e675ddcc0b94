"""Forms as browsers send them, and what is believed of them."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request

from coalition.kit.config import Settings

_LONGEST_LENGTH = 18
_READ_AWAY_SECONDS = 20
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


class TooLarge(Exception):
    """A form has more bytes than are read; nothing of it was."""


async def fields_and_file(
    request: Request, name: str, *, most: int
) -> tuple[Mapping[str, str], bytes | None]:
    """A form's fields and its one file; None when none was chosen. Raises `TooLarge`."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length[:_LONGEST_LENGTH]) > most:
        await _read_away(request)
        raise TooLarge
    async with request.form(max_fields=50, max_files=1) as form:
        file = form.get(name)
        content = await file.read() if isinstance(file, UploadFile) else b""
        found = {key: value for key, value in form.multi_items() if isinstance(value, str)}
    return found, content or None


async def _read_away(request: Request) -> None:
    """A browser that still sends would find its connection reset, and not the answer."""
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(_READ_AWAY_SECONDS):
            async for _ in request.stream():
                pass


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
