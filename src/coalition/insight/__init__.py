"""Money at a glance: what points will cost, whether the pool has it, what is earned and comes."""

from coalition.insight.cohorts import FEWEST_MONTHS, Outlook, RateSource
from coalition.insight.concentration import Concentration
from coalition.insight.forecast import Forecast, Method
from coalition.insight.laws import INSIGHT_CHECKS
from coalition.insight.liability import IssuerLiability, Liability
from coalition.insight.outlook import (
    FEWEST_REDEEMERS,
    CostSource,
    CoverageReport,
    LiabilityReport,
    coverage_at,
    liability_at,
)
from coalition.insight.revenue import RevenueRow, as_decimal
from coalition.insight.revenue_export import FIGURES, PeriodRevenue, revenue_csv, revenue_of
from coalition.insight.standing import Moment
from coalition.insight.traffic import (
    BrandForecast,
    ConcentrationReport,
    Outlooks,
    concentration_in,
    forecasts,
)

__all__ = [
    "FEWEST_MONTHS",
    "FEWEST_REDEEMERS",
    "FIGURES",
    "INSIGHT_CHECKS",
    "BrandForecast",
    "Concentration",
    "ConcentrationReport",
    "CostSource",
    "CoverageReport",
    "Forecast",
    "IssuerLiability",
    "Liability",
    "LiabilityReport",
    "Method",
    "Moment",
    "Outlook",
    "Outlooks",
    "PeriodRevenue",
    "RateSource",
    "RevenueRow",
    "as_decimal",
    "concentration_in",
    "coverage_at",
    "forecasts",
    "liability_at",
    "revenue_csv",
    "revenue_of",
]
