"""A file that a side hands in: bounded, of a kind that people can read, kept with its hash."""

from dataclasses import dataclass

from coalition.disputes.errors import EvidenceNotAllowed
from coalition.kit.text import clean

LARGEST = 2 * 1024 * 1024
# How a file of the kind begins; None: text in UTF-8.
_BEGINS: dict[str, bytes | None] = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "text/csv": None,
    "text/plain": None,
}
MEDIA_TYPES = tuple(_BEGINS)


@dataclass(frozen=True, slots=True)
class Evidence:
    name: str
    media_type: str
    content: bytes


def checked(evidence: Evidence) -> Evidence:
    """Raises `EvidenceNotAllowed`, `TextNotAllowed`."""
    name = clean(evidence.name, ("evidence", "name"), longest=120)
    if "/" in name or "\\" in name:
        raise EvidenceNotAllowed(
            "The name of a file has no slashes in it.", field=("evidence", "name")
        )
    if evidence.media_type not in _BEGINS:
        raise EvidenceNotAllowed(
            f"Evidence is one of {', '.join(MEDIA_TYPES)}.", field=("evidence", "mediaType")
        )
    if not 0 < len(evidence.content) <= LARGEST:
        raise EvidenceNotAllowed(
            f"Evidence has 1 to {LARGEST} bytes, and {name} has {len(evidence.content)}.",
            field=("evidence", "content"),
        )
    begins = _BEGINS[evidence.media_type]
    if begins is None:
        fits = b"\x00" not in evidence.content and _is_text(evidence.content)
    else:
        fits = evidence.content.startswith(begins)
    if not fits:
        raise EvidenceNotAllowed(
            f"{name} is not what it is said to be: {evidence.media_type}.",
            field=("evidence", "content"),
        )
    return Evidence(name, evidence.media_type, evidence.content)


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
