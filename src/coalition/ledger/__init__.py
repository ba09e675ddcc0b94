"""Double entry in two books; knows nobody's name.

The points book is written by the functions beside the verbs (`*.sql`) with the steps of this
folder: `enter_books`, `post_entry`, `take_lots`, `free_hold`. The database refuses to change or
remove what is written there. Balances and lots' remains are kept beside it and proven from it
(`checks.py`).
"""

from coalition.ledger.allowances import (
    Allowance,
    AllowanceKind,
    PackUse,
    allowances_of,
    pack_uses,
)
from coalition.ledger.balances import (
    Balance,
    ExpiringPoints,
    PendingPoints,
    balance_of,
    balance_then,
    expiring_points,
    pending_points,
)
from coalition.ledger.calendar import (
    NoSuchCalendar,
    NoSuchPeriod,
    PeriodSpan,
    SettlementCalendar,
    ZonedCalendar,
    is_label,
    span_after,
    span_containing,
    span_named,
)
from coalition.ledger.chain import ChainedEntry, chain
from coalition.ledger.chart import Account, Kind, MoneyAccount
from coalition.ledger.checks import Broken, broken_laws
from coalition.ledger.cohort_queries import cohort_rolls
from coalition.ledger.cohorts import CohortRoll
from coalition.ledger.law import Check
from coalition.ledger.laws import CHECKS
from coalition.ledger.period_sums import (
    IssuerRoll,
    OwnUseSum,
    PeriodSum,
    Redeemed,
    own_uses_of_period,
    redeemed_in,
    sums_of_period,
)
from coalition.ledger.periods import PeriodBook
from coalition.ledger.queries import (
    MOST_FOLLOWERS,
    EntryState,
    HistoryEntry,
    HistoryFilter,
    LotState,
    Period,
    SpentLot,
    Standing,
    all_periods,
    days_ended,
    entry_at,
    entry_states,
    followers_of,
    history_of,
    labels_of_periods,
    lot_states,
    period_named,
    period_numbered,
    points_after,
    release_of,
    spent_lots,
)
from coalition.ledger.shares import split

__all__ = [
    "CHECKS",
    "MOST_FOLLOWERS",
    "Account",
    "Allowance",
    "AllowanceKind",
    "Balance",
    "Broken",
    "ChainedEntry",
    "Check",
    "CohortRoll",
    "EntryState",
    "ExpiringPoints",
    "HistoryEntry",
    "HistoryFilter",
    "IssuerRoll",
    "Kind",
    "LotState",
    "MoneyAccount",
    "NoSuchCalendar",
    "NoSuchPeriod",
    "OwnUseSum",
    "PackUse",
    "PendingPoints",
    "Period",
    "PeriodBook",
    "PeriodSpan",
    "PeriodSum",
    "Redeemed",
    "SettlementCalendar",
    "SpentLot",
    "Standing",
    "ZonedCalendar",
    "all_periods",
    "allowances_of",
    "balance_of",
    "balance_then",
    "broken_laws",
    "chain",
    "cohort_rolls",
    "days_ended",
    "entry_at",
    "entry_states",
    "expiring_points",
    "followers_of",
    "history_of",
    "is_label",
    "labels_of_periods",
    "lot_states",
    "own_uses_of_period",
    "pack_uses",
    "pending_points",
    "period_named",
    "period_numbered",
    "points_after",
    "redeemed_in",
    "release_of",
    "span_after",
    "span_containing",
    "span_named",
    "spent_lots",
    "split",
    "sums_of_period",
]
