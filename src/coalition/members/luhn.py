"""The check digit of card numbers (ISO/IEC 7812-1, annex B). Pure."""

import re
import unicodedata
from typing import Final

# A primary account number has these many digits (ISO/IEC 7812-1).
_SHORTEST, _LONGEST = 12, 19
# How people and programs part the digits of a number.
_PARTS: Final = re.compile(r"[\s.\-_/]")
_WORDS: Final = re.compile(r"[0-9A-Za-z]+")


def check_digit(digits: str) -> int:
    """Every second digit from the right counts twice."""
    doubled = (
        sum(divmod(int(one) * (2 if place % 2 == 0 else 1), 10))
        for place, one in enumerate(reversed(digits))
    )
    return -sum(doubled) % 10


def holds_card_number(text: str) -> bool:
    """Whether a text is the number of a payment card, however its digits are parted and written, or
    has one as a word of it. Of other numbers of that length one in ten is taken for one, too.
    """
    plain = unicodedata.normalize("NFKC", text)
    return any(map(_is_card_number, (_PARTS.sub("", plain), *_WORDS.findall(plain))))


def _is_card_number(text: str) -> bool:
    if not (_SHORTEST <= len(text) <= _LONGEST and text.isascii() and text.isdigit()):
        return False
    return check_digit(text[:-1]) == int(text[-1])
