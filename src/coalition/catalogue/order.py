"""The orders of a list of rewards, each as columns and as the same of one reward: a list goes on
exactly behind its last one.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from coalition.catalogue.records import reward, reward_version
from coalition.catalogue.rules import RewardTerms


class RewardOrder(StrEnum):
    """`VALUE`: what one gets for a point, at most first; currency after currency."""

    POINTS = "POINTS"
    VALUE = "VALUE"
    NEWEST = "NEWEST"


# What a point brings is counted in hundred-millionths of a minor unit: a place in the list is found
# again exactly.
_FINE = 10**8
_WITHOUT = 2
_IS_WORTH = reward_version.c.face_value.is_not(None)
_VALUE = sa.func.div(
    sa.cast(
        sa.func.greatest(
            reward_version.c.face_value - sa.func.coalesce(reward_version.c.money, 0), 0
        ),
        sa.Numeric,
    )
    * _FINE,
    reward_version.c.points,
)
_AGE = -sa.cast(sa.extract("epoch", reward.c.created_at) * 10**6, sa.BigInteger)


def columns_of(order: RewardOrder, home: str) -> list[sa.ColumnElement[Any]]:
    """What a list goes by, each ascending. `home`: the currency that comes first where values are
    compared. Those of one currency are compared with each other and with no others: what a yen is
    in dinars the programme does not know.
    """
    match order:
        case RewardOrder.POINTS:
            return [reward_version.c.points]
        case RewardOrder.VALUE:
            is_abroad = sa.cast(reward_version.c.currency != home, sa.Integer)
            return [
                sa.case((_IS_WORTH, is_abroad), else_=_WITHOUT),
                sa.case((_IS_WORTH, reward_version.c.currency), else_=""),
                sa.cast(-sa.func.coalesce(_VALUE, 0), sa.Numeric),
            ]
        case RewardOrder.NEWEST:
            return [_AGE]


def values_of(
    order: RewardOrder, home: str, terms: RewardTerms, *, currency: str, created_at: datetime
) -> Sequence[object]:
    """The same of one reward."""
    match order:
        case RewardOrder.POINTS:
            return [terms.points]
        case RewardOrder.VALUE:
            if terms.face_value is None:
                return [_WITHOUT, "", Decimal(0)]
            worth = max(terms.face_value - (terms.money or 0), 0)
            return [int(currency != home), currency, Decimal(-(worth * _FINE // terms.points))]
        case RewardOrder.NEWEST:
            return [-round(created_at.timestamp() * 10**6)]
