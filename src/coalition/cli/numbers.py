"""Numbers as they are typed: in the digits that everybody reads alike, as the API takes them."""

import re
from decimal import Decimal

_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)


def decimal_in(text: str) -> Decimal | None:
    """None for what is no plain decimal."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def whole_in(text: str) -> int | None:
    """None for what is no whole number."""
    return int(text) if _WHOLE.fullmatch(text) else None
