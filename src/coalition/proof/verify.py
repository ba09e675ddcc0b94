"""Whether a statement is what the coalition signed, and whether its figures follow from its lines
and its lines from their entries. Pure, but for the line file, which is read once and row by row.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from coalition.proof.canonical import canonical
from coalition.proof.figures import wrong_figures
from coalition.proof.finding import Finding
from coalition.proof.rows import wrong_rows

__all__ = ["Finding", "NoSuchKey", "NotAStatement", "Report", "read_keys", "verify_statement"]

# Every file that was issued begins with the one and has the other: what has either was issued.
_BEGINNING, _FORMAT = b'{"signature":"', b"coalition-statement/"
_HALF = 32  # an ES256 signature is two numbers of 32 bytes (RFC 7518, 3.4)
Keys = Mapping[str, EllipticCurvePublicKey]


class NoSuchKey(ValueError):
    """The statement cannot be checked: the keys are not readable, or its own is not among them."""


class NotAStatement(ValueError):
    """The file cannot be checked: it is no statement, and never was one."""


@dataclass(frozen=True, slots=True)
class Report:
    """`findings` empty: all that was asked to be checked is as it was signed. `rows`: how many
    entries of the line file were checked, None without one. `number` and `signed_by` are None of
    what is no statement any more.
    """

    number: str | None
    signed_by: str | None
    rows: int | None
    findings: tuple[Finding, ...]


def read_keys(file: bytes) -> Keys:
    """The public keys of a JWK set (RFC 7517), by their ids. Raises `NoSuchKey`."""
    try:
        return {one["kid"]: _key(one) for one in json.loads(file)["keys"]}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise NoSuchKey(f"This is no set of public keys (JWK, P-256): {error!r}.") from error


def verify_statement(file: bytes, keys: Keys, lines: Iterable[bytes] | None = None) -> Report:
    """What is not as it was signed, by name. `lines` are the lines of the line file, each with
    its line feed.

    Raises `NoSuchKey` when the file is signed by a key that is not among `keys`, `NotAStatement`
    when it is something else. What was a statement and is none any more was altered.
    """
    try:
        signed = json.loads(file)
        content, signature = signed["statement"], signed["signature"]
        kid = _key_id(signature)
        number = str(content["number"])
        spelled = canonical({"statement": content, "signature": signature}) == file
        payload = canonical(content)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        if not file.startswith(_BEGINNING) and _FORMAT not in file:
            raise NotAStatement(_instead(file)) from error
        where = Finding("file", f"It is no signed statement any more: {error!r}.")
        return Report(None, None, None, (where,))
    if kid not in keys:
        raise NoSuchKey(
            f"The statement names the key {kid!r}, which is not among those given:"
            f" {', '.join(sorted(keys)) or 'none'}. Fetch the coalition's newest keys."
        )
    findings: list[Finding] = []
    if not spelled:
        findings.append(
            Finding("file", "It is not spelled as it was issued (RFC 8785): it was edited.")
        )
    if not _is_signed(payload, signature, keys[kid]):
        findings.append(Finding("signature", f"The key {kid} has not signed this content."))
    try:
        findings += wrong_figures(content)
        rows, wrong = (None, []) if lines is None else wrong_rows(content, lines)
        findings += wrong
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        findings.append(Finding("statement", f"Its content cannot be read: {error!r}."))
        rows = None
    return Report(number, kid, rows, tuple(findings))


def _instead(file: bytes) -> str:
    """What a file is that is no statement, and what to give instead."""
    if not file.strip():
        return "It is empty."
    if file.startswith(b"%PDF"):
        return "It is a PDF, which only shows the statement: give its .json file."
    if file.startswith(b"PK"):
        return "It is a workbook, which only shows the statement: give its .json file."
    if file.startswith(b'{"format":"coalition-lines'):
        return "It is a line file: give it with --lines, and the statement's .json file first."
    if file.lstrip()[:1] in (b"{", b"["):
        return "It is JSON, or begins like it, but no statement with its signature."
    return "It is no JSON: give the statement's .json file, as it was issued."


def _key(jwk: Mapping[str, Any]) -> EllipticCurvePublicKey:
    if jwk["kty"] != "EC" or jwk["crv"] != "P-256":
        raise ValueError("only P-256 keys sign statements")
    x, y = (int.from_bytes(_decoded(jwk[name])) for name in ("x", "y"))
    return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()


def _key_id(signature: str) -> str:
    """The `kid` of a detached JWS (RFC 7515, appendix F): header, nothing, signature."""
    header, payload, _ = signature.split(".")
    if payload:
        raise ValueError("the signature is not detached")
    read = json.loads(_decoded(header))
    if read.get("alg") != "ES256":
        raise ValueError(f"signed with {read.get('alg')}, not with ES256")
    return str(read["kid"])


def _is_signed(payload: bytes, signature: str, key: EllipticCurvePublicKey) -> bool:
    header, _, value = signature.split(".")
    try:
        raw = _decoded(value)
    except ValueError:
        return False
    if len(raw) != 2 * _HALF:
        return False
    r, s = int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:])
    signed = header.encode() + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")
    try:
        key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _decoded(text: str) -> bytes:
    """Of base64url without padding. Its last character has bits that mean nothing: they are 0, or
    another spelling of the same signature would pass.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64url: {error}") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("not the one spelling of base64url")
    return raw
