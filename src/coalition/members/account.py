"""The account of a member: where it is reached, and whether it may spend just now."""

from dataclasses import dataclass
from datetime import datetime

from coalition.kit.database import Database


@dataclass(frozen=True, slots=True)
class MemberAccount:
    """`email` None: it has no login. `email_refused_at`: when its mail server last took nothing for
    it. `spend_paused_until`: nothing is spent before.
    """

    email: str | None
    email_refused_at: datetime | None
    spend_paused_until: datetime | None


async def account_of(database: Database, member_id: int) -> MemberAccount | None:
    """None for nobody. For the member itself and the operator. Raises `Unavailable`."""
    rows = await database.call("account_of", member_id)
    return MemberAccount(**dict(rows[0])) if rows else None
