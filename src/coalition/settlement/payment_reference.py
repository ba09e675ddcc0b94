"""What a payment of a statement quotes, so that the bank's file can be matched. Pure."""

import hashlib
import re

LONGEST_ID = 35


def end_to_end_id(number: str, attempt: int = 1) -> str:
    """At most 35 characters of those that every bank of SEPA carries (EPC217-08), never with a
    slash at an end or two of them together. What is too long ends in the first eight digits of
    its SHA-256.
    """
    tail = "" if attempt == 1 else f"+{attempt}"
    text = re.sub(r"/{2,}", "/", re.sub(r"[^A-Za-z0-9/?:().,'+ -]", ".", number)).strip("/ ")
    if text != number or len(text) + len(tail) > LONGEST_ID:
        mark = hashlib.sha256(number.encode()).hexdigest()[:8]
        text = f"{text[: LONGEST_ID - len(tail) - 9].rstrip('/ ')}-{mark}"
    return text + tail
