from decimal import Decimal

from .base_model import BaseModel


class ShowProgramme(BaseModel):
    programme: "ShowProgrammeProgramme"


class ShowProgrammeProgramme(BaseModel):
    name: str
    point_name: str
    point_value: Decimal
    currency: str
    time_zone: str
