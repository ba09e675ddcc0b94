"""What the pages ask the API: the files of queries/, each with the fragments that it names. They
are registered there and then named by the SHA-256 of their text; these pages' token may run no
others.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).with_name("queries")
_FRAGMENT = re.compile(r"\.\.\.([A-Z]\w*)")


def _document(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    named = sorted(set(_FRAGMENT.findall(text)))
    fragments = ((_FOLDER / "fragments" / f"{one}.graphql").read_text("utf-8") for one in named)
    return "\n".join((text, *fragments))


DOCUMENTS: Mapping[str, str] = MappingProxyType(
    {file.stem: _document(file) for file in sorted(_FOLDER.glob("*.graphql"))}
)


def id_of(text: str) -> str:
    """As the appendix "Persisted Documents" of GraphQL over HTTP names a document."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


IDS: Mapping[str, str] = MappingProxyType({name: id_of(text) for name, text in DOCUMENTS.items()})
