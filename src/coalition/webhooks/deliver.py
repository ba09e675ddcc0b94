"""Send what is due: claimed by one worker, sent, and written down what became of it.

At least once: a worker that dies between the receiver's answer and the writing leaves the message
to be sent again, under the same id.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from asyncpg import Record

from coalition.access import EXPLORER, Actor, ActorKind, Scope
from coalition.access.roles import scopes_of
from coalition.kit.clock import Clock
from coalition.kit.database import Database
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.outbox import Event, EventKind, FeedPlace
from coalition.webhooks.schedule import next_try, retry_after
from coalition.webhooks.send import Answer, Sender
from coalition.webhooks.signing import signed_headers

# Standard Webhooks 1.0 asks for less than 20 kB.
LARGEST_BODY = 20_000
AT_ONCE = 64
AT_ONCE_OF_A_PARTNER = 16
AT_ONCE_OF_AN_ENDPOINT = 4
PATIENCE = timedelta(days=5)
# Longer than any attempt takes.
_LEASE = timedelta(seconds=60)
# How long what a fault of ours has held up waits.
_LATER = timedelta(seconds=30)
_TELL_SECONDS = 10.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed delivery. `event` None: a test. `actor`: who is told, with the rights that its
    client, and the person that made the endpoint, have by now. `document` None: the endpoint does
    not want this event any more.
    """

    id: int
    endpoint_id: int
    actor: Actor
    url: str
    secrets: Sequence[bytes] = field(repr=False)
    document: str | None
    event: Event | None
    sequence: int
    happened_at: datetime
    tries: int
    lease: UUID


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: its id, the same at each attempt, and the body as it is signed."""

    id: str
    body: bytes


class Withheld(Exception):
    """A message that is not made. `reason`: NOT_ALLOWED, or another of a delivery's reasons."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


