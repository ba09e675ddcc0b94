"""What happened, in order: one event for each posting, written in its transaction."""

from coalition.outbox.events import (
    BEGINNING,
    OF_MEMBERS_ALONE,
    Event,
    EventKind,
    FeedPlace,
    events_after,
    events_of_request,
    last_place,
)

__all__ = [
    "BEGINNING",
    "OF_MEMBERS_ALONE",
    "Event",
    "EventKind",
    "FeedPlace",
    "events_after",
    "events_of_request",
    "last_place",
]
