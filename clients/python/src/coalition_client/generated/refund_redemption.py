from typing import Optional

from coalition_client.scalars import Points

from .base_model import BaseModel
from .fragments import ErrorShape, RedemptionShape


class RefundRedemption(BaseModel):
    refund_redemption: "RefundRedemptionRefundRedemption"


class RefundRedemptionRefundRedemption(BaseModel):
    redemption: Optional["RefundRedemptionRefundRedemptionRedemption"]
    refunded: Points
    replayed: bool
    user_errors: list["RefundRedemptionRefundRedemptionUserErrors"]


RefundRedemptionRefundRedemptionRedemption = RedemptionShape
RefundRedemptionRefundRedemptionUserErrors = ErrorShape
