from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorShape, MemberShape


class ChangeMemberStatus(BaseModel):
    change_member_status: "ChangeMemberStatusChangeMemberStatus"


class ChangeMemberStatusChangeMemberStatus(BaseModel):
    member: Optional["ChangeMemberStatusChangeMemberStatusMember"]
    replayed: bool
    user_errors: list["ChangeMemberStatusChangeMemberStatusUserErrors"]


ChangeMemberStatusChangeMemberStatusMember = MemberShape
ChangeMemberStatusChangeMemberStatusUserErrors = ErrorShape
