"""Events and the feed of them: who reads on from a place misses nothing and sees nothing twice.

An event says what happened and where it stands in the books; it carries no figures. Who is told
of it reads those with its own rights.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from uuid import UUID

import sqlalchemy as sa
from asyncpg import Record
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.database import Database
from coalition.outbox.records import event

# A posting is recorded after its request began, and never this much later.
_LONGEST_REQUEST = timedelta(minutes=15)


class EventKind(IntEnum):
    """What happened. `seq` of the event is the place of ..."""

    AWARD_RECORDED = 1  # the award
    AWARD_REVERSED = 2  # the reversal
    POINTS_HELD = 3  # the hold
    HOLD_RELEASED = 4  # the hold
    HOLD_EXPIRED = 5  # the hold
    REDEMPTION_RECORDED = 6  # the redemption
    REDEMPTION_REFUNDED = 7  # the refund
    POINTS_EXPIRED = 8  # the entry that ended a lot
    MEMBER_ENROLLED = 9  # nothing: 0
    MEMBER_CHANGED = 10  # nothing: 0
    STATEMENT_ISSUED = 11  # it has `statement_id` instead
    POINTS_CARRIED_OVER = 12  # the opening
    REWARD_CLAIMED = 13  # the claim, and the redemption that it is
    CLAIM_CHANGED = 14  # the claim
    SPENDING_BLOCKED = 15  # nothing: 0
    PACKS_RUN_LOW = 30  # nothing: of `partner_id`
    CREDIT_RUNS_LOW = 31  # nothing: of `partner_id`
    DIFFERENCES_OVERDUE = 32  # nothing: of `partner_id`, some of which nobody had looked after
    # These have `subject_id` instead, which names the dispute.
    DISPUTE_OPENED = 40
    DISPUTE_ANSWERED = 41
    DISPUTE_DECIDED = 42
    DISPUTE_WITHDRAWN = 43
    DISPUTE_DUE_SOON = 44
    # And here the payment.
    PAYMENT_FAILED = 50
    PAYMENT_IN_QUESTION = 51
    # Of members alone: no brand is told.
    POINTS_PASSED_ON = 60  # the entry with which they left
    POINTS_RECEIVED = 61  # the entry that made their lot
    POINTS_BROUGHT_BACK = 62  # the entry with which they came back
    # And here the missing purchase.
    MISSING_REPORTED = 65
    MISSING_CHANGED = 66


# What passes from member to member: no brand and no brand's server is told.
OF_MEMBERS_ALONE = frozenset(
    {EventKind.POINTS_PASSED_ON, EventKind.POINTS_RECEIVED, EventKind.POINTS_BROUGHT_BACK}
)


@dataclass(frozen=True, slots=True, order=True)
class FeedPlace:
    """Where a reader of the feed stands: after this event."""

    transaction_id: int
    id: int


BEGINNING = FeedPlace(0, 0)


@dataclass(frozen=True, slots=True)
class Event:
    """`partner_id`: the partner whose act it was, or whose points ended; None: the operator.

    `client_id` and `request_id` are None for what time has done.
    """

    place: FeedPlace
    kind: EventKind
    partner_id: int | None
    member_id: int | None
    seq: int | None
    statement_id: int | None
    subject_id: int | None
    client_id: str | None
    request_id: UUID | None
    recorded_at: datetime


async def events_after(database: Database, place: FeedPlace, *, limit: int) -> list[Event]:
    """The next events of everybody, oldest first. Raises `Unavailable`."""
    rows = await database.call("next_events", place.transaction_id, place.id, limit)
    return [_event(row) for row in rows]


async def last_place(database: Database) -> FeedPlace:
    """Where a reader starts who wants only what is still to come. Raises `Unavailable`."""
    rows = await database.call("last_event")
    return FeedPlace(rows[0]["transaction_id"], rows[0]["id"]) if rows else BEGINNING


async def events_of_request(connection: AsyncConnection, request_id: UUID) -> list[Event]:
    """What one request posted, as far as the connection may see it."""
    began = datetime.fromtimestamp((request_id.int >> 80) / 1000, UTC)
    number = sa.cast(sa.cast(event.c.transaction_id, sa.Text), sa.BigInteger)
    rows = await connection.execute(
        sa.select(number.label("transaction_id"), *list(event.c)[1:])
        .where(
            event.c.request_id == request_id,
            event.c.recorded_at.between(began - _LONGEST_REQUEST, began + _LONGEST_REQUEST),
        )
        .order_by(event.c.transaction_id, event.c.id)
    )
    return [_event(row) for row in rows.mappings()]


def _event(row: "Record | sa.RowMapping") -> Event:
    return Event(
        place=FeedPlace(row["transaction_id"], row["id"]),
        kind=EventKind(row["kind"]),
        partner_id=row["partner_id"],
        member_id=row["member_id"],
        seq=row["seq"],
        statement_id=row["statement_id"],
        subject_id=row["subject_id"],
        client_id=row["client_id"],
        request_id=row["request_id"],
        recorded_at=row["recorded_at"],
    )
