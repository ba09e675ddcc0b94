from typing import Optional

from .base_model import BaseModel
from .fragments import ErrorShape, MemberShape


class BlockCard(BaseModel):
    block_card: "BlockCardBlockCard"


class BlockCardBlockCard(BaseModel):
    member: Optional["BlockCardBlockCardMember"]
    replayed: bool
    user_errors: list["BlockCardBlockCardUserErrors"]


BlockCardBlockCardMember = MemberShape
BlockCardBlockCardUserErrors = ErrorShape
