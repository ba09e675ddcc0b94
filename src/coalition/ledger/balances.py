"""What a member has: now, at a past instant, and until when."""

from dataclasses import dataclass
from datetime import date, datetime

from coalition.kit.database import Database


@dataclass(frozen=True, slots=True)
class Balance:
    """Whole points. `available` may be spent now; `owed` is a debt that new points pay first."""

    available: int
    pending: int
    held: int
    owed: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class ExpiringPoints:
    """`points` may be spent until the end of the day `on`."""

    on: date
    points: int


@dataclass(frozen=True, slots=True)
class PendingPoints:
    """`points` may be spent from `spendable_from` on."""

    spendable_from: datetime
    points: int


async def balance_of(database: Database, member_id: int, *, now: datetime, today: date) -> Balance:
    """The balance at `now`; `today` is that moment's date in the programme's zone."""
    (row,) = await database.call("balance_of", member_id, now, today)
    return Balance(row["available"], row["pending"], row["held"], row["owed"], as_of=now)


async def balance_then(database: Database, member_id: int, *, at: datetime, day: date) -> Balance:
    """The balance at a past instant, replayed from what had been recorded by then."""
    (row,) = await database.call("balance_then", member_id, at, day)
    return Balance(row["available"], row["pending"], row["held"], row["owed"], as_of=at)


async def expiring_points(
    database: Database, member_id: int, *, today: date
) -> list[ExpiringPoints]:
    """Every date on which points end, soonest first."""
    rows = await database.call("expiring_lots", member_id, today)
    return [ExpiringPoints(row["expires_on"], row["points"]) for row in rows]


async def pending_points(
    database: Database, member_id: int, *, now: datetime, today: date
) -> list[PendingPoints]:
    """Every moment at which points become spendable, soonest first."""
    rows = await database.call("pending_lots", member_id, now, today)
    return [PendingPoints(row["spendable_from"], row["points"]) for row in rows]
