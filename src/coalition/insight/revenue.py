"""What the coalition has been paid for points and has not earned yet, by IFRS 15 (ASC 606). Pure.

What an issuer pays for points is split between the points and the service around them by their
stand-alone prices. The part of the points is a contract liability; it is earned as they are spent:
allocated x spent so far / expected to be spent in all, so what will never be spent (breakage) is
earned in step with what is (IFRS 15 B44-B47). A change of what is expected is caught up at once,
in the period in which it is known; what was allocated stays. Worked figures: KPMG, Revenue for
software and customers, questions 10A and 10B.

Exact for each agreement and earn month; an issuer's figures up to a date are rounded once, and a
period is the difference of two of them, so opening and movements always come to the closing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from coalition.kit.amounts import Money, exponent_of
from coalition.ledger.cohorts import CohortRoll
from coalition.partners.terms import Agreement, StandAlone

Rate = Callable[[date], Fraction]
_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Earned:
    """An issuer's figures up to a date, in minor units of its currency. `allocated` to points,
    `at_once`: earned when they were given, for the service; `given_back`: the issuer's share of
    what it paid for points that ended.
    """

    allocated: int = 0
    at_once: int = 0
    on_redemption: int = 0
    as_breakage: int = 0
    given_back: int = 0

    @property
    def liability(self) -> int:
        return self.allocated - self.on_redemption - self.as_breakage - self.given_back


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """An issuer's contract liability through a period:
    opening + issued - on_redemption - as_breakage - given_back = closing.
    """

    issuer_id: int
    opening: Money
    issued: Money
    on_redemption: Money
    as_breakage: Money
    given_back: Money
    closing: Money
    at_once: Money

    @property
    def recognised(self) -> Money:
        """What of the liability was earned in the period."""
        return Money(self.on_redemption.minor + self.as_breakage.minor, self.closing.currency)


def allocated_share(terms: StandAlone | None, rate: Fraction) -> Fraction:
    """The part of a price that is for the points, of which `rate` is expected to be spent; all of
    it where no service is priced.
    """
    if terms is None:
        return Fraction(1)
    points = Fraction(terms.point) * rate
    exact = points / (points + Fraction(terms.service)) if points else _NOTHING
    step = 10**terms.decimals
    return Fraction(round(exact * step), step)


def earned_by(
    rolls: Iterable[CohortRoll],
    agreements: Mapping[int, Agreement],
    currency: str,
    *,
    allocation: Rate,
    expected: Rate,
) -> Earned:
    """One issuer's figures. By earn month: `allocation` is the part of the price that is for the
    points, `expected` the share of what was issued that will be spent in all, as it is seen now.
    """
    sums: dict[tuple[int, date], list[int]] = {}
    for one in rolls:
        own = sums.setdefault((one.agreement_id, one.earned_in), [0, 0, 0])
        own[0] += one.issued + one.opened - one.returned - one.repaid
        own[1] += one.redeemed - one.refunded
        own[2] += one.expired
    whole = [_NOTHING] * 5
    scale = Fraction(10) ** exponent_of(currency)
    for (number, month), (base, redeemed, ended) in sums.items():
        agreement = agreements[number]
        paid = Fraction(agreement.issue_price) * Fraction(agreement.paid_at_issuance) * scale
        parts = _parts(
            paid, allocation(month), Fraction(agreement.breakage_share),
            (base, redeemed, ended), expected(month),
        )  # fmt: skip
        whole = [one + part for one, part in zip(whole, parts, strict=True)]
    allocated, at_once, on_redemption, recognised, given_back = (round(one) for one in whole)
    return Earned(allocated, at_once, on_redemption, recognised - on_redemption, given_back)


def revenue_row(issuer_id: int, currency: str, before: Earned, now: Earned) -> RevenueRow:
    """A period, from the figures up to its beginning and up to its end."""

    def money(minor: int) -> Money:
        return Money(minor, currency)

    return RevenueRow(
        issuer_id,
        opening=money(before.liability),
        issued=money(now.allocated - before.allocated),
        on_redemption=money(now.on_redemption - before.on_redemption),
        as_breakage=money(now.as_breakage - before.as_breakage),
        given_back=money(now.given_back - before.given_back),
        closing=money(now.liability),
        at_once=money(now.at_once - before.at_once),
    )


def as_decimal(share: Fraction, places: int = 6) -> Decimal:
    """A share as it is shown: rounded half-even."""
    exact = Decimal(share.numerator) / Decimal(share.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _parts(
    paid: Fraction,
    allocation: Fraction,
    given_back_share: Fraction,
    points: tuple[int, int, int],
    expected: Fraction,
) -> tuple[Fraction, Fraction, Fraction, Fraction, Fraction]:
    """Allocated, at once, on redemption, recognised in all, given back; of one agreement and earn
    month with `points` (base, redeemed, ended), each of which was paid with `paid`.
    """
    base, redeemed, ended = points
    price = paid * allocation
    given_back = min(ended * paid * given_back_share, ended * price)
    allocated = base * price
    left = base - redeemed - ended
    in_all = max(expected * base, Fraction(redeemed))
    progress = Fraction(1) if left <= 0 or in_all <= 0 else Fraction(redeemed) / in_all
    recognised = max(allocated - given_back, _NOTHING) * progress
    on_redemption = min(redeemed * price, recognised)
    return allocated, base * (paid - price), on_redemption, recognised, given_back