MakeMessage = Callable[[Due], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class _Became:
    outcome: str
    reason: str | None = None
    due: datetime | None = None
    answer: Answer | None = None


class Deliverer:
    """One worker's round of sending. It claims nothing more once `is_stopping`. A round that
    lasts logs how far it is, every `tell_every` seconds.
    """

    def __init__(
        self,
        database: Database,
        sender: Sender,
        make_message: MakeMessage,
        clock: Clock,
        is_stopping: Callable[[], bool] = lambda: False,
        tell_every: float = _TELL_SECONDS,
    ) -> None:
        self._tell_every = tell_every
        self._database = database
        self._sender = sender
        self._make_message = make_message
        self._clock = clock
        self._is_stopping = is_stopping
        self._done: Counter[str] = Counter()

    async def deliver(self) -> Counter[str]:
        """Send until nothing is due or it should stop; how many were DELIVERED, RETRY, DEAD, LATER.

        Raises `Unavailable` when the database goes away; what was claimed is due again later.
        """
        under_way: set[asyncio.Task[None]] = set()
        told_at = time.monotonic()
        try:
            while True:
                free = 0 if self._is_stopping() else AT_ONCE - len(under_way)
                found = await self._claim(free) if free else []
                under_way |= {asyncio.create_task(self._deliver(one)) for one in found}
                if not under_way:
                    return self._done
                finished, under_way = await asyncio.wait(
                    under_way, return_when=asyncio.FIRST_COMPLETED
                )
                for one in finished:
                    one.result()
                if time.monotonic() - told_at >= self._tell_every:
                    told_at = time.monotonic()
                    self._tell(len(under_way))
        finally:
            for one in under_way:
                one.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    def _tell(self, under_way: int) -> None:
        """A long round says how far it is; no attempt holds this up for more than its time."""
        _log.info(
            "webhooks under way",
            delivered=self._done["DELIVERED"],
            to_retry=self._done["RETRY"],
            dead=self._done["DEAD"],
            held_up=self._done["LATER"],
            under_way=under_way,
        )

    async def _claim(self, most: int) -> list[Due]:
        now = self._clock()
        lease = uuid4()
        rows = await self._database.call(
            "claim_webhooks", now, now + _LEASE, lease, most, AT_ONCE_OF_AN_ENDPOINT,
            AT_ONCE_OF_A_PARTNER, [EXPLORER],
        )  # fmt: skip
        return [_due(row, lease) for row in rows]

    async def _deliver(self, due: Due) -> None:
        became = await self._attempt(due)
        now = self._clock()
        answer = became.answer
        rows = await self._database.call(
            "record_webhook",
            due.id,
            due.lease,
            became.outcome,
            became.reason,
            became.due,
            now,
            answer.milliseconds if answer else None,
            answer.status if answer else None,
            answer.error if answer else None,
            answer.response if answer else None,
            PATIENCE,
        )
        self._done[became.outcome] += 1
        disabled = rows[0]["disabled"] if rows else None
        _log.info(
            "webhook",
            delivery=due.id,
            endpoint=due.endpoint_id,
            partner=due.actor.partner_id,
            outcome=became.outcome,
            reason=became.reason,
            status=answer.status if answer else None,
            ms=answer.milliseconds if answer else None,
            error=answer.error if answer else None,
        )
        if disabled is not None:
            _log.warning("webhook endpoint disabled", endpoint=due.endpoint_id, reason=disabled)

    async def _attempt(self, due: Due) -> _Became:
        try:
            message = await self._message(due)
        except Withheld as withheld:
            return _Became("DEAD", withheld.reason)
        except (Unavailable, Misconfigured):
            return _Became("LATER", due=self._clock() + _LATER)
        except Exception as error:  # noqa: BLE001 - one message that we cannot make stops no other
            _log.error("webhook not made", delivery=due.id, exc_info=error)
            return _Became("LATER", due=self._clock() + _LATER)
        headers = signed_headers(due.secrets, message.id, self._clock(), message.body)
        return self._judged(due, await self._sender.send(due.url, headers, message.body))

    def _judged(self, due: Due, answer: Answer) -> _Became:
        if answer.error is None:
            return _Became("DELIVERED", answer=answer)
        if answer.gone:
            return _Became("DEAD", "GONE", answer=answer)
        now = self._clock()
        again = next_try(
            due.tries + 1,
            now=now,
            chance=secrets.SystemRandom().random(),
            asked=retry_after(answer.retry_after, now),
        )
        if again is None:
            return _Became("DEAD", "TRIES_USED_UP", answer=answer)
        return _Became("RETRY", due=again, answer=answer)

    async def _message(self, due: Due) -> Message:
        if due.event is not None and due.document is None:
            raise Withheld("UNSUBSCRIBED")
        message = await self._make_message(due)
        if len(message.body) >= LARGEST_BODY:
            raise Withheld("TOO_LARGE")
        return message


def _due(row: Record, lease: UUID) -> Due:
    scopes = frozenset(Scope(name) for name in row["scopes"])
    if row["client_scopes"] is not None:
        scopes &= frozenset(Scope(name) for name in row["client_scopes"])
    if row["roles"] is not None:
        scopes &= scopes_of(ActorKind.PARTNER, row["roles"])
    event = None
    if row["event_id"] is not None:
        event = Event(
            place=FeedPlace(row["transaction_id"], row["event_id"]),
            kind=EventKind(row["kind"]),
            partner_id=row["partner_id"],
            member_id=row["member_id"],
            seq=row["seq"],
            statement_id=row["statement_id"],
            subject_id=row["subject_id"],
            client_id=row["event_client"],
            request_id=row["request_id"],
            recorded_at=row["happened_at"],
        )
    return Due(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        actor=Actor(ActorKind.PARTNER, row["client_id"], scopes, partner_id=row["partner_id"]),
        url=row["url"],
        secrets=row["secrets"],
        document=row["document"],
        event=event,
        sequence=row["sequence"],
        happened_at=row["happened_at"],
        tries=row["tries"],
        lease=lease,
    )
