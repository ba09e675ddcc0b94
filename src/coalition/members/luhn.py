"""The check digit of card numbers (ISO/IEC 7812-1, annex B). Pure."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Final

# A primary account number has these many digits (ISO/IEC 7812-1).
_SHORTEST, _LONGEST = 12, 19
# A token that is made so is no number, though its groups may be digits.
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_WORDS: Final = re.compile(r"[^\W_]+")


def check_digit(digits: str) -> int:
    """Every second digit from the right counts twice."""
    doubled = (
        sum(divmod(int(one) * (2 if place % 2 == 0 else 1), 10))
        for place, one in enumerate(reversed(digits))
    )
    return -sum(doubled) % 10


def holds_card_number(text: str) -> bool:
    """Whether the number of a payment card stands in a text, however its digits are parted and
    written: as a word of it, or as words that follow one another, like its groups. Of other numbers
    of that length one in ten is taken for one, too.
    """
    if _UUID.fullmatch(text):
        return False
    words = _WORDS.findall("".join(map(_in_ascii, unicodedata.normalize("NFKC", text))))
    return any(map(_is_card_number, (*words, *_runs(words))))


def _in_ascii(sign: str) -> str:
    """A digit of any script as it is written in ours."""
    return str(unicodedata.decimal(sign, sign))


def _runs(words: list[str]) -> Iterator[str]:
    """What words of nothing but digits make that follow one another: all of them, and without some
    at either end, where a month or a code stands beside the number.
    """
    for is_number, run in groupby(words, str.isdecimal):
        parts = list(run) if is_number else []
        for place in range(len(parts)):
            yield "".join(parts[place:])
            yield "".join(parts[: place + 1])


def _is_card_number(text: str) -> bool:
    if not (_SHORTEST <= len(text) <= _LONGEST and text.isascii() and text.isdigit()):
        return False
    return check_digit(text[:-1]) == int(text[-1])
