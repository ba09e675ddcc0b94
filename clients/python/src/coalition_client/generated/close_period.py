from typing import Optional

from .base_model import BaseModel
from .enums import PeriodState
from .fragments import ErrorShape, StatementShape


class ClosePeriod(BaseModel):
    close_period: "ClosePeriodClosePeriod"


class ClosePeriodClosePeriod(BaseModel):
    period: Optional["ClosePeriodClosePeriodPeriod"]
    statements: list["ClosePeriodClosePeriodStatements"]
    already_closed: bool
    user_errors: list["ClosePeriodClosePeriodUserErrors"]


class ClosePeriodClosePeriodPeriod(BaseModel):
    label: str
    state: PeriodState


ClosePeriodClosePeriodStatements = StatementShape
ClosePeriodClosePeriodUserErrors = ErrorShape
