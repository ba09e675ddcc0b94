"""Text that others send us: bounded, printable, storable."""

import unicodedata

from coalition.kit.errors import Refusal

# Some spreadsheets run what begins with the full-width ones, too.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
# Letters and signs of Unicode that show nothing: fillers of Hangul, and an empty cell of Braille.
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Of any language there are fewer over one letter; more are piled over the lines around it.
_MOST_MARKS = 8


class TextNotAllowed(Refusal):
    """A text is empty, too long, or holds characters that cannot be printed."""

    code = "TEXT_NOT_ALLOWED"


def clean(value: str, field: tuple[str, ...], *, longest: int = 200) -> str:
    """`value` without surrounding blanks, at most `longest` characters. Raises `TextNotAllowed`.

    Refuses control characters, lone surrogates and direction marks: they cannot be stored, or
    make a log or a statement show another text than it holds. So does what shows nothing at all, or
    covers what stands around it.
    """
    text = value.strip()
    if not text or len(text) > longest or not text.isprintable() or not _shows(text):
        raise TextNotAllowed(
            f"{field[-1]} must be 1 to {longest} printable characters.", field=field
        )
    return text


def nearest_languages(locale: str | None) -> tuple[str, ...]:
    """In which languages a reader is told, as far as there are texts: its own, then it without the
    country; none for a reader that has named none.
    """
    return (locale, locale.partition("-")[0]) if locale else ()


def _shows(text: str) -> bool:
    """Whether there is something to be seen, and no pile of marks over it."""
    if text.isascii():
        return True
    is_seen, marks = False, 0
    for one in text:
        is_mark = unicodedata.category(one).startswith("M")
        marks = marks + 1 if is_mark else 0
        if marks > _MOST_MARKS:
            return False
        is_seen = is_seen or not (is_mark or one == " " or one in _UNSEEN)
    return is_seen


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
