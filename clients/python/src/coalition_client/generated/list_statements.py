from typing import Optional

from .base_model import BaseModel
from .fragments import StatementShape


class ListStatements(BaseModel):
    statements: "ListStatementsStatements"


class ListStatementsStatements(BaseModel):
    nodes: list["ListStatementsStatementsNodes"]
    page_info: "ListStatementsStatementsPageInfo"


ListStatementsStatementsNodes = StatementShape


class ListStatementsStatementsPageInfo(BaseModel):
    has_next_page: bool
    end_cursor: Optional[str]
