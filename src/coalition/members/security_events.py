"""What happened to a member's account, for the member: so that it notices what it has not done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coalition.access import WEB
from coalition.kit.database import Database


class SecurityEventKind(StrEnum):
    SIGNED_IN = "SIGNED_IN"
    PASSKEY_ADDED = "PASSKEY_ADDED"
    PROGRAM_ALLOWED = "PROGRAM_ALLOWED"
    SPENDING_LOCKED = "SPENDING_LOCKED"
    SPENDING_UNLOCKED = "SPENDING_UNLOCKED"
    SPENDING_CONFIRMED = "SPENDING_CONFIRMED"
    CARD_BLOCKED = "CARD_BLOCKED"
    CARD_REPLACED = "CARD_REPLACED"
    PAYMENT_CARD_LINKED = "PAYMENT_CARD_LINKED"
    PAYMENT_CARD_UNLINKED = "PAYMENT_CARD_UNLINKED"
    STATUS_CHANGED = "STATUS_CHANGED"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """`agent`: what the browser said that it is; None: it did not, or there was none."""

    kind: SecurityEventKind
    happened_at: datetime
    agent: str | None


async def security_events(database: Database, member_id: int, *, most: int) -> list[SecurityEvent]:
    """The latest first. A sign-in is known as long as its session is kept."""
    rows = await database.call("security_events", member_id, WEB, most)
    return [
        SecurityEvent(SecurityEventKind(row["kind"]), row["happened_at"], row["agent"])
        for row in rows
    ]
