"""Voucher codes as they are kept: found by a keyed hash, and shown again to their owner only.

Who reads the table sees neither the codes nor a hash that a list of guesses could be tried on. The
key is the server's own (access/keys.py); it seals for one brand, so that a row that was moved to
another brand opens to nothing.
"""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coalition.kit.text import clean

LONGEST_CODE = 64
_NONCE = 12


def checked_code(code: str, field: tuple[str, ...] = ("code",)) -> str:
    """A code in its one spelling, in which blanks do not matter. Raises `TextNotAllowed`."""
    return clean(code, field, longest=LONGEST_CODE).replace(" ", "")


def hash_of_code(key: bytes, partner_id: int, code: str) -> bytes:
    return hmac.new(_derived(key, "find"), f"{partner_id}/{code}".encode(), hashlib.sha256).digest()


def seal_code(key: bytes, partner_id: int, code: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(_derived(key, "show")).encrypt(nonce, code.encode(), str(partner_id).encode())
    return nonce + sealed


def open_code(key: bytes, partner_id: int, sealed: bytes) -> str:
    """Raises `ValueError` for what was not sealed here, or was altered."""
    try:
        opened = AESGCM(_derived(key, "show")).decrypt(
            sealed[:_NONCE], sealed[_NONCE:], str(partner_id).encode()
        )
    except InvalidTag:
        raise ValueError("A voucher's code does not open with this server's key.") from None
    return opened.decode()


def _derived(key: bytes, purpose: str) -> bytes:
    """One key for each use (NIST SP 800-108: a keyed hash in counter mode, one block)."""
    return hmac.new(key, b"\x01" + purpose.encode(), hashlib.sha256).digest()
