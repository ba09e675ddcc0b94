"""What members may ask about their own data: a copy of it, who got it, and to be forgotten."""

from coalition.privacy.clean import clean_copies
from coalition.privacy.copies import (
    CopyRecord,
    CopyState,
    ask_for_copy,
    copies_of,
    fetch_copy,
    make_copy,
)
from coalition.privacy.erase import (
    ErasureRecord,
    ask_for_erasure,
    erase_due,
    erasure_of,
    points_of,
    withdraw_erasure,
)
from coalition.privacy.errors import CopyNotFound, ErasureNotAsked, PointsWouldBeLost
from coalition.privacy.processing import Retention, record_of_processing
from coalition.privacy.sharing import Sharing, data_sharing

__all__ = [
    "CopyNotFound",
    "CopyRecord",
    "CopyState",
    "ErasureNotAsked",
    "ErasureRecord",
    "PointsWouldBeLost",
    "Retention",
    "Sharing",
    "ask_for_copy",
    "ask_for_erasure",
    "clean_copies",
    "copies_of",
    "data_sharing",
    "erase_due",
    "erasure_of",
    "fetch_copy",
    "make_copy",
    "points_of",
    "record_of_processing",
    "withdraw_erasure",
]
