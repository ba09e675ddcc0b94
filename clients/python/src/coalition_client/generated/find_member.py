from typing import Optional

from .base_model import BaseModel
from .fragments import MemberShape


class FindMember(BaseModel):
    member: Optional["FindMemberMember"]


FindMemberMember = MemberShape
