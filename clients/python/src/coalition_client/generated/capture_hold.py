from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorShape, HoldShape, RedemptionShape


class CaptureHold(BaseModel):
    capture_hold: "CaptureHoldCaptureHold"


class CaptureHoldCaptureHold(BaseModel):
    redemption: Optional["CaptureHoldCaptureHoldRedemption"]
    hold: Optional["CaptureHoldCaptureHoldHold"]
    replayed: bool
    user_errors: list["CaptureHoldCaptureHoldUserErrors"]


CaptureHoldCaptureHoldRedemption = RedemptionShape
CaptureHoldCaptureHoldHold = HoldShape
CaptureHoldCaptureHoldUserErrors = ErrorShape
