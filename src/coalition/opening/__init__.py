"""Balances of another system, carried over lot by lot under control totals."""

from coalition.opening.carry_over import (
    CarriedOver,
    OfIssuer,
    OpeningRequest,
    carry_over,
)
from coalition.opening.checks import OPENING_CHECKS
from coalition.opening.contract import PAID, WHEN_SPENT
from coalition.opening.errors import (
    LotsCarriedBefore,
    MembersNotEarning,
    MembersUnknown,
    TermsMissing,
    TotalsWrong,
)

__all__ = [
    "OPENING_CHECKS",
    "PAID",
    "WHEN_SPENT",
    "CarriedOver",
    "LotsCarriedBefore",
    "MembersNotEarning",
    "MembersUnknown",
    "OfIssuer",
    "OpeningRequest",
    "TermsMissing",
    "TotalsWrong",
    "carry_over",
]
