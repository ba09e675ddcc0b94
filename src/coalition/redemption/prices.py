"""What may be spent, and what it is worth. Pure arithmetic."""

import math
from datetime import timedelta
from fractions import Fraction

from coalition.kit.amounts import LARGEST, AmountNotPositive, Money, priced
from coalition.partners.terms import Agreement, Programme
from coalition.redemption.errors import BelowMinimum, HoldTimeNotAllowed, PriceNotKnown

LONGEST_HOLD = timedelta(days=7)


def spendable(agreement: Agreement, points: int) -> None:
    """Pass when `points` may be spent at once. Raises `AmountNotPositive`, `BelowMinimum`."""
    if not 0 < points <= LARGEST:
        raise AmountNotPositive(
            f"points must be more than nothing, not {points}.", field=("points",)
        )
    if points < agreement.minimum_redemption:
        raise BelowMinimum(
            f"At least {agreement.minimum_redemption} points are spent at once here, not {points}.",
            field=("points",),
        )


def hold_time(programme: Programme, seconds: int | None) -> timedelta:
    """How long a hold lasts. Raises `HoldTimeNotAllowed`."""
    if seconds is None:
        return timedelta(seconds=programme.hold_seconds)
    if not 1 <= seconds <= LONGEST_HOLD.total_seconds():
        raise HoldTimeNotAllowed(
            f"A hold lasts 1 to {int(LONGEST_HOLD.total_seconds())} seconds, not {seconds}.",
            field=("expiresInSeconds",),
        )
    return timedelta(seconds=seconds)


def points_for(programme: Programme, price: Money) -> int:
    """The fewest points that are worth `price` to a member, at the programme's point value.

    Raises `AmountNotPositive`, and `PriceNotKnown` in another currency than the point's.
    """
    if price.minor <= 0:
        raise AmountNotPositive(
            f"amount must be more than nothing, not {price}.", field=("amount",)
        )
    if price.currency != programme.currency:
        raise PriceNotKnown(
            f"A point's value is said in {programme.currency}, not in {price.currency}:"
            " send points.",
            field=("amount",),
        )
    worth = Fraction(programme.point_value)
    return math.ceil(Fraction(price.amount) / worth)


def reimbursed(agreement: Agreement, points: int, currency: str, cost: int | None = None) -> Money:
    """What the partner is paid for points spent with it, by itself; statements round per line.
    `cost`: of a reward with its own, in minor units.
    """
    if cost is not None:
        return Money(cost, currency)
    return priced(points, agreement.redeem_price, currency)
