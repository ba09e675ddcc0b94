from typing import Optional

from coalition_client.scalars import Points

from .base_model import BaseModel
from .fragments import ErrorShape


class AwardPointsBatch(BaseModel):
    award_points_batch: "AwardPointsBatchAwardPointsBatch"


class AwardPointsBatchAwardPointsBatch(BaseModel):
    accepted: int
    replayed: int
    rejected: int
    points: Points
    results: list["AwardPointsBatchAwardPointsBatchResults"]
    user_errors: list["AwardPointsBatchAwardPointsBatchUserErrors"]


class AwardPointsBatchAwardPointsBatchResults(BaseModel):
    index: int
    replayed: bool
    award: Optional["AwardPointsBatchAwardPointsBatchResultsAward"]
    user_errors: list["AwardPointsBatchAwardPointsBatchResultsUserErrors"]


class AwardPointsBatchAwardPointsBatchResultsAward(BaseModel):
    id: str
    points: Points


AwardPointsBatchAwardPointsBatchResultsUserErrors = ErrorShape
AwardPointsBatchAwardPointsBatchUserErrors = ErrorShape
