"""What happens when: which receipt comes back, who spends how much where. Pure decisions.

Nothing is left to chance: what looks like it follows from a hash of the receipt or of the member,
so every run of the same file comes to the same points, flows and statements.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b

from coalition.demo.receipts import Receipt

ENOUGH_TO_SPEND = 500
STEP = 100
_DAYS_OF_WEEK = 7
_RETURNS_OF_HUNDRED = 3
_EVERY_RELEASED = 15
_EVERY_CAPTURED = 10
_EVERY_REFUNDED = 20
_REFUNDED_AT = 7
_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Week:
    """Up to seven days of one month. `closes_month`: the last of a month that is all there."""

    month: str
    starts_at: datetime
    ends_at: datetime
    closes_month: bool


@dataclass(frozen=True, slots=True)
class Return:
    """A purchase that comes back; `cents` None: all of it."""

    receipt: Receipt
    cents: int | None
    at: datetime


@dataclass(slots=True)
class Member:
    """What the demo knows of a household: its own tally of the points, and its last purchase."""

    card: str
    brand: str
    last_at: datetime
    points: int = 0


class Way(Enum):
    REDEEM = "redeem"
    CAPTURE = "hold, then capture a part"
    RELEASE = "hold, then release"


@dataclass(frozen=True, slots=True)
class Spend:
    """`captured`: of a hold. `refunded`: points given back at `refunded_at`, mostly none."""

    number: int
    brand: str
    points: int
    at: datetime
    way: Way
    captured: int
    refunded: int
    refunded_at: datetime


def card_of(household: str) -> str:
    return f"9840-{household:0>8}"


def weeks_between(first: datetime, last: datetime) -> Iterator[Week]:
    """The weeks from the month of `first` to `last`, cut at the end of each month.

    A month is all there when `last` is on its last day or later.
    """
    day = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    while day <= last:
        length = monthrange(day.year, day.month)[1]
        days = min(_DAYS_OF_WEEK, length - day.day + 1)
        # Local midnights: a day on which the clocks change is not 24 hours long.
        after = day + timedelta(days=days)
        whole = after.day == 1 and last.date() >= (after - timedelta(days=1)).date()
        yield Week(f"{day:%Y-%m}", day, after, whole)
        day = after


def return_of(receipt: Receipt, last: datetime) -> Return | None:
    """Three of a hundred purchases come back within a week, every other one only in part."""
    chosen = _hash("return", receipt.brand, receipt.number)
    if chosen % 100 >= _RETURNS_OF_HUNDRED:
        return None
    rest = chosen // 100
    later = timedelta(days=1 + rest % 6, minutes=rest // 6 % 600)
    part = max(receipt.cents * (25 + rest // 8 % 50) // 100, 1)
    in_part = rest % 2 == 1 and part < receipt.cents
    return Return(receipt, part if in_part else None, min(receipt.at + later, last))


def spend_of(
    member: Member, number: int, brands: Sequence[str], week: Week, last: datetime
) -> Spend | None:
    """What a member with enough points spends in this week; `number` counts all spends from 1.

    It goes to another brand than the one it was at last, when there is one.
    """
    if member.points < ENOUGH_TO_SPEND:
        return None
    chosen = _hash("spend", member.card, week.starts_at.date())
    elsewhere = [brand for brand in brands if brand != member.brand] or [member.brand]
    points = (member.points // STEP - chosen % 3) * STEP
    if number % _EVERY_RELEASED == 0:
        way = Way.RELEASE
    elif number % _EVERY_CAPTURED == 0:
        way = Way.CAPTURE
    else:
        way = Way.REDEEM
    refunded = 0
    if number % _EVERY_REFUNDED == _REFUNDED_AT:
        refunded = points if number % (2 * _EVERY_REFUNDED) == _REFUNDED_AT else points // 2
    end = min(week.ends_at - _A_SECOND, last)
    at = min(member.last_at + timedelta(minutes=10 + chosen // 7 % 300), end)
    return Spend(
        number=number,
        brand=elsewhere[chosen // 3 % len(elsewhere)],
        points=points,
        at=at,
        way=way,
        captured=max(points // STEP * 3 // 4, 1) * STEP,
        refunded=refunded,
        refunded_at=min(at + timedelta(hours=20), end),
    )


def _hash(*what: object) -> int:
    digest = blake2b("/".join(map(str, what)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
