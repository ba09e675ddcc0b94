"""Idempotency: what a key claims, and what tells one request from another.

A key belongs to (partner, operation): the same text at another partner or for another verb is
another key. Both values are the first 128 bits of a SHA-256, kept for ever in the very row that
the request wrote, so a replay is found as surely as the row is there.
"""

import hashlib
import json
from uuid import UUID

from coalition.kit.errors import Refusal

LONGEST_KEY = 255
# Made once: json.dumps with options of its own makes one at each call.
_written = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class IdempotencyKeyReused(Refusal):
    """The key was used before, with another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


class IdempotencyKeyNotAllowed(Refusal):
    """The key is not 1 to 255 visible ASCII characters."""

    code = "IDEMPOTENCY_KEY_NOT_ALLOWED"


def claim_of(owner: int | str, operation: str, key: str) -> UUID:
    """What `key` claims for an owner and an operation. Raises `IdempotencyKeyNotAllowed`."""
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise IdempotencyKeyNotAllowed(
            f"idempotencyKey must be 1 to {LONGEST_KEY} visible ASCII characters.",
            field=("idempotencyKey",),
        )
    return _first_bits(f"{owner}\x1f{operation}\x1f{key}")


def hash_of_request(*parts: object) -> UUID:
    """A fingerprint of a request's coerced values: text, whole numbers, None, lists of them.

    Values that mean the same must be given alike: amounts in minor units, instants in UTC.
    """
    return _first_bits(_written(parts))


def reused(key: str) -> IdempotencyKeyReused:
    return IdempotencyKeyReused(
        f"The idempotency key {key!r} was used for another request. Send a new key,"
        " or exactly the first request to see its result.",
        field=("idempotencyKey",),
    )


def _first_bits(text: str) -> UUID:
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])
