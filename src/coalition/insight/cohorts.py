"""How many of the points of each earn month will ever be spent. Pure arithmetic, exact.

A cohort is all points earned in one month. What of it has been spent by the end of each whole
month since then is developed to its ultimate by the chain ladder: between two ages, all cohorts
that are old enough together show by which factor more is spent (volume-weighted). Source: T. Mack,
Distribution-free Calculation of the Standard Error of Chain Ladder Reserve Estimates, ASTIN
Bulletin 23 (1993).

A cohort of which nothing is spent yet has nothing to develop: it gets what the others show for
their part, by the method of Bornhuetter and Ferguson (1972) with the prior of Cape Cod. Beyond
the oldest age that was seen, nothing is expected.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from coalition.ledger.cohorts import CohortRoll

_MONTHS_OF_YEAR = 12
# Seen for less than a year, the share of points that is never spent is not known.
FEWEST_MONTHS = 12
_ONE = Fraction(1)
_NOTHING = Fraction(0)


class RateSource(StrEnum):
    """Where a redemption rate comes from."""

    GIVEN = "GIVEN"  # by who asks, for what is outstanding
    AGREED = "AGREED"  # by the partners' file, for what was issued
    ESTIMATED = "ESTIMATED"  # from the cohorts


@dataclass(frozen=True, slots=True)
class Cohort:
    """The points of one earn month up to an instant. `base` is what was given for good: issued,
    less what returns and debts took back. `ended`: expired unspent.
    """

    earned_in: date
    base: int
    redeemed: int
    ended: int

    @property
    def outstanding(self) -> int:
        return self.base - self.redeemed - self.ended


@dataclass(frozen=True, slots=True)
class Outlook:
    """A cohort and the points of it that are expected still to be spent."""

    cohort: Cohort
    expected: Fraction

    @property
    def ultimate_rate(self) -> Fraction:
        """The share of the base that is spent in the end (URR)."""
        if self.cohort.base <= 0:
            return _NOTHING
        return (self.cohort.redeemed + self.expected) / self.cohort.base

    @property
    def remaining_rate(self) -> Fraction:
        """The share of what is outstanding that is still to be spent."""
        if self.cohort.outstanding <= 0:
            return _NOTHING
        return self.expected / self.cohort.outstanding


def cohorts_of(rolls: Iterable[CohortRoll]) -> list[Cohort]:
    """By earn month, oldest first."""
    sums: dict[date, Counter[str]] = {}
    for one in rolls:
        own = sums.setdefault(one.earned_in, Counter())
        own["base"] += one.issued + one.opened - one.returned - one.repaid
        own["redeemed"] += one.redeemed - one.refunded
        own["ended"] += one.expired
    return [
        Cohort(month, own["base"], own["redeemed"], own["ended"])
        for month, own in sorted(sums.items())
    ]


def given(cohorts: Iterable[Cohort], rate: Fraction) -> list[Outlook]:
    """`rate` of what is outstanding is still to be spent."""
    return [Outlook(one, rate * max(one.outstanding, 0)) for one in cohorts]


def agreed(cohorts: Iterable[Cohort], rate: Fraction) -> list[Outlook]:
    """`rate` of what was issued is spent in the end."""
    return [_up_to(one, rate * one.base) for one in cohorts]


def months_seen(cohorts: Iterable[Cohort], running: date) -> int:
    """For how many whole months the oldest cohort has been seen, before the month `running`."""
    return max((months_between(one.earned_in, running) for one in cohorts), default=0)


def estimated(rolls: Iterable[CohortRoll], running: date) -> list[Outlook] | None:
    """By the chain ladder; `running` is the month that is not whole yet, and does not count for
    the development. None: nothing has been spent in any whole month.
    """
    known = list(rolls)
    cohorts = cohorts_of(known)
    spent = _developed(known, cohorts, running)
    ages = {one.earned_in: months_between(one.earned_in, running) - 1 for one in cohorts}
    shares = _shares_developed(spent, max(ages.values(), default=-1))
    exposed = sum(
        (one.base * shares[ages[one.earned_in]] for one in cohorts if ages[one.earned_in] >= 0),
        _NOTHING,
    )
    seen = sum(own[-1] for own in spent.values() if own)
    if exposed <= 0 or seen <= 0:
        return None
    prior = min(seen / exposed, _ONE)
    found = []
    for one in cohorts:
        own = spent[one.earned_in]
        share = shares[ages[one.earned_in]] if own else _NOTHING
        latest = own[-1] if own else 0
        if latest > 0 and share > 0:
            ultimate = latest / share
        else:
            ultimate = one.redeemed + one.base * prior * (1 - share)
        found.append(_up_to(one, ultimate))
    return found


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def months_between(earlier: date, later: date) -> int:
    """From one month to another; below zero when it lies before."""
    return (later.year - earlier.year) * _MONTHS_OF_YEAR + later.month - earlier.month


def _up_to(cohort: Cohort, ultimate: Fraction) -> Outlook:
    """What is missing to `ultimate`: not below nothing, not more than there is."""
    missing = max(ultimate - cohort.redeemed, _NOTHING)
    return Outlook(cohort, min(missing, Fraction(max(cohort.outstanding, 0))))


def _developed(
    rolls: list[CohortRoll], cohorts: list[Cohort], running: date
) -> dict[date, list[int]]:
    """Points of each cohort spent by the end of each whole month since it was earned."""
    moved: Counter[tuple[date, int]] = Counter()
    for one in rolls:
        age = max(months_between(one.earned_in, one.used_in), 0)
        moved[one.earned_in, age] += one.redeemed - one.refunded
    found: dict[date, list[int]] = {}
    for cohort in cohorts:
        own: list[int] = []
        for age in range(months_between(cohort.earned_in, running)):
            own.append((own[-1] if own else 0) + moved[cohort.earned_in, age])
        found[cohort.earned_in] = own
    return found


def _shares_developed(spent: dict[date, list[int]], oldest: int) -> list[Fraction]:
    """The share of its ultimate that a cohort has reached at each age, from 0 on: one over the
    product of the factors that are still to come. Nothing before anything was spent.
    """
    shares = [_ONE]
    for age in range(oldest, 0, -1):
        both = [own for own in spent.values() if len(own) > age]
        now, before = sum(own[age] for own in both), sum(own[age - 1] for own in both)
        factor = Fraction(max(before, 0), now) if now > 0 else _NOTHING
        shares.append(min(shares[-1] * factor, _ONE))
    return shares[::-1]
