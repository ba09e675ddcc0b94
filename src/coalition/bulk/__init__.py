"""Files of purchases: taken, checked, awarded row by row in turns, and told about."""

from coalition.bulk.clean import Cleaned, clean_bulk
from coalition.bulk.create import (
    MOST_AT_ONCE,
    MOST_ROWS,
    BulkRequest,
    Created,
    cancel_bulk_award,
    create_bulk_award,
)
from coalition.bulk.errors import (
    BulkAwardHasItsFile,
    BulkAwardNotFound,
    ResultsGone,
    RowNotReadable,
)
from coalition.bulk.queries import (
    BulkRecord,
    BulkState,
    RowResult,
    bulk_awards_at,
    list_bulk_awards,
    results_after,
)
from coalition.bulk.rows import COLUMNS, ReadRow
from coalition.bulk.turn import Bench, Turn, take_turn
from coalition.bulk.upload import take_file

__all__ = [
    "COLUMNS",
    "MOST_AT_ONCE",
    "MOST_ROWS",
    "Bench",
    "BulkAwardHasItsFile",
    "BulkAwardNotFound",
    "BulkRecord",
    "BulkRequest",
    "BulkState",
    "Cleaned",
    "Created",
    "ReadRow",
    "ResultsGone",
    "RowNotReadable",
    "RowResult",
    "Turn",
    "bulk_awards_at",
    "cancel_bulk_award",
    "clean_bulk",
    "create_bulk_award",
    "list_bulk_awards",
    "results_after",
    "take_file",
    "take_turn",
]
