"""What a settled period is paid by: payment files for the bank, and the bank's files back."""

from coalition.payments.checks import PAYMENT_CHECKS
from coalition.payments.instruct_payments import Instructed, InstructionRequest, instruct_payments
from coalition.payments.orders import Direction, Method, masked
from coalition.payments.queries import (
    BankEntry,
    BankFile,
    Payment,
    PaymentFile,
    PaymentState,
    bank_files,
    payment_files,
    payments_of,
)
from coalition.payments.take_bank_file import Taken, TakenEntry, take_bank_file

__all__ = [
    "PAYMENT_CHECKS",
    "BankEntry",
    "BankFile",
    "Direction",
    "Instructed",
    "InstructionRequest",
    "Method",
    "Payment",
    "PaymentFile",
    "PaymentState",
    "Taken",
    "TakenEntry",
    "bank_files",
    "instruct_payments",
    "masked",
    "payment_files",
    "payments_of",
    "take_bank_file",
]
