"""A partner's file against the ledger: taken, compared row by row, and each difference resolved."""

from coalition.reconciliation.ageing import BANDS, Ageing, Band, ageing_of
from coalition.reconciliation.assign_item import Aged, assign_item, own_overdue
from coalition.reconciliation.classes import AWARD, REDEMPTION, REFUND, RETURN, Action, RowClass
from coalition.reconciliation.create_file import Created, FileRequest, create_file
from coalition.reconciliation.errors import (
    FileOfAnotherPeriod,
    ItemNotFound,
    ItemResolved,
    ReconciliationFileNotFound,
)
from coalition.reconciliation.file_contract import KINDS, MOST_BYTES, MOST_ROWS
from coalition.reconciliation.identity import ClassSum, Identity
from coalition.reconciliation.queries import (
    FileRecord,
    ItemFilter,
    ItemRecord,
    OpenValue,
    Summary,
    files_at,
    items_at,
    list_files,
    list_items,
    open_items_above_tolerance,
    open_values,
    summaries_of,
)
from coalition.reconciliation.resolve_item import (
    OPERATOR,
    Resolution,
    Resolved,
    actions_for,
    rehearse_resolution,
    resolve_item,
    units,
)
from coalition.reconciliation.run_reconciliation import (
    Ran,
    rehearse_waiting,
    run_reconciliation,
    run_waiting,
)
from coalition.reconciliation.take_file import Taken, take_file

__all__ = [
    "AWARD",
    "BANDS",
    "KINDS",
    "MOST_BYTES",
    "MOST_ROWS",
    "OPERATOR",
    "REDEMPTION",
    "REFUND",
    "RETURN",
    "Action",
    "Aged",
    "Ageing",
    "Band",
    "ClassSum",
    "Created",
    "FileOfAnotherPeriod",
    "FileRecord",
    "FileRequest",
    "Identity",
    "ItemFilter",
    "ItemNotFound",
    "ItemRecord",
    "ItemResolved",
    "OpenValue",
    "Ran",
    "ReconciliationFileNotFound",
    "Resolution",
    "Resolved",
    "RowClass",
    "Summary",
    "Taken",
    "actions_for",
    "ageing_of",
    "assign_item",
    "create_file",
    "files_at",
    "items_at",
    "list_files",
    "list_items",
    "open_items_above_tolerance",
    "open_values",
    "own_overdue",
    "rehearse_resolution",
    "rehearse_waiting",
    "resolve_item",
    "run_reconciliation",
    "run_waiting",
    "summaries_of",
    "take_file",
    "units",
]
