"""Post the end of points whose last day has passed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from coalition.partners import Office

_MEMBERS_A_ROUND = 200


@dataclass(frozen=True, slots=True)
class Expired:
    lots: int
    points: int


async def expire_points(office: Office, *, now: datetime) -> AsyncIterator[Expired]:
    """Posts it member by member, a few hundred members in a transaction; yields what each did.

    Run again it finds nothing left to do; killed in the middle it goes on where it was.
    """
    programme = (await office.terms()).programme
    await office.open_periods([now])
    after = 0
    while True:
        (row,) = await office.database.call(
            "expire_points", after, _MEMBERS_A_ROUND, now, programme.today(now)
        )
        if row["last_member"] is None:
            return
        after = row["last_member"]
        yield Expired(row["lots"], row["points"])
