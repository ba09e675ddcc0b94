"""A copy of everything about a member, for the member (GDPR, articles 15 and 20): asked for, made
by the worker, fetched for a while with the member's own token.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import uuid4

from coalition.access import Actor, Scope, acting_member
from coalition.kit.database import Database
from coalition.partners import Office
from coalition.privacy.archive import archive_of, sections_of
from coalition.privacy.errors import CopyNotFound

_LEASE: Final = timedelta(minutes=5)


class CopyState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CopyRecord:
    id: int
    state: CopyState
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    fetched_at: datetime | None


async def ask_for_copy(office: Office, *, actor: Actor, now: datetime) -> CopyRecord:
    """One at a time: while one waits, it is that one."""
    member_id = acting_member(actor, Scope.MEMBER_MANAGE)
    (row,) = await office.database.call("ask_for_copy", member_id, now)
    return CopyRecord(**dict(row) | {"state": CopyState(row["state"])})


async def copies_of(database: Database, *, actor: Actor) -> list[CopyRecord]:
    """The member's own, the newest first."""
    member_id = acting_member(actor, Scope.MEMBER_READ, Scope.MEMBER_MANAGE)
    rows = await database.call("copies_of", member_id)
    return [CopyRecord(**dict(row) | {"state": CopyState(row["state"])}) for row in rows]


async def fetch_copy(database: Database, *, actor: Actor, copy_id: int, now: datetime) -> bytes:
    """A ZIP archive. Another member's, an unknown one and an old one are alike: `CopyNotFound`."""
    member_id = acting_member(actor, Scope.MEMBER_MANAGE)
    rows = await database.call("fetch_copy", member_id, copy_id, now)
    if not rows:
        raise CopyNotFound("There is no such copy. Ask for a new one.")
    content: bytes = rows[0]["content"]
    return content


async def make_copy(office: Office, *, now: datetime, keep: timedelta) -> bool:
    """Make one that waits; whether there was one. Any number of workers may. Raises
    `Unavailable`.
    """
    lease = uuid4()
    rows = await office.database.call("claim_copy", lease, now, now + _LEASE)
    if not rows:
        return False
    terms = await office.terms()
    sections = await sections_of(office.database, rows[0]["member_id"], terms)
    await office.database.call(
        "finish_copy", rows[0]["id"], lease, archive_of(sections, terms.programme.name, now), now,
        now + keep,
    )  # fmt: skip
    return True
