"""What outstanding points will cost, and whether the pool has it: read at an instant."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from coalition.access import Actor, Scope, require
from coalition.insight.cohorts import (
    Outlook,
    RateSource,
    agreed,
    cohorts_of,
    estimated,
    given,
    months_seen,
)
from coalition.insight.errors import RedemptionRateNotValid, RedemptionRateUnknown
from coalition.insight.liability import Liability, cost_per_point, coverage, liability_of
from coalition.insight.standing import Moment, Standing, moment_of, standing_at
from coalition.kit.amounts import Money
from coalition.kit.database import EVERYTHING
from coalition.partners import Office, Programme
from coalition.settlement import FxRate, exactly, rates_into
from coalition.settlement.office import require_operator

# With fewer, the mean price that redeemers are paid would tell a brand another one's.
FEWEST_REDEEMERS = 3


class CostSource(StrEnum):
    """Where the cost of a point comes from."""

    YEAR = "YEAR"  # what redeemers were paid in the twelve months before
    POINT_VALUE = "POINT_VALUE"  # the programme's, as nothing was spent in them


@dataclass(frozen=True, slots=True)
class LiabilityReport:
    """`months`: for how many whole months the oldest points have been seen. `tells_cost`: whether
    its amounts are for whoever asks: those of all brands are never told with a partner's.
    """

    moment: Moment
    source: RateSource
    months: int
    outlooks: tuple[Outlook, ...]
    cost_source: CostSource
    liability: Liability
    tells_cost: bool


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """The pool's `funds` by currency, and what they are in the programme's at the day's rates;
    `ratio` of it to what the pool must pay: None where that is nothing.
    """

    report: LiabilityReport
    funds: tuple[Money, ...]
    fund: Money
    ratio: Fraction | None
    floor: Decimal | None

    @property
    def is_below_floor(self) -> bool:
        """Law I14: the pool holds at least `floor` per unit of what it must pay."""
        return self.floor is not None and self.ratio is not None and self.ratio < self.floor


async def liability_at(
    office: Office,
    *,
    actor: Actor,
    now: datetime,
    as_of: datetime | None = None,
    remaining_rate: Decimal | None = None,
) -> LiabilityReport:
    """What members may still spend and what that will cost: the operator all, a partner what it
    stands for itself. `remaining_rate` is the share of it that will be spent; None: as agreed in
    the partners' file, or else estimated.

    Raises `NotAllowed`, `NotInTheFuture`, `RedemptionRateNotValid`, `RedemptionRateUnknown`,
    `FxRateMissing`.
    """
    require(actor, Scope.SETTLEMENT_READ, Scope.OPERATOR_READ)
    moment = await moment_of(office, as_of=as_of, now=now)
    standing = await standing_at(office, moment)
    rates = await _rates(office, standing, {one.redeemed.currency for one in standing.traffic
                                            if one.redeemed.minor})  # fmt: skip
    report = _report(standing, rates, remaining_rate)
    return report if actor.partner_id is None else _of_issuer(standing, report, actor.partner_id)


async def coverage_at(
    office: Office,
    *,
    actor: Actor,
    now: datetime,
    as_of: datetime | None = None,
    remaining_rate: Decimal | None = None,
) -> CoverageReport:
    """The pool's funds against what it must pay. Raises what `liability_at` does."""
    require_operator(actor, Scope.OPERATOR_READ)
    moment = await moment_of(office, as_of=as_of, now=now)
    standing = await standing_at(office, moment)
    funds = [Money(minor, one) for one, minor in sorted(standing.pool.items()) if minor]
    paid = {one.redeemed.currency for one in standing.traffic if one.redeemed.minor}
    rates = await _rates(office, standing, paid | {one.currency for one in funds})
    report = _report(standing, rates, remaining_rate)
    programme = standing.terms.programme
    fund = Money(
        sum(round(_minor(one, programme.currency, rates)) for one in funds), programme.currency
    )
    return CoverageReport(
        report,
        tuple(funds),
        fund,
        coverage(fund, report.liability.of_pool),
        programme.coverage_floor,
    )


