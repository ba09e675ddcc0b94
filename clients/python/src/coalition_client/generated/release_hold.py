from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorShape, HoldShape


class ReleaseHold(BaseModel):
    release_hold: "ReleaseHoldReleaseHold"


class ReleaseHoldReleaseHold(BaseModel):
    hold: Optional["ReleaseHoldReleaseHoldHold"]
    replayed: bool
    user_errors: list["ReleaseHoldReleaseHoldUserErrors"]


ReleaseHoldReleaseHoldHold = HoldShape
ReleaseHoldReleaseHoldUserErrors = ErrorShape
