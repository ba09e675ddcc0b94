from datetime import date
from typing import Optional

from coalition_client.scalars import DateTime, Points

from .base_model import BaseModel


class EstimateAward(BaseModel):
    estimate_award: "EstimateAwardEstimateAward"


class EstimateAwardEstimateAward(BaseModel):
    points: Points
    spendable_from: DateTime
    expires_on: Optional[date]
    explanation: list["EstimateAwardEstimateAwardExplanation"]


class EstimateAwardEstimateAwardExplanation(BaseModel):
    rule: str
    points: Points
