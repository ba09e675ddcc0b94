from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorShape, HoldShape


class HoldPoints(BaseModel):
    hold_points: "HoldPointsHoldPoints"


class HoldPointsHoldPoints(BaseModel):
    hold: Optional["HoldPointsHoldPointsHold"]
    replayed: bool
    user_errors: list["HoldPointsHoldPointsUserErrors"]


HoldPointsHoldPointsHold = HoldShape
HoldPointsHoldPointsUserErrors = ErrorShape
