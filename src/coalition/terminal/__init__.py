"""What a person sees in a terminal: the console, progress, tables. Says nothing about what to do.

Shared by the commands and the demo, which stands below them.
"""

from coalition.terminal.books import check_books
from coalition.terminal.disputes import dispute_table, disputes_table
from coalition.terminal.figures import roll_table, treasury_table
from coalition.terminal.insight import (
    concentration_table,
    coverage_table,
    earn_months_table,
    forecast_table,
    liability_table,
    revenue_table,
)
from coalition.terminal.missing import missing_table
from coalition.terminal.nettings import netting_table, period_table
from coalition.terminal.opening import opening_table
from coalition.terminal.payments import bank_table, payments_table
from coalition.terminal.reconciliation import ageing_table, items_table, summary_table
from coalition.terminal.screen import console, errors, progress
from coalition.terminal.settings import settings
from coalition.terminal.tables import (
    amount,
    checks_table,
    events_table,
    flow_table,
    jobs_table,
    periods_table,
    statement_table,
)

__all__ = [
    "ageing_table",
    "amount",
    "bank_table",
    "check_books",
    "checks_table",
    "concentration_table",
    "console",
    "coverage_table",
    "dispute_table",
    "disputes_table",
    "earn_months_table",
    "errors",
    "events_table",
    "flow_table",
    "forecast_table",
    "items_table",
    "jobs_table",
    "liability_table",
    "missing_table",
    "netting_table",
    "opening_table",
    "payments_table",
    "period_table",
    "periods_table",
    "progress",
    "revenue_table",
    "roll_table",
    "settings",
    "statement_table",
    "summary_table",
    "treasury_table",
]
