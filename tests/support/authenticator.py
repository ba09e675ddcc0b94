"""A device with passkeys, in software: ES256, attestation `none` (WebAuthn level 3).

It does what it is told, also what an honest device or browser never would: another origin, no
check of its holder, a count that goes back.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _MAY_BE_BACKED_UP, _BACKED_UP, _ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
Json = dict[str, Any]


@dataclass
class Held:
    """A passkey on the device. `counts` False: its count of signatures stays 0."""

    id: bytes
    key: ec.EllipticCurvePrivateKey
    name: str
    handle: bytes
    counts: bool
    count: int = 0


@dataclass
class Authenticator:
    """`origin`: where the browser says that the page is from. `checks_holder`: whether it asks
    its holder for a finger or a code.
    """

    origin: str
    checks_holder: bool = True
    is_synced: bool = False
    counts: bool = True
    is_framed: bool = False
    held: list[Held] = field(default_factory=list)

    def create(
        self, options: Mapping[str, Any], *, name: str | None = None, id_: bytes | None = None
    ) -> Json:
        """What `navigator.credentials.create` gives, as the page sends it."""
        made = Held(
            id_ or secrets.token_bytes(32),
            ec.generate_private_key(ec.SECP256R1()),
            name or options["rp"]["id"],
            _bytes(options["user"]["id"]),
            self.counts,
        )
        self.held.append(made)
        numbers = made.key.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        attested = b"\1" * 16 + len(made.id).to_bytes(2, "big") + made.id + public
        attestation = {
            "fmt": "none", "attStmt": {}, "authData": self._data(made, _ATTESTED) + attested,
        }  # fmt: skip
        response = {
            "clientDataJSON": _text(self._said("webauthn.create", options["challenge"])),
            "attestationObject": _text(cbor2.dumps(attestation)),
            "transports": ["internal", "hybrid"],
        }
        return _credential(made, response)

    def get(
        self, options: Mapping[str, Any], held: Held | None = None, **other: bytes | None
    ) -> Json:
        """What `navigator.credentials.get` gives; `other`: what it gives instead of the truth."""
        used = held or self.held[-1]
        used.count += used.counts
        data = self._data(used)
        said = self._said("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(said).digest()
        truth: dict[str, bytes | None] = {
            "clientDataJSON": said,
            "authenticatorData": data,
            "signature": used.key.sign(signed, ec.ECDSA(hashes.SHA256())),
            "userHandle": used.handle,
        }
        response = {
            name: _text(value) for name, value in (truth | other).items() if value is not None
        }
        return _credential(used, response)

    def _data(self, used: Held, more: int = 0) -> bytes:
        flags = _PRESENT | more
        flags |= _VERIFIED if self.checks_holder else 0
        flags |= _MAY_BE_BACKED_UP | _BACKED_UP if self.is_synced else 0
        name = hashlib.sha256(used.name.encode()).digest()
        return name + bytes([flags]) + used.count.to_bytes(4, "big")

    def _said(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(said | {"crossOrigin": self.is_framed}).encode()


def _credential(used: Held, response: Json) -> Json:
    return {"id": _text(used.id), "rawId": _text(used.id), "type": "public-key",
            "response": response}  # fmt: skip


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
