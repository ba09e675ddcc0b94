"""How money at a glance is spelled for programs: names of the schema, decimals as text."""

from collections.abc import Sequence
from fractions import Fraction

from coalition.insight import (
    FIGURES,
    BrandForecast,
    Concentration,
    ConcentrationReport,
    CoverageReport,
    Forecast,
    LiabilityReport,
    PeriodRevenue,
    as_decimal,
)
from coalition.kit.amounts import Money, exponent_of
from coalition.partners import Terms
from coalition.settlement import Flow

Spelled = dict[str, object]
_PRICE_PLACES = 8


def liability(report: LiabilityReport, terms: Terms) -> Spelled:
    found = report.liability
    unit = Fraction(10) ** exponent_of(found.amount.currency)
    return {
        "at": report.moment.at.isoformat(),
        "day": report.moment.day.isoformat(),
        "currency": found.amount.currency,
        "outstanding": found.outstanding,
        "expected": found.expected,
        "rate": _share(found.rate),
        "rateSource": report.source.value,
        "monthsSeen": report.months,
        "costPerPoint": f"{as_decimal(found.cost / unit, _PRICE_PLACES):f}",
        "costSource": report.cost_source.value,
        "amount": str(found.amount.amount),
        "ofPool": str(found.of_pool.amount),
        "breakage": str(found.breakage.amount),
        "issuers": [
            {
                "issuer": None if one.issuer_id is None else terms.partner(one.issuer_id).code,
                "outstanding": one.outstanding,
                "expected": one.expected,
                "rate": _share(one.rate),
                "amount": str(one.amount.amount),
            }
            for one in found.issuers
        ],
        "earnMonths": [
            {
                "month": one.cohort.earned_in.isoformat(),
                "issued": one.cohort.base,
                "redeemed": one.cohort.redeemed,
                "ended": one.cohort.ended,
                "outstanding": one.cohort.outstanding,
                "expected": round(one.expected),
                "ultimateRate": _share(one.ultimate_rate),
                "remainingRate": _share(one.remaining_rate),
            }
            for one in report.outlooks
        ],
    }


def coverage(found: CoverageReport, terms: Terms) -> Spelled:
    return {
        "liability": liability(found.report, terms),
        "funds": {one.currency: str(one.amount) for one in found.funds},
        "fund": str(found.fund.amount),
        "ratio": None if found.ratio is None else _share(found.ratio),
        "floor": None if found.floor is None else f"{found.floor.normalize():f}",
        "belowFloor": found.is_below_floor,
    }


def flows(label: str, found: Sequence[Flow], terms: Terms) -> Spelled:
    return {
        "label": label,
        "flows": [
            {
                "issuer": terms.partner(one.issuer_id).code,
                "redeemer": terms.partner(one.redeemer_id).code,
                "points": one.points,
            }
            for one in found
        ],
    }


def concentration(found: ConcentrationReport, terms: Terms) -> Spelled:
    def index(one: Concentration) -> Spelled:
        return {
            "index": one.index,
            "shares": {
                terms.partner(brand).code: {"points": points, "share": _share(one.share(brand))}
                for brand, points in one.points.items()
            },
        }

    return {
        "label": found.label,
        "issued": index(found.issued),
        "redeemed": index(found.redeemed),
        "alert": found.alert,
        "aboveAlert": found.is_above_alert,
    }


def revenue(found: Sequence[PeriodRevenue], terms: Terms) -> list[Spelled]:
    return [
        {
            "label": one.period.label,
            "calendar": one.period.calendar,
            "rateSource": one.source.value,
            "rows": [
                {
                    "issuer": terms.partner(row.issuer_id).code,
                    "currency": row.closing.currency,
                    **{_camel(name): str(getattr(row, name).amount) for name in FIGURES},
                }
                for row in one.rows
            ],
        }
        for one in found
    ]


def forecast(found: Sequence[BrandForecast], terms: Terms) -> list[Spelled]:
    return [
        {
            "partner": terms.partner(one.partner_id).code,
            "currency": one.currency,
            "calendar": one.calendar,
            "periods": one.periods,
            "issuedSoFar": one.so_far.issued_points,
            "redeemedSoFar": one.so_far.redeemed_points,
            "netSoFar": str(one.so_far.net.amount),
            "ahead": [
                {
                    "label": period.label,
                    "issued": _points(period.issued_points),
                    "redeemed": _points(period.redeemed_points),
                    "net": _net(period.net, one.currency),
                }
                for period in one.ahead
            ],
        }
        for one in found
    ]


def _points(one: Forecast | None) -> Spelled | None:
    if one is None:
        return None
    return {
        "method": one.method.value,
        "expected": one.expected,
        "low": one.low,
        "high": one.high,
    }


def _net(one: Forecast | None, currency: str) -> Spelled | None:
    if one is None:
        return None
    amounts = {
        name: str(Money(getattr(one, name), currency).amount)
        for name in ("expected", "low", "high")
    }
    return {"method": one.method.value, **amounts}


def _share(share: Fraction) -> str:
    return f"{as_decimal(share):f}"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
