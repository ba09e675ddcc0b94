"""Files of the pages, under names that their content gives them: a name is never another file."""

import gzip
import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_STATIC = Path(__file__).with_name("static")
FOR_EVER = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}
_TYPES = {".css": "text/css", ".js": "text/javascript", ".txt": "text/plain"}
# Kept pressed: they are the same for everybody, and nothing in them is secret.
_pressed: dict[bytes, bytes] = {}


class File:
    """`address` changes with the content."""

    def __init__(self, path: str) -> None:
        file = _STATIC / path
        self.content = file.read_bytes()
        self.media_type = _TYPES[file.suffix]
        mark = hashlib.sha256(self.content).hexdigest()[:12]
        self.address = f"/static/{file.stem}-{mark}{file.suffix}"

    @property
    def route(self) -> Route:
        return Route(self.address, self._answer)

    async def _answer(self, request: Request) -> Response:
        return file_answer(request, self.content, self.media_type)


def pressed(content: bytes) -> bytes:
    if content not in _pressed:
        _pressed[content] = gzip.compress(content, mtime=0)
    return _pressed[content]


def file_answer(request: Request, content: bytes, media_type: str) -> Response:
    headers = FOR_EVER | {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = pressed(content)
        headers |= {"Content-Encoding": "gzip"}
    return Response(content, media_type=media_type, headers=headers)


STYLE = File("style.css")
PASSKEYS = File("passkeys.js")
APP = File("app.js")
HTMX = File("vendor/htmx-4.0.1.min.js")
SSE = File("vendor/hx-sse-4.0.1.min.js")
LICENCES = File("vendor/LICENSES.txt")
_CARD_WORKER = File("card-worker.js")
CARD_WORKER = "/app/card-worker.js"


async def _card_worker(request: Request) -> Response:
    """Under one name: a browser asks for it again and compares."""
    del request
    return Response(
        _CARD_WORKER.content,
        media_type=_CARD_WORKER.media_type,
        headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
    )


async def _no_icon(request: Request) -> Response:
    del request
    return Response(status_code=204, headers={"Cache-Control": "public, max-age=86400"})


static_routes = [
    *(one.route for one in (STYLE, PASSKEYS, APP, HTMX, SSE, LICENCES)),
    Route(CARD_WORKER, _card_worker),
    Route("/favicon.ico", _no_icon),
]