def agreed_rate(programme: Programme, day: date) -> Fraction | None:
    """The share of issued points that is expected to be spent, as it was agreed by a day."""
    found = [one.rate for one in programme.redemption_rates if one.valid_from <= day]
    return Fraction(found[-1]) if found else None


def checked_rate(rate: Decimal | None) -> Fraction | None:
    """Raises `RedemptionRateNotValid`."""
    if rate is None:
        return None
    if not rate.is_finite() or not 0 <= rate <= 1:
        raise RedemptionRateNotValid(
            f"A rate is between 0 and 1, not {rate}: 0.85 means 85 %.", field=("remainingRate",)
        )
    return Fraction(rate)


def _report(
    standing: Standing, rates: dict[str, FxRate], remaining_rate: Decimal | None
) -> LiabilityReport:
    terms, moment = standing.terms, standing.moment
    source, outlooks = _outlooks(standing, checked_rate(remaining_rate))
    currency = terms.programme.currency
    paid = [
        (one.redeemed_points, _minor(one.redeemed, currency, rates)) for one in standing.traffic
    ]
    cost, cost_source = cost_per_point(paid), CostSource.YEAR
    if cost is None:
        unit = Money.of(Decimal(1), currency).minor
        cost, cost_source = Fraction(terms.programme.point_value) * unit, CostSource.POINT_VALUE
    found = liability_of(
        standing.rolls,
        outlooks,
        paid={
            agreement.id: agreement.paid_at_issuance
            for partner in terms.partners
            for agreement in partner.agreements
        },
        relieved=standing.relieved,
        cost=cost,
        currency=currency,
    )
    cohorts = [one.cohort for one in outlooks]
    months = months_seen(cohorts, moment.running)
    return LiabilityReport(
        moment, source, months, tuple(outlooks), cost_source, found, tells_cost=True
    )


def _outlooks(
    standing: Standing, remaining_rate: Fraction | None
) -> tuple[RateSource, list[Outlook]]:
    cohorts = cohorts_of(standing.rolls)
    if remaining_rate is not None:
        return RateSource.GIVEN, given(cohorts, remaining_rate)
    by_contract = agreed_rate(standing.terms.programme, standing.moment.day)
    if by_contract is not None:
        return RateSource.AGREED, agreed(cohorts, by_contract)
    found = estimated(standing.rolls, standing.moment.running)
    if found is None and any(one.outstanding > 0 for one in cohorts):
        raise RedemptionRateUnknown(
            f"By {standing.moment.day} nothing had been spent in any whole month: give a rate, or"
            " agree redemption_rates in the partners' file.",
            field=("remainingRate",),
        )
    return RateSource.ESTIMATED, found or []


def _of_issuer(standing: Standing, report: LiabilityReport, partner_id: int) -> LiabilityReport:
    """What a partner may know of it: its own points, and what they cost where that tells nobody
    else's price. The earn months are those of all brands: it is not told of them.
    """
    own = tuple(one for one in report.liability.issuers if one.issuer_id == partner_id)
    nothing = Money(0, report.liability.amount.currency)
    liability = replace(
        report.liability,
        outstanding=sum(one.outstanding for one in own),
        expected=sum(one.expected for one in own),
        amount=own[0].amount if own else nothing,
        of_pool=nothing,
        breakage=nothing,
        issuers=own,
    )
    redeemers = {one.partner_id for one in standing.traffic if one.redeemed_points > 0}
    return replace(
        report, outlooks=(), liability=liability, tells_cost=len(redeemers) >= FEWEST_REDEEMERS
    )


async def _rates(
    office: Office, standing: Standing, currencies: Collection[str]
) -> dict[str, FxRate]:
    """Those of the day, into the programme's currency. Raises `FxRateMissing`."""
    programme = standing.terms.programme
    async with office.database.reading(EVERYTHING) as connection:
        return await rates_into(
            connection, source=programme.fx_source, on_date=standing.moment.day,
            currency=programme.currency, others=currencies,
        )  # fmt: skip


def _minor(money: Money, currency: str, rates: dict[str, FxRate]) -> Fraction:
    """In minor units of the programme's currency, exactly."""
    if money.currency == currency or not money.minor:
        return Fraction(money.minor)
    return exactly(money, currency, rates[money.currency])
