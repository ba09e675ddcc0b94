"""What the pool has in each currency, what it lacks, and what its funds are worth in one. Pure.

Laws hold per currency. A total in one currency is a report: converting what moved and converting
what is there differ by what rounding leaves, and that is said by name instead of hidden.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from coalition.kit.amounts import Money
from coalition.settlement.fx import FxRate, converted


@dataclass(frozen=True, slots=True)
class Need:
    """The pool lacks `needed`; at `rate` that is `booked`."""

    needed: Money
    booked: Money
    rate: FxRate


@dataclass(frozen=True, slots=True)
class Fund:
    """The pool in all its currencies, in one: before a period, by what moved in it, afterwards.

    `rounding` is what is left between the two ways to the last figure: after - (before + moved).
    """

    before: Money
    moved: Money
    after: Money

    @property
    def rounding(self) -> Money:
        left = self.after.minor - self.before.minor - self.moved.minor
        return Money(left, self.after.currency)


def needs(
    before: Mapping[str, int], moved: Mapping[str, int], currency: str, rates: Mapping[str, FxRate]
) -> list[Need]:
    """What has to be bought, per currency other than `currency`; minor units by currency."""
    found = []
    for other in sorted((before.keys() | moved.keys()) - {currency}):
        there = before.get(other, 0) + moved.get(other, 0)
        if there < 0:
            needed = Money(-there, other)
            found.append(Need(needed, converted(needed, currency, rates[other]), rates[other]))
    return found


def fund_in(
    before: Mapping[str, int], moved: Mapping[str, int], currency: str, rates: Mapping[str, FxRate]
) -> Fund:
    """The pool in one currency, each of its own converted and rounded by itself."""

    def total(minor: Mapping[str, int]) -> Money:
        return Money(
            sum(
                amount
                if other == currency
                else converted(Money(amount, other), currency, rates[other]).minor
                for other, amount in minor.items()
            ),
            currency,
        )

    after = {
        other: before.get(other, 0) + moved.get(other, 0) for other in before.keys() | moved.keys()
    }
    return Fund(total(before), total(moved), total(after))
