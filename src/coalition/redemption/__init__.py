"""From points to a reward: hold, capture, release, redeem, refund, sweep."""

from coalition.redemption.capture import Captured, capture_hold
from coalition.redemption.hold import Spent, hold_points
from coalition.redemption.prices import reimbursed
from coalition.redemption.queries import (
    HoldRecord,
    RedemptionRecord,
    RefundRecord,
    hold_at,
    list_redemptions,
    redemptions_at,
    refunds_at,
)
from coalition.redemption.redeem import redeem_points
from coalition.redemption.refund import Refunded, RefundRequest, refund_redemption
from coalition.redemption.release import release_hold
from coalition.redemption.spend import SpendRequest
from coalition.redemption.sweep import sweep_holds

__all__ = [
    "Captured",
    "HoldRecord",
    "RedemptionRecord",
    "RefundRecord",
    "RefundRequest",
    "Refunded",
    "SpendRequest",
    "Spent",
    "capture_hold",
    "hold_at",
    "hold_points",
    "list_redemptions",
    "redeem_points",
    "redemptions_at",
    "refund_redemption",
    "refunds_at",
    "reimbursed",
    "release_hold",
    "sweep_holds",
]
