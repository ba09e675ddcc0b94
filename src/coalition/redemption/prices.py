"""What may be spent, and what it is worth. Pure arithmetic."""

from datetime import timedelta

from coalition.kit.amounts import LARGEST, AmountNotPositive, Money, priced
from coalition.partners.terms import Agreement, Programme
from coalition.redemption.errors import BelowMinimum, HoldTimeNotAllowed

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


def reimbursed(agreement: Agreement, points: int, currency: str) -> Money:
    """What the partner is paid for points spent with it, by itself; statements round per line."""
    return priced(points, agreement.redeem_price, currency)
