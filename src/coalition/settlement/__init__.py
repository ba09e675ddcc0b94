"""Who owes whom: periods closed, statements issued, positions netted."""

from coalition.settlement.calendars import calendar_asked
from coalition.settlement.checks import SETTLEMENT_CHECKS, unreproducible_statements
from coalition.settlement.close_period import Closed, close_period, draft_statements
from coalition.settlement.netting import CurrencyPosition, LineKind, positions
from coalition.settlement.preview_close import preview_close
from coalition.settlement.queries import (
    Flow,
    StatementFilter,
    StatementLineRecord,
    StatementRecord,
    flows,
    list_statements,
)

__all__ = [
    "SETTLEMENT_CHECKS",
    "Closed",
    "CurrencyPosition",
    "Flow",
    "LineKind",
    "StatementFilter",
    "StatementLineRecord",
    "StatementRecord",
    "calendar_asked",
    "close_period",
    "draft_statements",
    "flows",
    "list_statements",
    "positions",
    "preview_close",
    "unreproducible_statements",
]
