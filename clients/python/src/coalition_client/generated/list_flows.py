from coalition_client.scalars import Points

from .base_model import BaseModel


class ListFlows(BaseModel):
    flows: list["ListFlowsFlows"]


class ListFlowsFlows(BaseModel):
    points: Points
    issuer: "ListFlowsFlowsIssuer"
    redeemer: "ListFlowsFlowsRedeemer"


class ListFlowsFlowsIssuer(BaseModel):
    code: str


class ListFlowsFlowsRedeemer(BaseModel):
    code: str
