"""One subscription while it lasts: what it is told, and what ends it, whatever carries it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field, replace
from uuid import UUID

import structlog
from graphql import GraphQLError
from strawberry.types import ExecutionResult

from coalition.access import Actor, TokenRefused
from coalition.api.admission import NotAdmitted, refuse_the_suspended
from coalition.api.body import Asked
from coalition.api.context import Context, Server
from coalition.api.door import Door, Entered
from coalition.api.errors import public_error
from coalition.api.events import cursor_of, place_of
from coalition.api.feed import Feed
from coalition.api.quota import Key, Quota, Throttled
from coalition.api.telling import Subscribed, bad_place, subscribed, told
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.kit.ids import NotAnId
from coalition.outbox import Event, FeedPlace

# How long the end of a subscription may take to be read, however that came about.
LAST_WORDS_SECONDS = 10.0
# How often it is asked whether who listens still may. What the door remembers comes on top.
_CHECK_SECONDS = 1.0
_AWAY_SECONDS = 1.0
_AWAY = (Unavailable, Misconfigured)
_log = structlog.get_logger()

Body = dict[str, object]
Send = Callable[[str, Body], Awaitable[None]]


class Unread(Exception):
    """The subscriber leaves what it is sent unread."""


class Stopping(Exception):
    """The server stops."""


@dataclass
class Right:
    """Whose connection it is, renewed for as long as the token is good."""

    door: Door
    entered: Entered

    async def until_it_ends(self) -> None:
        """Raises `TokenRefused` at the token's last second, and within seconds after its client
        or permission is ended.
        """
        while True:
            left = self.entered.ends_at - time.time()
            await asyncio.sleep(max(min(left, _CHECK_SECONDS), 0))
            try:
                self.entered = await self.door.renewed(self.entered)
            except _AWAY:
                continue  # nobody is sent away because the database is


class Live:
    """The live edge of one process."""

    def __init__(self, server: Server, door: Door, quota: Quota) -> None:
        self.server = server
        self.door = door
        self.quota = quota
        self.feed = Feed(server.database)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End everything that is being told, before the server waits for its connections."""
        self._stopping.set()

    async def until_it_stops(self) -> None:
        """Raises `Stopping`."""
        await self._stopping.wait()
        raise Stopping

    async def begin(
        self,
        right: Right,
        asked: Asked,
        *,
        carrier: str,
        request_id: str,
        behind: str | None = None,
    ) -> "Listening":
        """A subscription that may begin; its `end` must be called. `behind`: a cursor that the
        carrier knows, instead of the one in the document.

        Raises `NotAdmitted`, `Throttled`, `Unavailable`, `Misconfigured`.
        """
        entered = right.entered
        actor = entered.actor
        subscription = subscribed(asked, actor, entered.terms, entered.keys.seal)
        after = subscription.after
        if behind is not None:
            try:
                after = place_of(entered.keys.seal, behind)
            except NotAnId:
                raise bad_place() from None
        async with AsyncExitStack() as slot:
            key = slot.enter_context(self.quota.listening(actor))
            self.quota.charge(key, subscription.inside.cost)
            place = await self.feed.place(after)
            if place is None:
                raise bad_place()
            return Listening(
                self, right, subscription, place, key, carrier, request_id, slot.pop_all()
            )


