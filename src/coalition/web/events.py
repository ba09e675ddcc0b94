"""GET /app/events: what the home page shows, anew each time that the member's points move.

The first event says how things stand, so whoever was away meanwhile misses nothing. A stream ends
by itself before its token does; the browser comes back, and begins with how things stand.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from coalition.kit.errors import Unavailable
from coalition.pages import formats_of, language_of, rendered
from coalition.web.api import Api, Json, Refused, Throttled, TokenNotGood
from coalition.web.desk import SessionEnded, Visitor
from coalition.web.guard import Guard
from coalition.web.home import standing_of

# Tabs of one member at one server. What is more is told nothing, and shows what it showed.
MOST_TABS = 6
_ALIVE_SECONDS = 15.0
_COMES_BACK_MS = 1500
_ENDED = (SessionEnded, TokenNotGood, Refused, Throttled, Unavailable)
_log = structlog.get_logger()


class Events:
    """`stop` ends every stream, so that a server which is told to stop need not wait for them."""

    def __init__(self, guard: Guard, api: Api) -> None:
        self._guard = guard
        self._api = api
        self._tabs: Counter[bytes] = Counter()
        self._stopping = asyncio.Event()

    @property
    def routes(self) -> list[Route]:
        return [Route("/app/events", self._guard.for_members(self.events))]

    def stop(self) -> None:
        self._stopping.set()

    async def events(self, request: Request, visitor: Visitor) -> Response:
        whose = visitor.session.session_id
        if self._tabs[whose] >= MOST_TABS:
            return PlainTextResponse("Too many tabs.", 429, headers={"Retry-After": "30"})
        await visitor.token()  # so that a session that has ended is answered as such
        return StreamingResponse(
            self._told(request, visitor, whose),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _told(self, request: Request, visitor: Visitor, whose: bytes) -> AsyncIterator[str]:
        self._tabs[whose] += 1
        waiting: asyncio.Queue[str | None] = asyncio.Queue()
        telling = asyncio.create_task(self._tell(request, visitor, waiting))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            yield f"retry: {_COMES_BACK_MS}\n\n"
            while True:
                following = asyncio.create_task(waiting.get())
                await asyncio.wait(
                    {following, stopping},
                    timeout=_ALIVE_SECONDS,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if stopping.done():
                    following.cancel()
                    return
                if not following.done():
                    following.cancel()
                    yield ":\n\n"
                    continue
                event = following.result()
                if event is None:
                    return
                yield event
        finally:
            self._tabs[whose] -= 1
            if not self._tabs[whose]:
                del self._tabs[whose]
            for task in (telling, stopping):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _tell(
        self, request: Request, visitor: Visitor, waiting: "asyncio.Queue[str | None]"
    ) -> None:
        try:
            token = await visitor.token()
            async with self._api.listen("changes", token=token, address=visitor.address) as events:
                # After the subscription has begun: nothing falls between the two.
                now = await visitor.ask("standing")
                await waiting.put(_event(request, now["viewer"]["member"], None))
                async for data in events:
                    change = data["balanceChanged"]
                    await waiting.put(_event(request, change["member"], change["entry"]))
        except _ENDED as error:
            _log.info("stopped telling a page", why=type(error).__name__)
        finally:
            await waiting.put(None)


def _event(request: Request, member: Json, entry: Json | None) -> str:
    announced = None if entry is None else _announced(request, member, entry)
    text = rendered(request, "standing.html", announced=announced, **standing_of(request, member))
    lines = "".join(f"data: {line}\n" for line in text.splitlines() if line.strip())
    return f"{lines}\n"


def _announced(request: Request, member: Json, entry: Json) -> str:
    speech, form = language_of(request), formats_of(request)
    return speech.text(
        "{change} at {brand}. You have {points} to spend now.",
        change=form.change(entry["points"]),
        brand=entry["partner"]["name"],
        points=form.points(member["balance"]["available"]),
    )
