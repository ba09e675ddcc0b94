from typing import Optional

from .base_model import BaseModel
from .fragments import AwardShape


class ListAwards(BaseModel):
    awards: "ListAwardsAwards"


class ListAwardsAwards(BaseModel):
    nodes: list["ListAwardsAwardsNodes"]
    page_info: "ListAwardsAwardsPageInfo"


ListAwardsAwardsNodes = AwardShape


class ListAwardsAwardsPageInfo(BaseModel):
    has_next_page: bool
    end_cursor: Optional[str]
