"""Files that others send, whatever they are about: unpacked, cut into records, read by contract."""

from coalition.files.cells import (
    instant_in,
    is_whole,
    points_in,
    shares_of,
    shown,
    text_in,
    units_of,
)
from coalition.files.contract import HEADER, ROW, TRAILER, ContractFile, Layout, Said
from coalition.files.errors import (
    ChecksumNotAllowed,
    ContractBroken,
    FileBroken,
    FileNotAsAnnounced,
    FileTooLarge,
    FormulaInFile,
    TrailerWrong,
    UploadReplaced,
)
from coalition.files.lines import LONGEST_RECORD, Record, Records, cells_of, text_of
from coalition.files.sending import (
    at_most,
    check_announced,
    checksum_of,
    in_chunks,
    replaced,
    too_large,
)
from coalition.files.unpacking import Unpacking

__all__ = [
    "HEADER",
    "LONGEST_RECORD",
    "ROW",
    "TRAILER",
    "ChecksumNotAllowed",
    "ContractBroken",
    "ContractFile",
    "FileBroken",
    "FileNotAsAnnounced",
    "FileTooLarge",
    "FormulaInFile",
    "Layout",
    "Record",
    "Records",
    "Said",
    "TrailerWrong",
    "Unpacking",
    "UploadReplaced",
    "at_most",
    "cells_of",
    "check_announced",
    "checksum_of",
    "in_chunks",
    "instant_in",
    "is_whole",
    "points_in",
    "replaced",
    "shares_of",
    "shown",
    "text_in",
    "text_of",
    "too_large",
    "units_of",
]
