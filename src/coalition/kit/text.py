"""Text that others send us: bounded, printable, storable."""

from coalition.kit.errors import Refusal

# Some spreadsheets run what begins with the full-width ones, too.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


class TextNotAllowed(Refusal):
    """A text is empty, too long, or holds characters that cannot be printed."""

    code = "TEXT_NOT_ALLOWED"


def clean(value: str, field: tuple[str, ...], *, longest: int = 200) -> str:
    """`value` without surrounding blanks, at most `longest` characters. Raises `TextNotAllowed`.

    Refuses control characters, lone surrogates and direction marks: they cannot be stored, or
    make a log or a statement show another text than it holds.
    """
    text = value.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise TextNotAllowed(
            f"{field[-1]} must be 1 to {longest} printable characters.", field=field
        )
    return text


def storable(value: str) -> str:
    """`value` with a mark in place of each character that the database cannot hold: a message may
    repeat what was sent.
    """
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def safe_cell(value: str) -> str:
    """`value` for a cell of a CSV file: a spreadsheet would run what begins like a formula.

    Source: OWASP, CSV Injection.
    """
    return f"'{value}" if value.startswith(_FORMULA) else value
