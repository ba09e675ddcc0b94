"""Post the end of points whose last day has passed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from coalition.kit.database import EVERYTHING
from coalition.ledger import days_ended
from coalition.partners import Office

_MEMBERS_A_ROUND = 200


@dataclass(frozen=True, slots=True)
class Expired:
    lots: int
    points: int


async def expire_points(office: Office, *, now: datetime) -> AsyncIterator[Expired]:
    """Posts it member by member, a few hundred members in a transaction; yields what each did.

    Points end with their last day, in the period of that day while it is open: a late run posts
    what an early one would have. Run again it finds nothing left to do; killed in the middle it
    goes on where it was.
    """
    programme = (await office.terms()).programme
    today = programme.today(now)
    async with office.database.reading(EVERYTHING) as connection:
        days = await days_ended(connection, today)
    await office.open_periods([*map(programme.end_of, days), now])
    after = 0
    while True:
        (row,) = await office.database.call("expire_points", after, _MEMBERS_A_ROUND, today)
        if row["last_member"] is None:
            return
        after = row["last_member"]
        yield Expired(row["lots"], row["points"])
