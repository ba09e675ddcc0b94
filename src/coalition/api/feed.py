"""The feed of events, read once for everybody in this process who listens.

Nothing is read while nobody listens. A listener holds a bounded number of events that it has not
taken; behind that it goes back to reading by itself, page by page, so memory does not grow with
how far anybody is behind.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from coalition.access import Actor, ActorKind
from coalition.kit.database import Database
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.outbox import BEGINNING, Event, FeedPlace, events_after, last_place

PAGE = 500
_PAUSE_SECONDS = 0.2
_AWAY_SECONDS = 1.0
_MOST_WAITING = 1000
# Who comes back from far behind reads much: few at a time, so that nobody else waits for them.
_CATCHING_UP_AT_ONCE = 2
_AWAY = (Unavailable, Misconfigured)
_log = structlog.get_logger()

Wanted = Callable[[Event], bool]
# A kind of actor and its number: whose events a listener may be told at all.
Audience = tuple[ActorKind, int | None]


@dataclass(eq=False, slots=True)
class _Listener:
    """`since`: what lies behind this place comes here by itself."""

    wanted: Wanted
    since: FeedPlace
    waiting: deque[Event] = field(default_factory=deque)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    left_behind: bool = False

    def offer(self, event: Event) -> None:
        if self.left_behind or not self.wanted(event):
            return
        if len(self.waiting) == _MOST_WAITING:
            self.left_behind = True
            self.waiting.clear()
        else:
            self.waiting.append(event)
        self.woken.set()


class Feed:
    """One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[Audience, set[_Listener]] = {}
        self._place = BEGINNING
        self._reading: asyncio.Task[None] | None = None
        self._catching_up = asyncio.Semaphore(_CATCHING_UP_AT_ONCE)

    async def place(self, after: FeedPlace | None) -> FeedPlace | None:
        """Where to begin: behind `after`, or at the end. None: there is no such place, because
        the feed began anew (decision 0016). Raises `Unavailable`.
        """
        last = await last_place(self._database)
        if after is None:
            return last
        return after if after <= last else None

    async def events(
        self, actor: Actor, wanted: Wanted, place: FeedPlace
    ) -> AsyncGenerator[Event, None]:
        """All events behind `place` that the actor may be told and that are wanted, in order and
        without end. While the database is away it waits.
        """
        while True:
            async for event in self._missed(place, None):
                place = event.place
                if wanted(event):
                    yield event
            with self._listening(actor, wanted, place) as listener:
                # What came between the last page and now, when others were already told of it.
                async for event in self._missed(place, listener.since):
                    place = event.place
                    if wanted(event):
                        yield event
                while not listener.left_behind:
                    while listener.waiting:
                        event = listener.waiting.popleft()
                        if event.place > place:
                            place = event.place
                            yield event
                    listener.woken.clear()
                    if not listener.left_behind:
                        await listener.woken.wait()

    async def _missed(self, place: FeedPlace, until: FeedPlace | None) -> AsyncIterator[Event]:
        """What lies behind `place`, as far as `until` or to the end."""
        while until is None or place < until:
            async with self._catching_up:
                page = await self._page(place)
            for event in page:
                if until is not None and event.place > until:
                    return
                place = event.place
                yield event
            if len(page) < PAGE:
                return

    async def _page(self, place: FeedPlace) -> list[Event]:
        while True:
            try:
                return await events_after(self._database, place, limit=PAGE)
            except _AWAY:
                await asyncio.sleep(_AWAY_SECONDS)

    @contextmanager
    def _listening(self, actor: Actor, wanted: Wanted, place: FeedPlace) -> Iterator[_Listener]:
        audience = _audience_of(actor)
        if not self._listeners:
            self._place = place
        listener = _Listener(wanted, self._place)
        self._listeners.setdefault(audience, set()).add(listener)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(), name="feed")
        try:
            yield listener
        finally:
            self._listeners[audience].discard(listener)
            if not self._listeners[audience]:
                del self._listeners[audience]

    async def _read(self) -> None:
        is_away = False
        while self._listeners:
            try:
                page = await events_after(self._database, self._place, limit=PAGE)
            except Exception as error:  # noqa: BLE001 - whoever listens waits until it is mended
                if not is_away:
                    known = isinstance(error, _AWAY)
                    _log.warning("feed away", reason=str(error), exc_info=None if known else error)
                is_away = True
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            is_away = False
            for event in page:
                self._place = event.place
                for audience in _audiences_of(event):
                    for listener in self._listeners.get(audience, ()):
                        listener.offer(event)
            if len(page) < PAGE:
                await asyncio.sleep(_PAUSE_SECONDS)


def _audience_of(actor: Actor) -> Audience:
    return actor.kind, actor.member_id if actor.kind is ActorKind.MEMBER else actor.partner_id


def _audiences_of(event: Event) -> Iterator[Audience]:
    yield ActorKind.OPERATOR, None
    if event.partner_id is not None:
        yield ActorKind.PARTNER, event.partner_id
    if event.member_id is not None:
        yield ActorKind.MEMBER, event.member_id
