from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorShape, MemberShape


class ReplaceCard(BaseModel):
    replace_card: "ReplaceCardReplaceCard"


class ReplaceCardReplaceCard(BaseModel):
    member: Optional["ReplaceCardReplaceCardMember"]
    replayed: bool
    user_errors: list["ReplaceCardReplaceCardUserErrors"]


ReplaceCardReplaceCardMember = MemberShape
ReplaceCardReplaceCardUserErrors = ErrorShape
