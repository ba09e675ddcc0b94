from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorShape, HoldShape


class HoldWithTillToken(BaseModel):
    hold_with_till_token: "HoldWithTillTokenHoldWithTillToken"


class HoldWithTillTokenHoldWithTillToken(BaseModel):
    hold: Optional["HoldWithTillTokenHoldWithTillTokenHold"]
    replayed: bool
    user_errors: list["HoldWithTillTokenHoldWithTillTokenUserErrors"]


HoldWithTillTokenHoldWithTillTokenHold = HoldShape
HoldWithTillTokenHoldWithTillTokenUserErrors = ErrorShape
