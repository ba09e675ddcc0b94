"""Codes that people type: no vowels, so no words, and no letters that look alike."""

import secrets

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def new_user_code() -> str:
    """Eight letters, shown as BCDF-GHJK: 2.5 * 10^10 of them (RFC 8628 section 6.1)."""
    return as_shown("".join(secrets.choice(_LETTERS) for _ in range(8)))


def as_shown(kept: str) -> str:
    return f"{kept[:4]}-{kept[4:]}"


def as_kept(typed: str) -> str:
    """A code as somebody typed it, in the form in which it is kept."""
    return "".join(one for one in typed.upper() if one in _LETTERS)[:8]
