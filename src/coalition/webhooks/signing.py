"""Signatures of Standard Webhooks 1.0 (standardwebhooks.com), symmetric scheme `v1`. Pure.

HMAC-SHA256 over `id.timestamp.body` with each secret that is good at the moment, in base64. Secrets
are shown as `whsec_` and the base64 of their bytes.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES = 32


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """A secret as its owner is shown it, once."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def signature(secret: bytes, message_id: str, at: datetime, body: bytes) -> str:
    signed = b"%s.%d.%s" % (message_id.encode(), int(at.timestamp()), body)
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def signed_headers(
    good: Sequence[bytes], message_id: str, at: datetime, body: bytes
) -> Mapping[str, str]:
    """The three headers of the standard. `good`: the secrets, of which a receiver knows one."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signature(one, message_id, at, body) for one in good),
    }
