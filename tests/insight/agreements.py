"""Agreements for arithmetic alone."""

from datetime import UTC, datetime
from decimal import Decimal

from coalition.partners import Agreement


def an_agreement_of(
    issue_price: str, *, breakage_share: str = "0", paid_at_issuance: str = "1"
) -> Agreement:
    return Agreement(
        1,
        1,
        datetime(2025, 1, 1, tzinfo=UTC),
        Decimal(1),
        Decimal(issue_price),
        Decimal("0.0080"),
        minimum_redemption=1,
        breakage_share=Decimal(breakage_share),
        paid_at_issuance=Decimal(paid_at_issuance),
    )
