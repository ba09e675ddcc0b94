from typing import Optional

from coalition_client.scalars import Points

from .base_model import BaseModel
from .fragments import AwardShape, ErrorShape


class ReverseAward(BaseModel):
    reverse_award: "ReverseAwardReverseAward"


class ReverseAwardReverseAward(BaseModel):
    award: Optional["ReverseAwardReverseAwardAward"]
    clawed_back: Points
    shortfall: Points
    shortfall_payer: Optional[str]
    replayed: bool
    user_errors: list["ReverseAwardReverseAwardUserErrors"]


ReverseAwardReverseAwardAward = AwardShape
ReverseAwardReverseAwardUserErrors = ErrorShape
