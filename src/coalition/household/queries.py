"""A household as one of it may see it."""

from dataclasses import dataclass
from datetime import date, datetime

from coalition.household.roles import Role
from coalition.kit.database import Database
from coalition.ledger import Kind

_SIGNS = {Kind.AWARD: 1, Kind.AWARD_REVERSAL: -1, Kind.REDEMPTION: -1, Kind.REDEMPTION_REVERSAL: 1}


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody in a household. `spendable`: what it has in the pool now; `earned` and `spent`:
    since it came. None: not for who asks.
    """

    id: int
    is_self: bool
    name: str | None
    card_end: str | None
    role: Role
    joined_at: datetime
    spendable: int | None
    earned: int | None
    spent: int | None


@dataclass(frozen=True, slots=True)
class Household:
    """`stays` in the order in which they came, the one of who asks among them."""

    id: int
    founded_at: datetime
    stays: tuple[Stay, ...]

    @property
    def own(self) -> Stay:
        return next(stay for stay in self.stays if stay.is_self)

    @property
    def pooled(self) -> int:
        """What who asks may spend of all this."""
        if self.own.role in {Role.OWNER, Role.SPENDER}:
            return sum(stay.spendable or 0 for stay in self.stays)
        return self.own.spendable or 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """`is_own`: it is for who asks; else its household has sent it. `shown`: the end of the card's
    number that was named. `members`: how many are there already.
    """

    id: int
    is_own: bool
    shown: str
    role: Role
    invited_at: datetime
    expires_at: datetime
    inviter: str | None
    members: int


@dataclass(frozen=True, slots=True)
class Movement:
    """Points that one of a household earned or spent, signed."""

    stay_id: int
    is_self: bool
    name: str | None
    kind: Kind
    points: int
    occurred_at: datetime


async def household_of(
    database: Database, member_id: int, *, now: datetime, today: date
) -> Household | None:
    """None: it is in none."""
    rows = [dict(row) for row in await database.call("household_of", member_id, now, today)]
    if not rows:
        return None
    household_id, founded_at = rows[0]["household_id"], rows[0]["founded_at"]
    stays = tuple(
        Stay(
            id=row["stay_id"],
            is_self=row["is_self"],
            name=row["name"],
            card_end=row["card_end"],
            role=Role(row["role"]),
            joined_at=row["joined_at"],
            spendable=row["spendable"],
            earned=row["earned"],
            spent=row["spent"],
        )
        for row in rows
    )
    return Household(household_id, founded_at, stays)


async def movements_of(database: Database, member_id: int, *, limit: int) -> list[Movement]:
    """The last ones of its household, the newest first."""
    rows = await database.call("household_movements", member_id, limit)
    return [
        Movement(
            row["stay_id"],
            row["is_self"],
            row["name"],
            Kind(row["kind"]),
            _SIGNS[Kind(row["kind"])] * row["points"],
            row["occurred_at"],
        )
        for row in rows
    ]


async def invitations_of(database: Database, member_id: int, *, now: datetime) -> list[Invitation]:
    """Those for the member, and those that its household has sent; open ones only."""
    rows = await database.call("household_invitations", member_id, now)
    return [Invitation(**dict(row) | {"role": Role(row["role"])}) for row in rows]


async def free_from(database: Database, member_id: int) -> datetime | None:
    """From when on a member that left a household may be in one again; None: it never left one."""
    (row,) = await database.call("household_free_from", member_id)
    found: datetime | None = row["free_from"]
    return found


async def spendable_of(database: Database, member_id: int, *, now: datetime, today: date) -> int:
    """What it may spend now: its own points, and those that its household lets it spend."""
    (row,) = await database.call("spendable_of", member_id, now, today)
    points: int = row["points"]
    return points
