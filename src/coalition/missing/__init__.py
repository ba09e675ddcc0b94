"""Purchases that brought no points: reported by members, looked at and answered by brands."""

from coalition.missing.answer_missing import (
    answer_missing,
    ask_about_missing,
    decline_missing,
    withdraw_missing,
)
from coalition.missing.approve_missing import MissingApproval, approve_missing
from coalition.missing.errors import (
    AskedTooEarly,
    MissingPurchaseNotFound,
    PurchaseAlreadyAwarded,
    PurchaseAlreadyReported,
    ReceiptNotAllowed,
    ReceiptNotFound,
)
from coalition.missing.queries import (
    MissingFilter,
    MissingPurchase,
    MissingStep,
    Receipt,
    list_missing,
    receipt_at,
    receipts_of,
    steps_of_missing,
)
from coalition.missing.report_missing import MissingReport, Reported, report_missing
from coalition.missing.rules import (
    LARGEST_RECEIPT,
    MissingReason,
    MissingSide,
    MissingState,
    MissingStepKind,
)
from coalition.missing.sides import Taken
from coalition.missing.take_receipt import take_receipt

__all__ = [
    "LARGEST_RECEIPT",
    "AskedTooEarly",
    "MissingApproval",
    "MissingFilter",
    "MissingPurchase",
    "MissingPurchaseNotFound",
    "MissingReason",
    "MissingReport",
    "MissingSide",
    "MissingState",
    "MissingStep",
    "MissingStepKind",
    "PurchaseAlreadyAwarded",
    "PurchaseAlreadyReported",
    "Receipt",
    "ReceiptNotAllowed",
    "ReceiptNotFound",
    "Reported",
    "Taken",
    "answer_missing",
    "approve_missing",
    "ask_about_missing",
    "decline_missing",
    "list_missing",
    "receipt_at",
    "receipts_of",
    "report_missing",
    "steps_of_missing",
    "take_receipt",
    "withdraw_missing",
]
