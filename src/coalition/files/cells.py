"""What a cell of a contract's file may say, and in which spelling. Pure."""

import re
from datetime import datetime
from typing import Final

from coalition.files.errors import ContractBroken, FormulaInFile
from coalition.kit.amounts import LARGEST

LONGEST_TEXT: Final = 200
_WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)
_SHARES = 4  # no currency of ISO 4217 has more decimals
# Some spreadsheets run what begins with the full-width ones, too.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Beyond them an instant has no place in UTC or in the database.
_YEARS = range(1970, 9999)
_LONGEST_SHOWN = 60


def shown(text: str) -> str:
    """What a message repeats of what was sent."""
    return repr(text[:_LONGEST_SHOWN])


def text_in(line: int, name: str, said: str | None, longest: int = LONGEST_TEXT) -> str | None:
    """Without surrounding blanks; None when there is nothing. Raises `ContractBroken`."""
    text = said.strip() if said else ""
    if not text:
        return None
    if text.startswith(_FORMULA):
        raise FormulaInFile(
            f"{name} {shown(text)} begins like a formula: a spreadsheet would run it.", line=line
        )
    if len(text) > longest or not text.isprintable():
        raise ContractBroken(
            f"{name} must be at most {longest} printable characters, not {shown(text)}.", line=line
        )
    return text


def is_whole(text: str) -> bool:
    """Whether it is a whole number, unsigned and in digits that everybody reads alike."""
    return _WHOLE.fullmatch(text) is not None


def points_in(line: int, said: str, *, may_be_none: bool = False) -> int:
    """Points above nothing, or nothing where that may be. Raises `ContractBroken`."""
    points = int(said) if is_whole(said) else -1
    if not (0 < points <= LARGEST or (points == 0 and may_be_none)):
        raise ContractBroken(
            f"points must be a whole number above nothing, not {shown(said)}.", line=line
        )
    return points


def instant_in(line: int, name: str, said: str) -> datetime:
    """Raises `ContractBroken`."""
    try:
        found = datetime.fromisoformat(said)
        if found.utcoffset() is not None and found.year in _YEARS:
            return found
    except (ValueError, OverflowError):
        pass
    raise ContractBroken(
        f"{name} must be an instant with its offset, like 2026-03-10T12:00:00-04:00, not"
        f" {shown(said)}.",
        line=line,
    )


def shares_of(text: str) -> int:
    """A decimal in ten-thousandths."""
    whole, _, decimals = text.partition(".")
    return int(whole + decimals.ljust(_SHARES, "0"))


def units_of(shares: int) -> str:
    """Ten-thousandths as a decimal."""
    whole, rest = divmod(shares, 10**_SHARES)
    decimals = f"{rest:0{_SHARES}}".rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)
