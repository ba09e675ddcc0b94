"""JSON in one spelling, so that the same content always has the same hash. Pure.

Source: RFC 8785, JSON Canonicalization Scheme.
"""

import math
from json.encoder import encode_basestring

# As json.dumps spells a text with ensure_ascii=False, without making an encoder for each.
_quoted = encode_basestring
_LARGEST_WHOLE = 2**53 - 1
_PLAIN_DIGITS = 21  # ECMA-262, Number::toString: from here on with an exponent
_SMALLEST_PLAIN = -6


def canonical(value: object) -> bytes:
    """The canonical bytes of what `json.loads` may give.

    Raises `ValueError` for what JSON cannot say to every reader alike: a number that is not
    finite or a whole one above 2**53 - 1, half of a surrogate pair, any other type.
    """
    return _text(value).encode()


def _text(value: object) -> str:  # noqa: PLR0911 - one per type of JSON
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case int():
            if abs(value) > _LARGEST_WHOLE:
                raise ValueError(f"{value} is more than a JSON number holds exactly.")
            return str(value)
        case float():
            return _number(value)
        case list() | tuple():
            return "[" + ",".join([_text(one) for one in value]) + "]"
        case dict():
            if not all(isinstance(name, str) for name in value):
                raise ValueError("The names of an object are texts.")
            # By UTF-16 code units, as JavaScript sorts: not by code points, where these differ.
            plain = all(map(str.isascii, value))
            names = sorted(value, key=None if plain else lambda name: name.encode("utf-16-be"))
            return "{" + ",".join([f"{_quoted(name)}:{_text(value[name])}" for name in names]) + "}"
        case _:
            raise ValueError(f"JSON has no {type(value).__name__}.")


def _number(value: float) -> str:
    """As ECMA-262 writes a number; Python finds the same shortest digits."""
    if not math.isfinite(value):
        raise ValueError(f"JSON has no {value}.")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """`digits` with the decimal point behind so many of them."""
    if len(digits) <= point <= _PLAIN_DIGITS:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _PLAIN_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if _SMALLEST_PLAIN < point <= 0:
        return f"0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{rest}e{point - 1:+d}"
