"""Streams of server-sent events: a part of a page, anew each time that something moves.

The first event says how things stand, so whoever was away meanwhile misses nothing. A stream ends
by itself before its token does; the browser comes back, and begins with how things stand.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from coalition.kit.errors import Unavailable
from coalition.web.api import Api, Json, Refused, Throttled, TokenNotGood
from coalition.web.desk import SessionEnded, Visitor

# Tabs of one member at one server. What is more is told nothing, and shows what it showed.
MOST_TABS = 6
_ALIVE_SECONDS = 15.0
_COMES_BACK_MS = 1500
_ENDED = (SessionEnded, TokenNotGood, Refused, Throttled, Unavailable)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a part of a page is told of. `document`: the subscription. `now`: the part as things
    stand; `then`: after an event with this data, None where it is about something else.
    """

    document: str
    now: Callable[[], Awaitable[str]]
    then: Callable[[Json], str | None]
    variables: Mapping[str, object] = field(default_factory=dict)


class Streams:
    """`stop` ends every stream, so that a server which is told to stop need not wait for them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._tabs: Counter[bytes] = Counter()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def answer(self, visitor: Visitor, subject: Subject) -> Response:
        """Raises `SessionEnded`, `Throttled`, `Unavailable` before it begins."""
        whose = visitor.session.session_id
        if self._tabs[whose] >= MOST_TABS:
            return PlainTextResponse("Too many tabs.", 429, headers={"Retry-After": "30"})
        await visitor.token()  # so that a session that has ended is answered as such
        return StreamingResponse(
            self._told(visitor, subject, whose),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _told(self, visitor: Visitor, subject: Subject, whose: bytes) -> AsyncIterator[str]:
        self._tabs[whose] += 1
        waiting: asyncio.Queue[str | None] = asyncio.Queue()
        telling = asyncio.create_task(self._tell(visitor, subject, waiting))
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
        self, visitor: Visitor, subject: Subject, waiting: "asyncio.Queue[str | None]"
    ) -> None:
        try:
            token = await visitor.token()
            async with self._api.listen(
                subject.document, subject.variables, token=token, address=visitor.address
            ) as events:
                # After the subscription has begun: nothing falls between the two.
                await waiting.put(_event(await subject.now()))
                async for data in events:
                    part = subject.then(data)
                    if part is not None:
                        await waiting.put(_event(part))
        except _ENDED as error:
            _log.info("stopped telling a page", why=type(error).__name__)
        finally:
            await waiting.put(None)


def _event(part: str) -> str:
    lines = "".join(f"data: {line}\n" for line in part.splitlines() if line.strip())
    return f"{lines}\n"
