"""A number as a till reads it, of a card or of a voucher: Code 128 and a QR code, as runs of dark
modules.

The encoding is that of the libraries. The drawing is ours, in attributes only: theirs carries
styles, which the pages' policy does not allow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import segno
from barcode.codex import Code128
from barcode.errors import BarcodeError

from coalition.kit.text import in_groups

# ISO/IEC 15417 section 4.4 and ISO/IEC 18004 section 9.1: light modules around the code.
_QUIET_BARS = 10
_QUIET_SQUARE = 4
# Longer ones are too fine for the camera of a till.
_LONGEST_BARS = 24


@dataclass(frozen=True, slots=True)
class Run:
    """Dark modules beside each other; a module is one unit."""

    x: int
    y: int
    width: int


@dataclass(frozen=True, slots=True)
class Code:
    """`width` and `height` include the quiet zone."""

    width: int
    height: int
    runs: Sequence[Run]


def code_shown(code: str | None) -> dict[str, object]:
    """What shows the code of a voucher: `spelled`, `bars` and `square`; each None without one."""
    return {
        "spelled": in_groups(code) if code else None,
        "bars": bars_of(code) if code and len(code) <= _LONGEST_BARS else None,
        "square": code and square_of(code),
    }


def bars_of(number: str) -> Code | None:
    """Code 128; None for letters that it has no signs for."""
    try:
        (modules,) = Code128(number).build()
    except BarcodeError:
        return None
    runs = _runs((module == "1" for module in modules), _QUIET_BARS, 0)
    return Code(len(modules) + 2 * _QUIET_BARS, 1, runs)


def square_of(number: str) -> Code:
    """A QR code, never a Micro QR code, which many tills do not read."""
    rows = segno.make_qr(number, error="m").matrix
    runs = [
        run
        for y, row in enumerate(rows)
        for run in _runs(map(bool, row), _QUIET_SQUARE, y + _QUIET_SQUARE)
    ]
    side = len(rows) + 2 * _QUIET_SQUARE
    return Code(side, side, runs)


def _runs(modules: Iterable[bool], x: int, y: int) -> list[Run]:
    found = []
    for is_dark, group in groupby(modules):
        width = len(list(group))
        if is_dark:
            found.append(Run(x, y, width))
        x += width
    return found
