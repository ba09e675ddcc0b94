"""Prints a hash of everything that the generated code follows from."""

import hashlib
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = [
    HERE / "../../schema.graphql",
    *sorted((HERE / "operations").glob("*.graphql")),
    HERE / "pyproject.toml",
    HERE / "sender.py",
    HERE / "generate",
    HERE / "generate.lock",
]


def made_from() -> str:
    """SHA-256 over names and contents, in hexadecimal."""
    digest = hashlib.sha256()
    for file in SOURCES:
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


if __name__ == "__main__":
    print(made_from())
