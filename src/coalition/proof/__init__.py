"""Check a statement offline: with its file, its line file and the coalition's public keys.

Stands alone: nothing else of the coalition is imported, `cryptography` is all it needs. What is
hashed and signed, byte by byte, is written in docs/proof.md.
"""

from coalition.proof.canonical import canonical
from coalition.proof.verify import (
    Finding,
    Keys,
    NoSuchKey,
    NotAStatement,
    Report,
    read_keys,
    verify_statement,
)

__all__ = [
    "Finding",
    "Keys",
    "NoSuchKey",
    "NotAStatement",
    "Report",
    "canonical",
    "read_keys",
    "verify_statement",
]
