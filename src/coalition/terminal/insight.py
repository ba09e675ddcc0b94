"""Money at a glance, as people read it in a terminal."""

from collections.abc import Sequence
from fractions import Fraction

from rich.table import Table

from coalition.insight import (
    FEWEST_MONTHS,
    BrandForecast,
    Concentration,
    ConcentrationReport,
    CoverageReport,
    Forecast,
    LiabilityReport,
    PeriodRevenue,
    RateSource,
    as_decimal,
)
from coalition.kit.amounts import Money, exponent_of
from coalition.partners import Terms
from coalition.terminal.tables import amount

_HUNDRED = 100
_PRICE_PLACES = 8
_SOURCES = {
    "GIVEN": "as given",
    "AGREED": "as the partners' file says",
    "ESTIMATED": "estimated from what was spent",
}


def liability_table(report: LiabilityReport, terms: Terms) -> Table:
    """Per issuer what is outstanding, what of it will be spent, and what that costs."""
    found = report.liability
    table = Table(
        title=f"What points will cost, {report.moment.day}",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("issued by", no_wrap=True)
    for name in ("outstanding", "to be spent", "rate", "liability"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found.issuers:
        whose = "The operator" if one.issuer_id is None else terms.partner(one.issuer_id).name
        table.add_row(
            whose, f"{one.outstanding:,}", f"{one.expected:,}", _percent(one.rate),
            amount(one.amount),
        )  # fmt: skip
    table.add_section()
    table.add_row(
        "all", f"{found.outstanding:,}", f"{found.expected:,}", _percent(found.rate),
        amount(found.amount), style="bold",
    )  # fmt: skip
    currency = found.amount.currency
    cost = as_decimal(found.cost / Fraction(10) ** exponent_of(currency), _PRICE_PLACES)
    table.caption = (
        f"A point costs {cost.normalize():f} {currency}; the rate is {_SOURCES[report.source]},"
        f" {report.months} whole months seen{_young(report)}.\n"
        f"The pool pays {amount(found.of_pool)} of it. Points that will not be spent:"
        f" {amount(found.breakage)}."
    )
    return table


def earn_months_table(report: LiabilityReport) -> Table:
    """The points of each month: spent so far, and to be spent in the end."""
    table = Table(title="By the month in which points were earned", title_justify="left")
    table.add_column("month")
    for name in ("issued", "spent", "ended", "outstanding", "to be spent", "in the end"):
        table.add_column(name, justify="right")
    for one in report.outlooks:
        own = one.cohort
        table.add_row(
            f"{own.earned_in:%Y-%m}", f"{own.base:,}", f"{own.redeemed:,}", f"{own.ended:,}",
            f"{own.outstanding:,}", f"{round(one.expected):,}", _percent(one.ultimate_rate),
        )  # fmt: skip
    return table


def coverage_table(found: CoverageReport) -> Table:
    """What the pool has, what it must pay, and how often it has that."""
    table = Table(
        title=f"Coverage, {found.report.moment.day}", title_justify="left", show_header=False
    )
    table.add_column("")
    table.add_column("", justify="right", no_wrap=True)
    for one in found.funds:
        table.add_row(f"The pool in {one.currency}", amount(one))
    if found.funds != (found.fund,):
        table.add_row(f"All of it in {found.fund.currency}", amount(found.fund))
    table.add_row("What it must pay for points", amount(found.report.liability.of_pool))
    table.add_section()
    ratio = "nothing to cover" if found.ratio is None else _percent(found.ratio)
    table.add_row("Coverage", ratio, style="bold red" if found.is_below_floor else "bold")
    if found.floor is not None:
        table.add_row("Floor", _percent(Fraction(found.floor)))
    return table


def concentration_table(found: ConcentrationReport, terms: Terms, of: str) -> Table:
    """Each brand's part of what is given and spent, and the index of each."""
    table = Table(title=f"Concentration, {of}", title_justify="left", caption_justify="left")
    table.add_column("brand", no_wrap=True)
    for name in ("given", "share", "spent there", "share"):
        table.add_column(name, justify="right")
    for partner in terms.partners:
        cells = [*_share(found.issued, partner.id), *_share(found.redeemed, partner.id)]
        if any(cells):
            table.add_row(partner.name, *cells)
    table.add_section()
    table.add_row(
        "index", "", f"{found.issued.index:,}", "", f"{found.redeemed.index:,}", style="bold"
    )
    above = "above" if found.is_above_alert else "not above"
    table.caption = f"10,000: one brand alone. The higher one is {above} {found.alert:,}."
    return table


def revenue_table(found: PeriodRevenue, terms: Terms) -> Table:
    """The contract liability of each issuer through a period."""
    table = Table(
        title=f"Paid for points and not earned yet, {found.period.label}",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("issuer", no_wrap=True)
    for name in ("opening", "issued", "spent", "breakage", "given back", "closing"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found.rows:
        sums = (one.opening, one.issued, one.on_redemption, one.as_breakage, one.given_back)
        table.add_row(
            terms.partner(one.issuer_id).code, *(_bare(money) for money in sums),
            amount(one.closing),
        )  # fmt: skip
    table.caption = f"What is to be spent in all is {_SOURCES[found.source]}."
    return table


def forecast_table(found: Sequence[BrandForecast], terms: Terms) -> Table:
    """Per brand what the running period has come to, and what it and the next one will."""
    table = Table(title="What comes", title_justify="left", caption_justify="left")
    table.add_column("brand", no_wrap=True)
    table.add_column("period", no_wrap=True)
    for name in ("points given", "points spent", "net"):
        table.add_column(name, justify="right")
    table.add_column("by")
    for one in found:
        running = one.ahead[0].label
        table.add_row(
            terms.partner(one.partner_id).name, f"{running} so far",
            f"{one.so_far.issued_points:,}", f"{one.so_far.redeemed_points:,}",
            amount(one.so_far.net), "",
        )  # fmt: skip
        for period in one.ahead:
            if period.net is None:
                table.add_row(
                    "", period.label, "", "", "",
                    f"{one.periods} ended periods: too few", style="dim",
                )  # fmt: skip
                continue
            table.add_row(
                "", period.label, _range(period.issued_points), _range(period.redeemed_points),
                _money_range(period.net, one.currency), period.net.method.lower(),
            )  # fmt: skip
        table.add_section()
    table.caption = "Below each: 19 of 20 cases, if the periods to come are like those before."
    return table


def _young(report: LiabilityReport) -> str:
    """A warning where an estimate has seen too little."""
    if report.source is not RateSource.ESTIMATED or report.months >= FEWEST_MONTHS:
        return ""
    return f": fewer than {FEWEST_MONTHS}, so it is likely too low"


def _share(found: Concentration, partner_id: int) -> tuple[str, str]:
    if partner_id not in found.points:
        return "", ""
    return f"{found.points[partner_id]:,}", _percent(found.share(partner_id))


def _range(one: Forecast | None) -> str:
    return "" if one is None else f"{one.expected:,}\n{one.low:,} to {one.high:,}"


def _money_range(one: Forecast, currency: str) -> str:
    low, high = Money(one.low, currency).amount, Money(one.high, currency).amount
    text = f"{amount(Money(one.expected, currency))}\n{low:,} to {high:,}"
    return text.replace("-", "\N{MINUS SIGN}")


def _bare(money: Money) -> str:
    """Without its currency, which stands at the end of the row."""
    return f"{money.amount:,}".replace("-", "\N{MINUS SIGN}")


def _percent(share: Fraction) -> str:
    return f"{as_decimal(share * _HUNDRED, 1):,} %"
