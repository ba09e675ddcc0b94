from datetime import date
from decimal import Decimal
from typing import Optional

from coalition_client.scalars import DateTime, Points

from .base_model import BaseModel
from .enums import AwardState, HoldState, MemberStatus, StatementLineKind, UserErrorCode


class AwardShape(BaseModel):
    id: str
    purchase_reference: str
    points: Points
    reversed_points: Points
    state: AwardState
    purchased_at: DateTime
    recorded_at: DateTime
    spendable_from: DateTime
    expires_on: Optional[date]


class ErrorShape(BaseModel):
    code: UserErrorCode
    message: str
    field: Optional[list[str]]


class HoldShape(BaseModel):
    id: str
    points: Points
    state: HoldState
    reference: str
    created_at: DateTime
    expires_at: DateTime


class MemberShape(BaseModel):
    id: str
    status: MemberStatus
    enrolled_at: DateTime


class MoneyShape(BaseModel):
    amount: Decimal
    currency: str


class RedemptionShape(BaseModel):
    id: str
    points: Points
    refunded_points: Points
    reference: str
    redeemed_at: DateTime
    value: "RedemptionShapeValue"


class RedemptionShapeValue(MoneyShape):
    pass


class StatementShape(BaseModel):
    id: str
    number: str
    currency: str
    hash: str
    issued_at: DateTime
    issued: "StatementShapeIssued"
    redeemed: "StatementShapeRedeemed"
    net: "StatementShapeNet"
    payable: "StatementShapePayable"
    partner: "StatementShapePartner"
    lines: list["StatementShapeLines"]


class StatementShapeIssued(MoneyShape):
    pass


class StatementShapeRedeemed(MoneyShape):
    pass


class StatementShapeNet(MoneyShape):
    pass


class StatementShapePayable(MoneyShape):
    pass


class StatementShapePartner(BaseModel):
    code: str


class StatementShapeLines(BaseModel):
    kind: StatementLineKind
    description: str
    points: Points
    price: Optional[Decimal]
    share: Decimal
    agreement_from: Optional[DateTime]
    original_period: Optional[str]
    promotion: Optional[str]
    entries: int
    amount: "StatementShapeLinesAmount"


class StatementShapeLinesAmount(MoneyShape):
    pass
