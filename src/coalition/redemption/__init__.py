"""From points to a purchase: hold, capture, release, redeem, refund, sweep; tokens for the till."""

from coalition.redemption.capture import Captured, capture_hold
from coalition.redemption.errors import (
    NotEnoughPoints,
    PriceNotKnown,
    RedemptionEnded,
    SpendLocked,
    SpendPaused,
    VelocityLimit,
)
from coalition.redemption.hold import Spent, hold_points
from coalition.redemption.prices import reimbursed
from coalition.redemption.queries import (
    HoldRecord,
    RedemptionRecord,
    RefundRecord,
    hold_at,
    list_redemptions,
    open_holds,
    redemptions_at,
    refunds_at,
)
from coalition.redemption.redeem import redeem_points
from coalition.redemption.refund import Refunded, RefundRequest, refund_redemption
from coalition.redemption.release import release_hold
from coalition.redemption.spend import SpendRequest
from coalition.redemption.sweep import sweep_holds
from coalition.redemption.till_token import (
    TillRequest,
    TillToken,
    clean_till_tokens,
    hold_with_till_token,
    issue_till_token,
)

__all__ = [
    "Captured",
    "HoldRecord",
    "NotEnoughPoints",
    "PriceNotKnown",
    "RedemptionEnded",
    "RedemptionRecord",
    "RefundRecord",
    "RefundRequest",
    "Refunded",
    "SpendLocked",
    "SpendPaused",
    "SpendRequest",
    "Spent",
    "TillRequest",
    "TillToken",
    "VelocityLimit",
    "capture_hold",
    "clean_till_tokens",
    "hold_at",
    "hold_points",
    "hold_with_till_token",
    "issue_till_token",
    "list_redemptions",
    "open_holds",
    "redeem_points",
    "redemptions_at",
    "refund_redemption",
    "refunds_at",
    "reimbursed",
    "release_hold",
    "sweep_holds",
]
