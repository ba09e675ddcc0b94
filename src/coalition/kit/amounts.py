"""Points and money: whole numbers of the smallest unit, never floats.

Points are plain `int`s within a signed 64-bit integer. Money is a whole number of the
currency's minor unit together with the currency, because "12" alone is twelve cents to one
reader and twelve euros to another. Prices (money per point) are `Decimal`s with up to eight
decimals: they are multiplied exactly and rounded once, per statement line.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Self

from iso4217 import Currency

from coalition.kit.errors import Refusal

LARGEST = 2**63 - 1
# Wide enough that no product of a 64-bit number of points, a price and a share is ever inexact.
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


class AmountNotPositive(Refusal):
    """An amount of money or a number of points is zero or less."""

    code = "AMOUNT_NOT_POSITIVE"


class NotMoney(ValueError):
    """The amount cannot be said in the currency's minor unit."""


@lru_cache(maxsize=256)
def exponent_of(currency: str) -> int:
    """Decimals of a currency by ISO 4217: EUR 2, JPY 0, KWD 3.

    Raises `NotMoney` for a code that ISO 4217 does not list or that has no minor unit (gold).
    """
    try:
        exponent = Currency(currency).exponent
    except ValueError:
        exponent = None
    if exponent is None:
        raise NotMoney(f"{currency!r} is not a currency of ISO 4217 with a minor unit.")
    return int(exponent)


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole minor units of `currency`: Money(1999, "EUR") is 19.99 euros."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> Self:
        """The exact amount. Raises `NotMoney` when it has more decimals than the currency."""
        exponent = exponent_of(currency)
        minor = amount.scaleb(exponent, context=_EXACT)
        if minor != minor.to_integral_value():
            raise NotMoney(
                f"{amount} {currency} has more decimals than the currency has ({exponent})."
            )
        if abs(minor) > LARGEST:
            raise NotMoney(f"{amount} {currency} is larger than this system can hold.")
        return cls(int(minor), currency)

    @property
    def amount(self) -> Decimal:
        return Decimal(self.minor).scaleb(-exponent_of(self.currency), context=_EXACT)

    def __str__(self) -> str:
        return f"{self.amount:,} {self.currency}"


def priced(points: int, price: Decimal, currency: str, share: Decimal = Decimal(1)) -> Money:
    """`points` x `price` x `share`, rounded once, half-even, to the currency's minor unit.

    Source: ISO 80000-1 B.3 rule A (half to even).
    """
    exact = _EXACT.multiply(_EXACT.multiply(Decimal(points), price), share)
    minor = exact.scaleb(exponent_of(currency), context=_EXACT)
    return Money(int(minor.to_integral_value(rounding=ROUND_HALF_EVEN)), currency)


def shared(money: Money, share: Decimal) -> Money:
    """`money` x `share`, rounded once, half-even, to the currency's minor unit."""
    minor = _EXACT.multiply(Decimal(money.minor), share)
    return Money(int(minor.to_integral_value(rounding=ROUND_HALF_EVEN)), money.currency)
