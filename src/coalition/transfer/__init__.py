"""Gifts: points that a member gives to another."""

from coalition.transfer.checks import TRANSFER_CHECKS
from coalition.transfer.decide_transfer import Decision, decide_transfer
from coalition.transfer.errors import (
    ReceiverNotFound,
    TransferLimit,
    TransferNotFound,
    TransferOver,
    TransferToOneself,
    TransferWaits,
)
from coalition.transfer.names import masked
from coalition.transfer.queries import (
    Transfer,
    TransferState,
    find_receiver,
    gift_allowance,
    transfers_at,
    transfers_of,
)
from coalition.transfer.return_transfers import return_transfers
from coalition.transfer.send_points import Gift, Sent, send_points

__all__ = [
    "TRANSFER_CHECKS",
    "Decision",
    "Gift",
    "ReceiverNotFound",
    "Sent",
    "Transfer",
    "TransferLimit",
    "TransferNotFound",
    "TransferOver",
    "TransferState",
    "TransferToOneself",
    "TransferWaits",
    "decide_transfer",
    "find_receiver",
    "gift_allowance",
    "masked",
    "return_transfers",
    "send_points",
    "transfers_at",
    "transfers_of",
]
