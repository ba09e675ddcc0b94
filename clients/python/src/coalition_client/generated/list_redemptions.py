from typing import Optional

from .base_model import BaseModel
from .fragments import RedemptionShape


class ListRedemptions(BaseModel):
    redemptions: "ListRedemptionsRedemptions"


class ListRedemptionsRedemptions(BaseModel):
    nodes: list["ListRedemptionsRedemptionsNodes"]
    page_info: "ListRedemptionsRedemptionsPageInfo"


ListRedemptionsRedemptionsNodes = RedemptionShape


class ListRedemptionsRedemptionsPageInfo(BaseModel):
    has_next_page: bool
    end_cursor: Optional[str]
