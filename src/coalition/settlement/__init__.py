"""Who owes whom: periods closed, statements issued, positions netted."""

from coalition.settlement.advance_period import Advanced, advance_period
from coalition.settlement.approve_period import Approved, approve_period
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.checks import unreproducible_statements
from coalition.settlement.close_period import Closed, close_period
from coalition.settlement.drafts import draft_statements
from coalition.settlement.gates import Gate, Waiver, gates_of, next_gates, waive_items
from coalition.settlement.laws import SETTLEMENT_CHECKS
from coalition.settlement.lines import LineKind
from coalition.settlement.netting import CurrencyPosition, Owed, positions
from coalition.settlement.preview_close import preview_close
from coalition.settlement.queries import (
    Flow,
    Run,
    StatementFilter,
    StatementLineRecord,
    StatementRecord,
    Step,
    flows,
    list_statements,
    runs_of,
    steps_of,
)
from coalition.settlement.states import State

__all__ = [
    "SETTLEMENT_CHECKS",
    "Advanced",
    "Approved",
    "Closed",
    "CurrencyPosition",
    "Flow",
    "Gate",
    "LineKind",
    "Owed",
    "Run",
    "State",
    "StatementFilter",
    "StatementLineRecord",
    "StatementRecord",
    "Step",
    "Waiver",
    "advance_period",
    "approve_period",
    "calendar_asked",
    "close_period",
    "draft_statements",
    "flows",
    "gates_of",
    "list_statements",
    "next_gates",
    "positions",
    "preview_close",
    "runs_of",
    "steps_of",
    "unreproducible_statements",
    "waive_items",
]
