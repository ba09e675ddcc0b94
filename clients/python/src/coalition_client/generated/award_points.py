from typing import Optional

from .base_model import BaseModel
from .fragments import AwardShape, ErrorShape


class AwardPoints(BaseModel):
    award_points: "AwardPointsAwardPoints"


class AwardPointsAwardPoints(BaseModel):
    award: Optional["AwardPointsAwardPointsAward"]
    replayed: bool
    user_errors: list["AwardPointsAwardPointsUserErrors"]


AwardPointsAwardPointsAward = AwardShape
AwardPointsAwardPointsUserErrors = ErrorShape
