"""Opaque public ids: `awd_...`, `mbr_...`, each saying its kind and nothing else.

A row is found by small numbers inside (a member's number and the place in that member's
ledger). Shown as they are, they would tell a partner how many members there are and how
often a member was seen at other brands. So an id is one block of AES-128 over those numbers:
no column and no index of its own, the same id for ever, and nothing to be read from it.
The kind is sealed inside too, so an id with another prefix, or a guessed one, opens to
nothing. Not a protection by itself: who may see a row is decided where the row is read.
"""

import base64
import binascii
import secrets
import struct
import time
from enum import Enum
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import ECB

_BLOCK = struct.Struct(">3sQIB")
_TEXT_LENGTH = 26


class Kind(Enum):
    """What an id names. The value is its visible prefix."""

    MEMBER = "mbr"
    PARTNER = "prt"
    AWARD = "awd"
    HOLD = "hld"
    REDEMPTION = "rdm"
    PERIOD = "per"
    STATEMENT = "stm"
    INVOICE = "inv"
    SUMMARY = "smy"
    ENTRY = "ent"
    EVENT = "evt"
    FEED_PLACE = "cur"
    WEBHOOK_ENDPOINT = "whk"
    WEBHOOK_DELIVERY = "dlv"
    BULK_AWARD = "blk"
    RECONCILIATION_FILE = "rcf"
    RECONCILIATION_ITEM = "rci"
    DISPUTE = "dsp"
    BANK_ENTRY = "bke"
    REWARD = "rwd"
    CLAIM = "clm"
    HOUSEHOLD_MEMBER = "hhm"
    HOUSEHOLD_INVITATION = "hhi"
    TRANSFER = "gft"
    CONSENT = "cst"
    MAIL = "eml"
    VERIFICATION = "vrf"
    DATA_COPY = "dat"
    MISSING_PURCHASE = "mis"
    VOUCHER_GIFT = "vgf"
    PAYMENT_CARD = "pmc"


class NotAnId(ValueError):
    """The text is not an id of the kind asked for."""


class Seal:
    """Seals and opens ids with one secret key of 16 bytes."""

    def __init__(self, key: bytes) -> None:
        # One block per id and never two blocks of one message: a permutation is all we need.
        cipher = Cipher(AES128(key), ECB())  # noqa: S305 - one block, no chaining
        self._seal = cipher.encryptor().update
        self._open = cipher.decryptor().update

    def seal(self, kind: Kind, number: int, place: int = 0) -> str:
        """The public id of row (`number`, `place`) of a kind."""
        block = self._seal(_BLOCK.pack(kind.value.encode(), number, place, 0))
        return f"{kind.value}_{base64.b32encode(block).decode().rstrip('=').lower()}"

    def open(self, kind: Kind, text: str) -> tuple[int, int]:
        """The row's number and place. Raises `NotAnId` for anything not sealed here."""
        prefix, _, body = text.partition("_")
        if prefix != kind.value or len(body) != _TEXT_LENGTH or not _is_plain(body):
            raise NotAnId(text)
        try:
            block = base64.b32decode(body.upper() + "======")
        except binascii.Error:
            raise NotAnId(text) from None
        tag, number, place, zero = _BLOCK.unpack(self._open(block))
        # The last character carries two bits that base32 ignores: an id has one spelling only.
        if tag != kind.value.encode() or zero != 0 or self.seal(kind, number, place) != text:
            raise NotAnId(text)
        return number, place

    def number(self, kind: Kind, text: str) -> int:
        """The row that an id names; 0, which no row has, for what names none: it is then answered
        like one that is others'.
        """
        try:
            return self.open(kind, text)[0]
        except NotAnId:
            return 0

    def kind_of(self, text: str) -> Kind:
        """The kind that an id claims by its prefix. Raises `NotAnId`."""
        try:
            return Kind(text.partition("_")[0])
        except ValueError:
            raise NotAnId(text) from None


def _is_plain(text: str) -> bool:
    # Other letters change their number when they are capitalised.
    return text.isascii() and text == text.lower()


def new_request_id() -> UUID:
    """A UUID of version 7 (RFC 9562 section 5.7): its first 48 bits tell the millisecond, so
    what a request left behind is looked for among the records of its time.
    """
    moment = time.time_ns() // 1_000_000
    number = moment << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0b11 << 62) | 0b10 << 62)
