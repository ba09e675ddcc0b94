from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorShape, RedemptionShape


class RedeemPoints(BaseModel):
    redeem_points: "RedeemPointsRedeemPoints"


class RedeemPointsRedeemPoints(BaseModel):
    redemption: Optional["RedeemPointsRedeemPointsRedemption"]
    replayed: bool
    user_errors: list["RedeemPointsRedeemPointsUserErrors"]


RedeemPointsRedeemPointsRedemption = RedemptionShape
RedeemPointsRedeemPointsUserErrors = ErrorShape
