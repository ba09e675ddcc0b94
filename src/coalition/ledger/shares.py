"""Splitting whole numbers so that the shares sum exactly. Pure arithmetic."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction


def split(total: int, weights: Mapping[int, Decimal | Fraction | int]) -> dict[int, int]:
    """`total` in proportion to `weights`, by the largest remainder; ties go to the lower key.

    Each share is the exact one rounded down or up, so none is larger than its weight while
    `total` is no larger than all weights together. Shares of nothing are left out.
    Source: the method of Hamilton, as in Balinski and Young, Fair Representation.
    """
    exact = {key: Fraction(weight) for key, weight in weights.items()}
    whole = sum(exact.values())
    if whole == 0:
        return {}
    shares: dict[int, int] = {}
    remainders: list[tuple[Fraction, int]] = []
    for key in sorted(exact):
        share = total * exact[key] / whole
        shares[key] = share.numerator // share.denominator
        remainders.append((shares[key] - share, key))
    missing = total - sum(shares.values())
    for _, key in sorted(remainders)[:missing]:
        shares[key] += 1
    return {key: share for key, share in shares.items() if share}
