"""From a purchase to points: award, estimate, reverse, expire."""

from coalition.earning.award import MOST_ROWS, AwardOutcome, award_points
from coalition.earning.batch import AwardBatch, AwardRequest, refusal_of
from coalition.earning.errors import CurrencyNotAgreed, NothingEarned, ReturnNotNamed
from coalition.earning.estimate import estimate_award, estimate_earning
from coalition.earning.expire import Expired, expire_points
from coalition.earning.queries import (
    AwardFilter,
    AwardRecord,
    Returned,
    ReversalRecord,
    Share,
    awards_at,
    list_awards,
    returns_of,
    reversals_at,
    shares_of,
)
from coalition.earning.reverse import ReturnRequest, Reversal, reverse_award
from coalition.earning.rules import Earned, Line, Purchase, Step, earned, steps_of
from coalition.earning.words import rule_in_words

__all__ = [
    "MOST_ROWS",
    "AwardBatch",
    "AwardFilter",
    "AwardOutcome",
    "AwardRecord",
    "AwardRequest",
    "CurrencyNotAgreed",
    "Earned",
    "Expired",
    "Line",
    "NothingEarned",
    "Purchase",
    "ReturnNotNamed",
    "ReturnRequest",
    "Returned",
    "Reversal",
    "ReversalRecord",
    "Share",
    "Step",
    "award_points",
    "awards_at",
    "earned",
    "estimate_award",
    "estimate_earning",
    "expire_points",
    "list_awards",
    "refusal_of",
    "returns_of",
    "reversals_at",
    "reverse_award",
    "rule_in_words",
    "shares_of",
    "steps_of",
]
