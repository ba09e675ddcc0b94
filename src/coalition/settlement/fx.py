"""From one currency to another at a dated rate: exact, then rounded once. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from coalition.kit.amounts import Money, exponent_of


@dataclass(frozen=True, slots=True)
class FxRate:
    """One unit of `base` is `rate` of `quote`, as `source` said it for the day `on_date`."""

    id: int
    source: str
    on_date: date
    base: str
    quote: str
    rate: Decimal


def converted(money: Money, currency: str, rate: FxRate) -> Money:
    """The same in `currency`, at a rate of that pair in either direction, rounded half-even.

    Raises `ValueError` for a rate of another pair.
    """
    return Money(round(exactly(money, currency, rate)), currency)


def exactly(money: Money, currency: str, rate: FxRate) -> Fraction:
    """The same in minor units of `currency`, before it is rounded."""
    if (money.currency, currency) == (rate.base, rate.quote):
        factor = Fraction(rate.rate)
    elif (money.currency, currency) == (rate.quote, rate.base):
        factor = 1 / Fraction(rate.rate)
    else:
        raise ValueError(f"A rate of {rate.base}/{rate.quote} for {money.currency} to {currency}.")
    decimals = exponent_of(currency) - exponent_of(money.currency)
    return money.minor * factor * Fraction(10) ** decimals
