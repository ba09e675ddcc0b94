"""From a purchase to points: award, estimate, reverse, expire."""

from coalition.earning.award import MOST_ROWS, AwardOutcome, AwardRequest, award_points
from coalition.earning.errors import CurrencyNotAgreed, ReturnNotNamed
from coalition.earning.estimate import estimate_award
from coalition.earning.expire import Expired, expire_points
from coalition.earning.queries import (
    AwardFilter,
    AwardRecord,
    Returned,
    Share,
    awards_at,
    list_awards,
    returns_of,
    shares_of,
)
from coalition.earning.reverse import ReturnRequest, Reversal, reverse_award
from coalition.earning.rules import Earned, Line, Purchase, Step, steps_of

__all__ = [
    "MOST_ROWS",
    "AwardFilter",
    "AwardOutcome",
    "AwardRecord",
    "AwardRequest",
    "CurrencyNotAgreed",
    "Earned",
    "Expired",
    "Line",
    "Purchase",
    "ReturnNotNamed",
    "ReturnRequest",
    "Returned",
    "Reversal",
    "Share",
    "Step",
    "award_points",
    "awards_at",
    "estimate_award",
    "expire_points",
    "list_awards",
    "returns_of",
    "reverse_award",
    "shares_of",
    "steps_of",
]
