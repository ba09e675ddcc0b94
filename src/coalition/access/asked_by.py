"""Which person asked. The books name the client and the request; a request names its person here.

Nothing is written for a client that acts for itself. No brand is shown any of it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coalition.access.actor import Actor
from coalition.kit.database import Database


@dataclass(frozen=True, slots=True)
class AskedBy:
    """`grant_id`: by which permission; None for what went on after its request."""

    login_id: int
    email: str
    grant_id: UUID | None
    at: datetime


async def note_person(database: Database, actor: Actor, *, now: datetime) -> None:
    """Before the request of a person does anything. Raises `Unavailable`."""
    if actor.login_id is not None:
        await database.call("note_person", actor.request_id, actor.login_id, actor.grant_id, now)


async def person_of_request(database: Database, request_id: UUID) -> AskedBy | None:
    """None for a request of a client for itself, and for one that did nothing."""
    rows = await database.call("person_of_request", request_id)
    return AskedBy(**rows[0]) if rows else None
