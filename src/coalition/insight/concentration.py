"""How much of all issuing and spending lies with few brands. Pure arithmetic.

The index of Herfindahl and Hirschman: the sum of the squared shares x 10,000. One brand alone is
10,000, n equal ones are 10,000 / n. Source: A. Hirschman, National Power and the Structure of
Foreign Trade (1945); used by the US Department of Justice in its Merger Guidelines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Concentration:
    """`points` of each brand; `index` from 0 (nothing) to 10,000 (one brand alone)."""

    points: dict[int, int]
    index: int

    @property
    def total(self) -> int:
        return sum(self.points.values())

    def share(self, partner_id: int) -> Fraction:
        """A brand's part of all points."""
        return Fraction(self.points[partner_id], self.total) if self.total else Fraction(0)


def concentration_of(points: Mapping[int, int]) -> Concentration:
    """Brands that took back more than they gave, or gave nothing, have no share."""
    counted = {brand: number for brand, number in sorted(points.items()) if number > 0}
    total = sum(counted.values())
    squares = sum(number * number for number in counted.values())
    return Concentration(counted, round(Fraction(_WHOLE * squares, total * total)) if total else 0)
