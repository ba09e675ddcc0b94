"""Where points come from and go to, by brand: concentration, and what the next periods bring."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, require
from coalition.insight.concentration import Concentration, concentration_of
from coalition.insight.forecast import MOST, Forecast, forecast
from coalition.insight.standing import Moment, moment_of, parts_of, standing_at
from coalition.kit.amounts import Money
from coalition.kit.database import EVERYTHING
from coalition.ledger import Period, PeriodSpan, SettlementCalendar, ZonedCalendar, all_periods
from coalition.partners import Office, Partner
from coalition.settlement import (
    BrandFigures,
    calendar_asked,
    draft_statements,
    figures_of,
    kept_figures,
    known_period,
)
from coalition.settlement.office import require_operator

_PERIODS_OF_A_YEAR = {
    SettlementCalendar.WEEKLY: 52,
    SettlementCalendar.MONTHLY: 12,
    SettlementCalendar.QUARTERLY: 4,
}


@dataclass(frozen=True, slots=True)
class ConcentrationReport:
    """Of one period (`label`), or of the year before the moment; returns and refunds taken off."""

    label: str | None
    issued: Concentration
    redeemed: Concentration
    alert: int

    @property
    def is_above_alert(self) -> bool:
        return max(self.issued.index, self.redeemed.index) > self.alert


@dataclass(frozen=True, slots=True)
class Outlooks:
    """What one period is forecast to bring; None: too few periods have ended to say."""

    label: str
    issued_points: Forecast | None
    redeemed_points: Forecast | None
    net: Forecast | None


@dataclass(frozen=True, slots=True)
class BrandForecast:
    """A brand in one currency. `so_far`: what the period that runs would come to if it were closed
    by now; `periods`: how many ended ones the forecast is made of; `ahead`: the period that runs
    and the one after it. Amounts are in minor units.
    """

    partner_id: int
    currency: str
    calendar: str
    so_far: BrandFigures
    periods: int
    ahead: tuple[Outlooks, ...]


async def concentration_in(
    office: Office,
    *,
    actor: Actor,
    now: datetime,
    label: str | None = None,
    calendar: str | None = None,
    as_of: datetime | None = None,
) -> ConcentrationReport:
    """How much of all issuing and spending lies with few brands: in a period of a calendar, or in
    the year before an instant, in all calendars.

    Raises `NotAllowed`, `PeriodNotFound`, `NotInTheFuture`.
    """
    require_operator(actor, Scope.OPERATOR_READ)
    terms = await office.terms()
    moment = await moment_of(office, as_of=as_of, now=now)
    if label is None:
        found: Sequence[BrandFigures] = (await standing_at(office, moment)).traffic
    else:
        of = calendar_asked(terms, actor, calendar)
        found = await _figures(office, [await known_period(office, of, label)], moment)
    issued: Counter[int] = Counter()
    redeemed: Counter[int] = Counter()
    for one in found:
        issued[one.partner_id] += one.issued_points
        redeemed[one.partner_id] += one.redeemed_points
    return ConcentrationReport(
        label,
        concentration_of(issued),
        concentration_of(redeemed),
        terms.programme.concentration_alert,
    )


async def forecasts(
    office: Office, *, actor: Actor, now: datetime, as_of: datetime | None = None
) -> list[BrandForecast]:
    """What each brand's running period has come to, and what it and the next one will come to: the
    operator all, a partner its own. Raises `NotAllowed`, `NotInTheFuture`.
    """
    require(actor, Scope.SETTLEMENT_READ, Scope.OPERATOR_READ)
    terms = await office.terms()
    moment = await moment_of(office, as_of=as_of, now=now)
    brands = [one for one in terms.partners if actor.partner_id in {None, one.id}]
    async with office.database.reading(EVERYTHING) as connection:
        periods = await all_periods(connection)
    asked = _of_calendars(periods, {one.calendar for one in brands}, moment)
    by_period = {one.id: one for one in asked}
    found = await _figures(office, asked, moment)
    answer = []
    for brand in brands:
        own = [
            (by_period[one.period_id], one)
            for one in found
            if one.partner_id == brand.id and by_period[one.period_id].calendar
            == brand.calendar.name
        ]  # fmt: skip
        for currency in sorted({one.net.currency for _, one in own} | {brand.currency}):
            in_currency = [pair for pair in own if pair[1].net.currency == currency]
            answer.append(_forecast(brand, currency, in_currency, moment))
    return answer


def _forecast(
    brand: Partner, currency: str, own: Sequence[tuple[Period, BrandFigures]], moment: Moment
) -> BrandForecast:
    calendar = brand.calendar
    running = calendar.span_containing(moment.at)
    by_start = {period.starts_at: figures for period, figures in own}
    ended = sorted(start for start in by_start if start < running.starts_at)
    nothing = BrandFigures(
        0, brand.id, 0, 0, Money(0, currency), Money(0, currency), Money(0, currency)
    )
    # A period in which nothing happened was never opened: it is one of nothing.
    history = [
        by_start.get(span.starts_at, nothing)
        for span in _spans(calendar, ended[0] if ended else None, running)
    ][-MOST:]
    season = _PERIODS_OF_A_YEAR[calendar.kind]
    ahead = []
    span = running
    for steps in (1, 2):
        ahead.append(
            Outlooks(
                span.label,
                _ahead([one.issued_points for one in history], steps, season),
                _ahead([one.redeemed_points for one in history], steps, season),
                forecast([one.net.minor for one in history], steps=steps, season=season),
            )
        )
        span = calendar.span_after(span)
    so_far = by_start.get(running.starts_at, nothing)
    return BrandForecast(
        brand.id, currency, calendar.name, so_far, len(history), tuple(ahead)
    )  # fmt: skip


def _ahead(known: Sequence[int], steps: int, season: int) -> Forecast | None:
    """Points: fewer than none are taken back by returns only, which no forecast is made of."""
    return forecast(known, steps=steps, season=season, least=0)


def _spans(
    calendar: ZonedCalendar, first: datetime | None, running: PeriodSpan
) -> Iterable[PeriodSpan]:
    """From the one that begins at `first` to the one before `running`."""
    if first is None:
        return
    span = calendar.span_containing(first)
    while span.starts_at < running.starts_at:
        yield span
        span = calendar.span_after(span)


def _of_calendars(
    periods: Iterable[Period], calendars: Iterable[ZonedCalendar], moment: Moment
) -> list[Period]:
    """The last periods of each calendar that count at the moment."""
    found = []
    for calendar in calendars:
        own = [
            one for one in periods if one.calendar == calendar.name and one.starts_at <= moment.at
        ]
        found += own[-(MOST + 1) :]
    return found


async def _figures(office: Office, periods: Sequence[Period], moment: Moment) -> list[BrandFigures]:
    """Of statements that stand; of a period that has none, those that its entries give."""
    parts = parts_of(list(periods), moment)
    async with office.database.reading(EVERYTHING) as connection:
        found = await kept_figures(connection, parts.kept_ids)
    for period in parts.live:
        drafts = await draft_statements(office, period, before=moment.cut(period))
        found += [figures_of(draft, period.id) for draft in drafts]
    return found
