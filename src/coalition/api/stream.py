"""Subscriptions as server-sent events, one stream for each: graphql-sse, "distinct connections".

Protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md and, for `id:` and
`Last-Event-ID`, the section on server-sent events of the HTML standard.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from coalition.api.body import NotWellFormed
from coalition.api.listening import (
    LAST_WORDS_SECONDS,
    Body,
    Listening,
    Stopping,
    Unread,
    first_of,
)

MEDIA = "text/event-stream"
# Proxies cut connections that are silent; half a minute is usual.
_ALIVE_SECONDS = 12.0
_ALIVE = b":\n\n"
_LONGEST_CURSOR = 64


def asks_for_stream(request: Request) -> bool:
    media = (one.partition(";")[0].strip() for one in request.headers.get("accept", "").split(","))
    return MEDIA in (one.lower() for one in media)


def last_event_id(request: Request) -> str | None:
    """What a browser says by itself when it comes back. Raises `NotWellFormed`."""
    given = request.headers.get("last-event-id")
    if given is not None and len(given) > _LONGEST_CURSOR:
        raise NotWellFormed(400, "Last-Event-ID is not the cursor of an event.", "BAD_USER_INPUT")
    return given or None


class EventStream(Response):
    """Tells until it must end, or the client goes."""

    def __init__(self, listening: Listening) -> None:
        super().__init__(
            media_type=MEDIA, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        del self.headers["content-length"]
        self._listening = listening
        self._unread_seconds = listening.live.server.settings.unread_seconds
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        why, last = "server stopped", b""
        try:
            why, last = await self._told(receive, send)
        finally:
            await self._listening.end(why)
        await self._say_last(send, last)

    async def _told(self, receive: Receive, send: Send) -> tuple[str, bytes]:
        """Tell until it ends; why it did, and what is still to be said."""
        listening = self._listening

        async def tell(cursor: str, body: Body) -> None:
            await self._write(send, _event("next", body, cursor))

        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            # Sent at once, so that the client knows that it listens.
            await self._write(send, _ALIVE)
            await first_of(
                asyncio.create_task(listening.tell(tell)),
                asyncio.create_task(listening.right.until_it_ends()),
                asyncio.create_task(listening.live.until_it_stops()),
                asyncio.create_task(self._stay_alive(send)),
                asyncio.create_task(_until_gone(receive)),
            )
        except Stopping:
            # Not complete: a client that is cut off comes back with its last cursor.
            return "server stopping", b""
        except ClientDisconnect:
            return "client left", b""
        except Exception as error:  # noqa: BLE001 - whatever it is, the stream ends in its own words
            last = _event("next", {"errors": listening.last_words(error)})
            return type(error).__name__, last + _event("complete", None)
        raise AssertionError("each of them ends by raising")

    async def _say_last(self, send: Send, content: bytes) -> None:
        with suppress(Unread, OSError):
            await self._write(send, content, more=False, seconds=LAST_WORDS_SECONDS)

    async def _stay_alive(self, send: Send) -> None:
        while True:
            await asyncio.sleep(_ALIVE_SECONDS)
            await self._write(send, _ALIVE)

    async def _write(
        self, send: Send, content: bytes, *, more: bool = True, seconds: float | None = None
    ) -> None:
        body = {"type": "http.response.body", "body": content, "more_body": more}
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(seconds or self._unread_seconds):
                    await send(body)
            except TimeoutError:
                raise Unread from None


def _event(name: str, body: Mapping[str, object] | None, cursor: str | None = None) -> bytes:
    data = "" if body is None else json.dumps(body, separators=(",", ":"))
    identified = f"id: {cursor}\n" if cursor else ""
    return f"event: {name}\n{identified}data: {data}\n\n".encode()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise ClientDisconnect
