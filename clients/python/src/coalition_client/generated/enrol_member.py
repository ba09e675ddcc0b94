from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorShape, MemberShape


class EnrolMember(BaseModel):
    enrol_member: "EnrolMemberEnrolMember"


class EnrolMemberEnrolMember(BaseModel):
    member: Optional["EnrolMemberEnrolMemberMember"]
    replayed: bool
    user_errors: list["EnrolMemberEnrolMemberUserErrors"]


EnrolMemberEnrolMemberMember = MemberShape
EnrolMemberEnrolMemberUserErrors = ErrorShape
