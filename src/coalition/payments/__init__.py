"""What a settled period is paid by: payment files for the bank, and the bank's files back."""

from coalition.payments.bank_entries import (
    BankEntry,
    BankFile,
    KeptStatement,
    bank_entries_of,
    bank_entry_numbered,
    bank_files,
)
from coalition.payments.checks import PAYMENT_CHECKS
from coalition.payments.instruct_payments import Instructed, InstructionRequest, instruct_payments
from coalition.payments.orders import Direction, Method, masked
from coalition.payments.queries import (
    Payment,
    PaymentFile,
    PaymentState,
    payment_files,
    payment_numbered,
    payments_of,
)
from coalition.payments.resolve_bank_entry import Resolution, Resolved, resolve_bank_entry
from coalition.payments.take_bank_file import Taken, take_bank_file

__all__ = [
    "PAYMENT_CHECKS",
    "BankEntry",
    "BankFile",
    "Direction",
    "Instructed",
    "InstructionRequest",
    "KeptStatement",
    "Method",
    "Payment",
    "PaymentFile",
    "PaymentState",
    "Resolution",
    "Resolved",
    "Taken",
    "bank_entries_of",
    "bank_entry_numbered",
    "bank_files",
    "instruct_payments",
    "masked",
    "payment_files",
    "payment_numbered",
    "payments_of",
    "resolve_bank_entry",
    "take_bank_file",
]
