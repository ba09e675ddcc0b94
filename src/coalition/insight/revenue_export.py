"""The contract liability per issuer and period, from what is kept of calculated periods."""

import csv
import io
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile

from coalition.access import Actor, Scope
from coalition.insight.cohorts import (
    FEWEST_MONTHS,
    RateSource,
    cohorts_of,
    estimated,
    month_of,
    months_seen,
)
from coalition.insight.outlook import agreed_rate, checked_rate
from coalition.insight.revenue import (
    Earned,
    Rate,
    RevenueRow,
    allocated_share,
    earned_by,
    revenue_row,
)
from coalition.insight.standing import Moment, moment_of
from coalition.kit.database import EVERYTHING
from coalition.ledger import CohortRoll, Period, ZonedCalendar, all_periods
from coalition.partners import Office, Programme, Terms
from coalition.settlement import State, calendar_asked, kept_cohorts_of_each, known_period
from coalition.settlement.errors import PeriodNotReady
from coalition.settlement.office import require_operator

FIGURES = (
    "opening", "issued", "on_redemption", "as_breakage", "recognised", "given_back", "closing",
    "at_once",
)  # fmt: skip
_ALL = Fraction(1)


@dataclass(frozen=True, slots=True)
class PeriodRevenue:
    """A row per issuer of the period's calendar that was ever paid for points; `source`: where
    what is expected to be spent comes from.
    """

    period: Period
    source: RateSource
    rows: tuple[RevenueRow, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """All calculated periods in the order of their ends, with what each did to points."""

    ends: Sequence[datetime]
    rolls: Sequence[Sequence[CohortRoll]]

    def by(self, instant: datetime) -> list[CohortRoll]:
        """What the periods that ended by then did."""
        return [one for own in self.rolls[: bisect_right(self.ends, instant)] for one in own]


async def revenue_of(
    office: Office,
    *,
    actor: Actor,
    now: datetime,
    label: str | None = None,
    calendar: str | None = None,
    as_of: datetime | None = None,
    rate: Decimal | None = None,
) -> list[PeriodRevenue]:
    """One period of a calendar, or all that ended by an instant up to the first that is not
    calculated, oldest first. `rate` is the share of issued points that will be spent in all; None:
    as agreed, or estimated. Costs in proportion to what is kept, never to entries.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotReady`, `NotInTheFuture`,
    `RedemptionRateNotValid`.
    """
    require_operator(actor, Scope.OPERATOR_READ)
    terms = await office.terms()
    of = calendar_asked(terms, actor, calendar)
    moment = await moment_of(office, as_of=as_of, now=now)
    given = checked_rate(rate)
    named = None if label is None else await known_period(office, of, label)
    async with office.database.reading(EVERYTHING) as connection:
        periods = await all_periods(connection)
        asked = _asked(periods, of, named, moment)
        calculated = sorted(filter(_is_calculated, periods), key=lambda one: one.ends_at)
        each = await kept_cohorts_of_each(connection, [one.id for one in calculated])
    kept = _Kept([one.ends_at for one in calculated], [each.get(one.id, []) for one in calculated])
    return [_revenue(terms, of, period, kept, given) for period in asked]


def revenue_csv(found: Iterable[PeriodRevenue], terms: Terms) -> str:
    """A row per period and issuer, for a spreadsheet or a general ledger."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["period", "calendar", "issuer", "currency", *FIGURES, "rate_source"])
    for one in found:
        for row in one.rows:
            writer.writerow(
                [
                    one.period.label, one.period.calendar, terms.partner(row.issuer_id).code,
                    row.closing.currency, *(getattr(row, name).amount for name in FIGURES),
                    one.source.value,
                ]
            )  # fmt: skip
    return text.getvalue()


def _asked(
    periods: Sequence[Period], of: ZonedCalendar, named: Period | None, moment: Moment
) -> list[Period]:
    """The periods that are asked for. One of which an earlier one is not calculated has no figures
    yet: what that one moved would be missing in its opening. Raises `PeriodNotReady`.
    """
    own = sorted((one for one in periods if one.calendar == of.name), key=lambda one: one.ends_at)
    ready = list(takewhile(_is_calculated, own))
    if named is None:
        return [one for one in ready if moment.ended(one)]
    if named not in ready:
        first = own[len(ready)]
        raise PeriodNotReady(
            f"{first.label} is {first.state}: close it first, so that what it moved is known.",
            field=("label",),
        )
    return [named]


def _revenue(
    terms: Terms, of: ZonedCalendar, period: Period, kept: _Kept, given: Fraction | None
) -> PeriodRevenue:
    source, before = _figures_by(terms, of, period.starts_at, kept, given)
    source, now = _figures_by(terms, of, period.ends_at, kept, given)
    return PeriodRevenue(
        period,
        source,
        tuple(
            revenue_row(
                number, terms.partner(number).currency, before.get(number, Earned()), now[number]
            )
            for number in sorted(now)
        ),
    )


def _figures_by(
    terms: Terms, of: ZonedCalendar, instant: datetime, kept: _Kept, given: Fraction | None
) -> tuple[RateSource, dict[int, Earned]]:
    """Each issuer's figures up to the end of a period, by what was expected then."""
    programme = terms.programme
    rolls = kept.by(instant)
    source, expected = _expected(programme, instant, rolls, given)
    agreements = {one.id: one for partner in terms.partners for one in partner.agreements}
    return source, {
        partner.id: earned_by(
            own, agreements, partner.currency, allocation=_allocation(programme), expected=expected
        )
        for partner in terms.partners
        if partner.calendar == of and (own := [one for one in rolls if one.issuer_id == partner.id])
    }


def _expected(
    programme: Programme, instant: datetime, rolls: Sequence[CohortRoll], given: Fraction | None
) -> tuple[RateSource, Rate]:
    """The share of each earn month's points that will be spent in all, as it was seen then."""
    if given is not None:
        return RateSource.GIVEN, lambda _: given
    last_day = (instant - timedelta(microseconds=1)).astimezone(programme.zone).date()
    agreed = agreed_rate(programme, last_day)
    if agreed is not None:
        return RateSource.AGREED, lambda _: agreed
    running = month_of(programme.today(instant))
    if months_seen(cohorts_of(rolls), running) < FEWEST_MONTHS:
        # An estimate from so little would be reversed: all points are expected to be spent, and
        # none are earned as breakage before they have ended (IFRS 15 B46, 56).
        return RateSource.ESTIMATED, lambda _: _ALL
    found = estimated(rolls, running) or []
    rates = {one.cohort.earned_in: one.ultimate_rate for one in found}
    return RateSource.ESTIMATED, lambda month: rates.get(month, _ALL)


def _allocation(programme: Programme) -> Rate:
    """The part of a price that is for the points, by what was expected when they were given: what
    was allocated stays as it is.
    """

    def allocation(month: date) -> Fraction:
        first = programme.redemption_rates[0].rate if programme.redemption_rates else _ALL
        rate = agreed_rate(programme, month)
        return allocated_share(programme.stand_alone, Fraction(first) if rate is None else rate)

    return allocation


def _is_calculated(period: Period) -> bool:
    return State(period.state).has_statements
