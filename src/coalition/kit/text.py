"""Text that others send us: bounded, printable, storable."""

import re
import unicodedata

from coalition.kit.errors import Refusal

# Some spreadsheets run what begins with the full-width ones, too.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
# Letters and signs of Unicode that show nothing: fillers of Hangul, and an empty cell of Braille.
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Of any language there are fewer over one letter; more are piled over the lines around it.
_MOST_MARKS = 8
# So many signs are read out at once; a few more are where the number has marks of its own.
_AT_ONCE = 4
_AT_MOST = 6


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


def in_fours(code: str) -> list[str]:
    """A code in groups that can be read out. Between them is a gap for the eye; the code has none,
    and whoever reads one in takes it with blanks too.
    """
    return [code[at : at + _AT_ONCE] for at in range(0, len(code), _AT_ONCE)]


def in_groups(number: str) -> list[str]:
    """A number of a card or a voucher, as `in_fours`; one that has marks of its own, like 9840-77
    or SPRING-2026, is divided by them, and further where a part is long and no word.
    """
    if number.isalnum():
        return in_fours(number)
    parts = [
        in_fours(part) if len(part) > _AT_MOST and not part.isalpha() else [part]
        for part in re.split(r"([^\W_]+)", number)
    ]
    groups = [""]
    for first, *more in parts:
        groups[-1] += first
        groups += more
    return groups


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
