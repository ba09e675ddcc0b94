"""Images of rewards: /rewards/images/HASH, for anybody, and the same for ever."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition import catalogue
from coalition.api.addresses import ANY_METHOD, Surroundings
from coalition.api.answers import Asking, refused
from coalition.api.body import NotWellFormed
from coalition.api.context import Server
from coalition.api.quota import Quota
from coalition.kit.database import NOTHING

_HASH_DIGITS: Final = 64
_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    # Whatever it holds, a browser that is led here shows it and runs nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class CatalogueImages:
    """The images of one server. They need no token: a catalogue is to be looked at."""

    def __init__(self, server: Server, quota: Quota) -> None:
        self._server = server
        around = Surroundings(server, quota, "reward image", {}, otherwise=404).around
        self.routes = [Route("/rewards/images/{hash}", around(self._image), methods=ANY_METHOD)]

    async def _image(self, request: Request, asking: Asking) -> Response:
        if request.method not in {"GET", "HEAD"}:
            raise NotWellFormed(405, "Send GET here.", allow="GET, HEAD")
        text = request.path_params["hash"]
        etag = f'"{text}"'
        found = None
        if len(text) == _HASH_DIGITS and text.isascii() and text.isalnum():
            try:
                hashed = bytes.fromhex(text)
            except ValueError:
                hashed = b""
            async with self._server.database.reading(NOTHING) as connection:
                found = await catalogue.image_of(connection, hashed)
        if found is None:
            return refused(asking, 404, "No such image.", "REWARD_IMAGE_NOT_FOUND")
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={**_HEADERS, "ETag": etag})
        return Response(
            found.content, media_type=found.media_type, headers={**_HEADERS, "ETag": etag}
        )
