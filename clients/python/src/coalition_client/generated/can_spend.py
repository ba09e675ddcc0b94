from typing import Optional

from .base_model import BaseModel


class CanSpend(BaseModel):
    member: Optional["CanSpendMember"]


class CanSpendMember(BaseModel):
    can_spend: bool