@dataclass
class Listening:
    """`place`: behind what was told last. `slot` is held until the end."""

    live: Live
    right: Right
    subscription: Subscribed
    place: FeedPlace
    key: Key
    carrier: str
    request_id: str
    slot: AsyncExitStack
    events: int = 0
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._note("subscription began")

    async def tell(self, send: Send) -> None:
        """Send (cursor, body) for each event, without end.

        Raises `NotAdmitted` once its brand is suspended, `TimeoutError` when an event cannot be
        resolved in time, and what `send` raises.
        """
        telling = asyncio.create_task(self._tell(send))
        allowed = asyncio.create_task(self._until_suspended())
        await first_of(telling, allowed)

    async def end(self, why: str) -> None:
        await self.slot.aclose()
        self._note("subscription ended", events=self.events, why=why)

    @property
    def cursor(self) -> str:
        """Behind what was told last."""
        return cursor_of(self.right.entered.keys.seal, self.place)

    def last_words(self, error: Exception) -> list[dict[str, object]]:
        """What the subscriber is told of its end, with the cursor to go on from."""
        found = [public_error(one, self.request_id) for one in errors_of(error)]
        for one in found:
            extensions = one["extensions"]
            if isinstance(extensions, dict):
                extensions["cursor"] = self.cursor
        return found

    async def _until_suspended(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            entered = self.right.entered
            refuse_the_suspended(self.subscription.document, entered.actor, entered.terms)

    async def _tell(self, send: Send) -> None:
        actor = self.right.entered.actor
        wanted = self.live.feed.events(
            actor, lambda event: self.subscription.is_for(event, actor), self.place
        )
        async with aclosing(wanted) as events:
            async for event in events:
                body = await self._resolved(event, actor)
                if body is not None:
                    await send(cursor_of(self.right.entered.keys.seal, event.place), body)
                    self.events += 1
                self.place = event.place

    async def _resolved(self, event: Event, actor: Actor) -> Body | None:
        """The answer for one event. Again while the database is away: nothing is left out."""
        server = self.live.server
        again = True
        while True:
            await self._charge()
            entered = self.right.entered
            refuse_the_suspended(self.subscription.document, actor, entered.terms)
            context = Context(
                server,
                entered.keys,
                replace(actor, request_id=UUID(self.request_id)),
                entered.terms,
                self.request_id,
                self.subscription.document,
            )
            async with asyncio.timeout(server.settings.operation_seconds):
                result = await told(context, self.subscription, event)
            if result is None:
                return None
            if _is_away(result):
                await asyncio.sleep(_AWAY_SECONDS)
            elif result.errors and again:
                # It may stand under terms that are younger than those at hand.
                again = False
                await self._read_terms()
            else:
                return self._body(result)

    async def _read_terms(self) -> None:
        with suppress(*_AWAY):
            terms = await self.live.server.office.terms(at_most_old=0)
            self.right.entered = replace(self.right.entered, terms=terms)

    async def _charge(self) -> None:
        """Who is told faster than its bucket fills waits; its place is kept."""
        while True:
            try:
                self.live.quota.charge_told(self.key, self.subscription.inside.cost)
            except Throttled as full:
                await asyncio.sleep(full.retry_after)
            else:
                return

    def _body(self, result: ExecutionResult) -> Body:
        body: Body = {"data": result.data}
        if result.errors:
            body["errors"] = [public_error(error, self.request_id) for error in result.errors]
        return body

    def _note(self, what: str, **more: object) -> None:
        _log.info(
            what,
            request_id=self.request_id,
            client=self.right.entered.actor.client_id,
            carrier=self.carrier,
            field=self.subscription.field,
            document=self.subscription.document.sha256[:16],
            seconds=round(time.monotonic() - self._began, 1),
            **more,
        )


_SAID: dict[type[Exception], tuple[str, str]] = {
    Unread: (
        "What was sent was not read in time. Read faster, and go on from the last cursor.",
        "SUBSCRIBER_TOO_SLOW",
    ),
    TimeoutError: (
        "An event could not be resolved in time. Go on from the last cursor.",
        "OPERATION_TIMED_OUT",
    ),
    Unavailable: ("The service is not available just now. Subscribe again.", "SERVICE_UNAVAILABLE"),
    Misconfigured: (
        "The service is not available just now. Subscribe again.", "SERVICE_UNAVAILABLE",
    ),
}  # fmt: skip


async def first_of(*tasks: "asyncio.Task[None]") -> None:
    """Wait until one of the tasks ends, end the others, and raise what it raised."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task in done:
            task.result()


def errors_of(error: Exception) -> list[GraphQLError]:
    """What is said of an end, or of a subscription that may not begin."""
    match error:
        case NotAdmitted():
            return list(error.errors)
        case TokenRefused():
            return [_error(str(error), "UNAUTHENTICATED")]
        case Throttled():
            return [_error(error.message, "THROTTLED", retryAfter=error.retry_after)]
        case _:
            said = next((_SAID[one] for one in _SAID if isinstance(error, one)), None)
            if said is None:
                return [GraphQLError("Internal error", original_error=error)]
            return [_error(*said)]


def _is_away(result: ExecutionResult) -> bool:
    return any(isinstance(error.original_error, _AWAY) for error in result.errors or ())


def _error(message: str, code: str, **more: object) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code, **more})
