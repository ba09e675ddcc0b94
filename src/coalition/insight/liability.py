"""What outstanding points will cost: points x share still to be spent x cost per point. Pure.

Exact until the total, which is rounded once, half-even; what each issuer stands for is shared out
of it by the largest remainder, so the parts sum to the total.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from coalition.insight.cohorts import Outlook
from coalition.kit.amounts import Money
from coalition.ledger.cohorts import CohortRoll
from coalition.ledger.shares import split

# Stands for the operator where parts are shared out: no partner has this number.
_OPERATOR = 0


@dataclass(frozen=True, slots=True)
class IssuerLiability:
    """Points that one issuer, or (None) the operator, stands for."""

    issuer_id: int | None
    outstanding: int
    expected: int
    amount: Money

    @property
    def rate(self) -> Fraction:
        """The share of what is outstanding that is expected to be spent."""
        return Fraction(self.expected, self.outstanding) if self.outstanding > 0 else Fraction(0)


@dataclass(frozen=True, slots=True)
class Liability:
    """`expected` of the outstanding points will be spent, at `cost` per point: that is `amount`.
    The rest is breakage. `of_pool` is the part that the pool must pay out of what it was paid when
    the points were given; the rest issuers pay when they are spent.
    """

    outstanding: int
    expected: int
    cost: Fraction
    amount: Money
    of_pool: Money
    breakage: Money
    issuers: tuple[IssuerLiability, ...]

    @property
    def rate(self) -> Fraction:
        return Fraction(self.expected, self.outstanding) if self.outstanding > 0 else Fraction(0)


def liability_of(
    rolls: Iterable[CohortRoll],
    outlooks: Sequence[Outlook],
    *,
    paid: Mapping[int, Decimal],
    relieved: Mapping[int, int],
    cost: Fraction,
    currency: str,
) -> Liability:
    """`rolls` are all that happened, `outlooks` what is expected of each earn month, `paid` the
    share of an agreement's price that is paid at issuance, `relieved` the points that corrections
    took off an issuer. `cost` is in minor units of `currency` per point.
    """
    rates = {one.cohort.earned_in: one.remaining_rate for one in outlooks}
    left, expected, funded = _by_issuer(rolls, rates, paid)
    shares: dict[int, tuple[int, Fraction]] = {}
    operator = (0, Fraction(0))
    for issuer, points in left.items():
        taken = min(relieved.get(issuer, 0), points)
        part = expected[issuer] * taken / points if points else Fraction(0)
        shares[issuer] = (points - taken, expected[issuer] - part)
        operator = (operator[0] + taken, operator[1] + part)
    if operator[0]:
        shares[_OPERATOR] = operator
    whole = sum(expected.values(), Fraction(0))
    amount = round(whole * cost)
    weights = {key: max(one[1], Fraction(0)) for key, one in shares.items()}
    amounts, points_of = split(amount, weights), split(round(whole), weights)
    outstanding = sum(left.values())
    return Liability(
        outstanding,
        round(whole),
        cost,
        Money(amount, currency),
        Money(round(funded * cost), currency),
        Money(round(outstanding * cost) - amount, currency),
        tuple(
            IssuerLiability(
                None if key == _OPERATOR else key, points, points_of.get(key, 0),
                Money(amounts.get(key, 0), currency),
            )
            for key, (points, _) in sorted(shares.items(), key=_operator_last)
        ),
    )  # fmt: skip


def cost_per_point(redeemed: Iterable[tuple[int, Fraction]]) -> Fraction | None:
    """Points spent and what was paid for them, in minor units of one currency: what one costs.
    None: none was spent.
    """
    points, paid = 0, Fraction(0)
    for one, money in redeemed:
        points += one
        paid += money
    return paid / points if points > 0 else None


def coverage(fund: Money, liability: Money) -> Fraction | None:
    """How often the fund holds what it must pay; None where it must pay nothing."""
    return Fraction(fund.minor, liability.minor) if liability.minor > 0 else None


def _by_issuer(
    rolls: Iterable[CohortRoll], rates: Mapping[date, Fraction], paid: Mapping[int, Decimal]
) -> tuple[dict[int, int], dict[int, Fraction], Fraction]:
    """Outstanding and expected points by issuer, and the expected ones that the pool pays."""
    left: dict[int, int] = {}
    expected: dict[int, Fraction] = {}
    funded = Fraction(0)
    for one in rolls:
        points = one.outstanding
        left[one.issuer_id] = left.get(one.issuer_id, 0) + points
        part = points * rates.get(one.earned_in, Fraction(0))
        expected[one.issuer_id] = expected.get(one.issuer_id, Fraction(0)) + part
        funded += part * Fraction(paid[one.agreement_id])
    return left, expected, funded


def _operator_last(item: tuple[int, object]) -> tuple[bool, int]:
    return item[0] == _OPERATOR, item[0]
