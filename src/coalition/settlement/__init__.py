"""Who owes whom: periods closed, statements issued, positions netted."""

from coalition.settlement.advance_period import Advanced, advance_period
from coalition.settlement.approve_period import (
    Approved,
    approve_period,
    last_day_of,
    preview_netting,
)
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.checks import unreproducible_statements
from coalition.settlement.close_period import Closed, close_period
from coalition.settlement.correct_statements import Corrected, correct_statements
from coalition.settlement.drafts import draft_statements
from coalition.settlement.figures import (
    RollForward,
    positions_of,
    relieved_in,
    roll_forward,
)
from coalition.settlement.fx import FxRate, exactly
from coalition.settlement.gates import (
    Gate,
    Waiver,
    gates_of,
    known_period,
    next_gates,
    pass_gates,
    waive_items,
)
from coalition.settlement.kept import (
    BrandFigures,
    figures_of,
    kept_cohorts,
    kept_cohorts_of_each,
    kept_figures,
    pool_of,
    pool_of_drafts,
)
from coalition.settlement.laws import SETTLEMENT_CHECKS
from coalition.settlement.line_details import LineDetail, all_line_details, line_details
from coalition.settlement.lines import LineKind
from coalition.settlement.money_entries import MoneyEntry, balance_before, money_entries
from coalition.settlement.netting import (
    CurrencyPosition,
    Owed,
    Position,
    positions,
    totals_of,
)
from coalition.settlement.payment_reference import end_to_end_id
from coalition.settlement.preview_close import draft_as_record, preview_close
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
from coalition.settlement.rates import GivenRate, LoadedRates, load_rates, rates_into
from coalition.settlement.record_adjustment import (
    Adjustment,
    AdjustmentRequest,
    Source,
    record_adjustment,
)
from coalition.settlement.record_exchange import (
    Exchange,
    ExchangeRequest,
    Treasury,
    record_exchange,
    treasury_of,
)
from coalition.settlement.states import State
from coalition.settlement.vat import Side
from coalition.settlement.versions import replaced

__all__ = [
    "SETTLEMENT_CHECKS",
    "Adjustment",
    "AdjustmentRequest",
    "Advanced",
    "Approved",
    "BrandFigures",
    "Closed",
    "Corrected",
    "CurrencyPosition",
    "Exchange",
    "ExchangeRequest",
    "Flow",
    "FxRate",
    "Gate",
    "GivenRate",
    "LineDetail",
    "LineKind",
    "LoadedRates",
    "MoneyEntry",
    "Owed",
    "Position",
    "RollForward",
    "Run",
    "Side",
    "Source",
    "State",
    "StatementFilter",
    "StatementLineRecord",
    "StatementRecord",
    "Step",
    "Treasury",
    "Waiver",
    "advance_period",
    "all_line_details",
    "approve_period",
    "balance_before",
    "calendar_asked",
    "close_period",
    "correct_statements",
    "draft_as_record",
    "draft_statements",
    "end_to_end_id",
    "exactly",
    "figures_of",
    "flows",
    "gates_of",
    "kept_cohorts",
    "kept_cohorts_of_each",
    "kept_figures",
    "known_period",
    "last_day_of",
    "line_details",
    "list_statements",
    "load_rates",
    "money_entries",
    "next_gates",
    "pass_gates",
    "pool_of",
    "pool_of_drafts",
    "positions",
    "positions_of",
    "preview_close",
    "preview_netting",
    "rates_into",
    "record_adjustment",
    "record_exchange",
    "relieved_in",
    "replaced",
    "roll_forward",
    "runs_of",
    "steps_of",
    "totals_of",
    "treasury_of",
    "unreproducible_statements",
    "waive_items",
]
