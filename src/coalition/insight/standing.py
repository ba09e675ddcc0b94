"""What the books say at an instant, read once as the operator: points, pool, a year of traffic.

A period that ended by then counts whole: by the figures that are kept of it or, before it is
calculated, by its entries. Of a period that runs, what happened before the instant counts. So a
figure of a past day stays what it was: what is reported late counts in the period that bills it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coalition.insight.cohorts import month_of
from coalition.insight.errors import NotInTheFuture
from coalition.kit.database import EVERYTHING
from coalition.ledger import CohortRoll, Period, all_periods, cohort_rolls
from coalition.ledger.calendar import add_months
from coalition.partners import Office, Terms
from coalition.settlement import (
    BrandFigures,
    State,
    draft_statements,
    figures_of,
    kept_cohorts,
    kept_figures,
    pool_of,
    pool_of_drafts,
    relieved_in,
)

_MONTHS_OF_TRAFFIC = 12


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant that is asked about. `is_now`: all that is posted counts. `day` is the last day
    that it covers and `running` the first month that is not whole, in the programme's zone.
    """

    at: datetime
    is_now: bool
    day: date
    running: date

    def ended(self, period: Period) -> bool:
        return period.ends_at <= self.at

    def counts(self, period: Period) -> bool:
        return self.is_now or period.starts_at < self.at

    def cut(self, period: Period) -> datetime | None:
        """Before which of a period's entries count; None: all of them."""
        return None if self.is_now or self.ended(period) else self.at


@dataclass(frozen=True, slots=True)
class Parts:
    """The periods that count, by where their figures are: kept, or in their entries."""

    kept: tuple[Period, ...]
    live: tuple[Period, ...]

    @property
    def kept_ids(self) -> list[int]:
        return [one.id for one in self.kept]


@dataclass(frozen=True, slots=True)
class Standing:
    """`rolls`: all that ever happened to points. `traffic`: of each statement, written or not, of
    the year before. `pool`: minor units by currency, what is not billed yet included. `relieved`:
    points that corrections took off an issuer.
    """

    moment: Moment
    terms: Terms
    rolls: tuple[CohortRoll, ...]
    traffic: tuple[BrandFigures, ...]
    pool: Counter[str]
    relieved: dict[int, int]


async def moment_of(office: Office, *, as_of: datetime | None, now: datetime) -> Moment:
    """Raises `NotInTheFuture`."""
    if as_of is not None and as_of > now:
        raise NotInTheFuture(
            f"{as_of.isoformat()} is in the future: it is {now.isoformat()}.", field=("asOf",)
        )
    programme = (await office.terms()).programme
    at = as_of or now
    # Midnight belongs to the day that it ends: what is asked "as of" it is the whole day before.
    day = (at - timedelta(microseconds=1)).astimezone(programme.zone).date()
    return Moment(at, as_of is None, day, month_of(programme.today(at)))


async def standing_at(office: Office, moment: Moment) -> Standing:
    """Costs in proportion to the entries of periods that are not calculated yet, and of those
    that run at the instant; for all others a few kept rows are summed.
    """
    terms = await office.terms()
    async with office.database.reading(EVERYTHING) as connection:
        parts = parts_of(await all_periods(connection), moment)
        rolls = await kept_cohorts(connection, parts.kept_ids)
        for period in parts.live:
            rolls += await cohort_rolls(
                connection, period.id, time_zone=terms.programme.time_zone,
                before=moment.cut(period),
            )  # fmt: skip
        pool = await pool_of(connection, parts.kept_ids)
        year_before = _year_before(terms, moment)
        recent = [one.id for one in parts.kept if one.ends_at > year_before]
        traffic = await kept_figures(connection, recent)
        relieved = Counter(await relieved_in(connection, parts.kept_ids))
        for period in parts.live:
            relieved.update(await relieved_in(connection, [period.id], before=moment.cut(period)))
    for period in parts.live:
        drafts = await draft_statements(office, period, before=moment.cut(period))
        pool.update(pool_of_drafts(drafts))
        if period.ends_at > year_before:
            traffic += [figures_of(draft, period.id) for draft in drafts]
    return Standing(moment, terms, tuple(rolls), tuple(traffic), pool, dict(relieved))


def parts_of(periods: list[Period], moment: Moment) -> Parts:
    """Which periods count at the moment, and where their figures are."""
    counted = [one for one in periods if moment.counts(one)]
    kept = [one for one in counted if moment.ended(one) and State(one.state).has_statements]
    known = {one.id for one in kept}
    return Parts(tuple(kept), tuple(one for one in counted if one.id not in known))


def _year_before(terms: Terms, moment: Moment) -> datetime:
    zone = terms.programme.zone
    local = moment.at.astimezone(zone)
    return datetime.combine(add_months(local.date(), -_MONTHS_OF_TRAFFIC), local.time(), zone)
