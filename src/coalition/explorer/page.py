"""GET /graphiql and its files. A stranger is sent to sign in and sees nothing of it."""

import hashlib
import html
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from coalition.explorer.examples import as_json
from coalition.kit.config import Settings

_STATIC = Path(__file__).with_name("static")
_TYPES = {
    "explorer.js": "text/javascript",
    "explorer.css": "text/css",
    "LICENSES.txt": "text/plain",
}
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Coalition: explore the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/explorer.css?{version}" nonce="{nonce}">
<script type="module" src="/graphiql/explorer.js?{version}"></script>
<div id="explorer" data-issuer="{issuer}"></div>
<noscript>This page is a program: it needs JavaScript.</noscript>
"""
# Dialogs of the library put style elements into the page, which the nonce lets them do.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # The address holds the code of a sign-in for a moment.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_ONCE = {"Cache-Control": "no-store"}
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}


class Explorer:
    """`person` tells who has signed in here and sends a request; None: nobody."""

    def __init__(
        self, settings: Settings, person: Callable[[Request], Awaitable[object | None]]
    ) -> None:
        self._issuer = settings.issuer
        self._person = person
        self._files = {name: (_STATIC / name).read_bytes() for name in _TYPES}
        self._files["examples.json"] = as_json().encode()
        digest = hashlib.sha256(b"".join(self._files.values()))
        self._version = digest.hexdigest()[:12]

    @property
    def routes(self) -> list[Route]:
        return [Route("/graphiql", self.page), Route("/graphiql/{file}", self.file)]

    async def page(self, request: Request) -> Response:
        if await self._person(request) is None:
            return RedirectResponse("/signin?next=/graphiql", 303, headers=_HEADERS | _ONCE)
        nonce = secrets.token_urlsafe(16)
        text = _PAGE.format(version=self._version, nonce=nonce, issuer=html.escape(self._issuer))
        policy = {"Content-Security-Policy": _POLICY.format(nonce=nonce)}
        return Response(text, media_type="text/html", headers=_HEADERS | _ONCE | policy)

    async def file(self, request: Request) -> Response:
        if await self._person(request) is None:
            return PlainTextResponse("Sign in first.", 401, headers=_HEADERS | _ONCE)
        name = request.path_params["file"]
        content = self._files.get(name)
        if content is None:
            return PlainTextResponse("There is no such file.", 404, headers=_HEADERS | _ONCE)
        is_named_by_content = request.url.query == self._version
        return Response(
            content,
            media_type=_TYPES.get(name, "application/json"),
            headers=_HEADERS | (_FOR_EVER if is_named_by_content else _ONCE),
        )
