from decimal import Decimal
from typing import Optional

from coalition_client.scalars import DateTime, Points

from .base_model import BaseModel
from .enums import PartnerStatus, ViewerKind


class Viewer(BaseModel):
    viewer: "ViewerViewer"


class ViewerViewer(BaseModel):
    kind: ViewerKind
    scopes: list[str]
    partner: Optional["ViewerViewerPartner"]


class ViewerViewerPartner(BaseModel):
    id: str
    code: str
    name: str
    status: PartnerStatus
    currency: str
    agreements: list["ViewerViewerPartnerAgreements"]


class ViewerViewerPartnerAgreements(BaseModel):
    valid_from: DateTime
    points_per_unit: Decimal
    issue_price: Decimal
    redeem_price: Decimal
    minimum_redemption: Points
