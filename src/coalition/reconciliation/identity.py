"""The identity that must close: every point of difference between the books has its reason. Pure.

ledger - file = missing at partner - missing in ledger + mismatches + unknown + timing
              + duplicates in ledger - duplicates in file

Points are signed: what returns and refunds take back is below zero, on both sides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from coalition.reconciliation.classes import RowClass

_ALONE = frozenset(
    {
        RowClass.MISSING_AT_PARTNER, RowClass.MISSING_IN_LEDGER, RowClass.DUPLICATE_IN_FILE,
        RowClass.DUPLICATE_IN_LEDGER,
    }
)  # fmt: skip
_UNKNOWN = frozenset({RowClass.UNKNOWN_MEMBER, RowClass.UNKNOWN_STORE})


@dataclass(frozen=True, slots=True)
class ClassSum:
    """All rows of one class on one side: how many items, and the points of both books."""

    items: int = 0
    ledger_points: int = 0
    file_points: int = 0
    value: int = 0

    @property
    def delta(self) -> int:
        return self.ledger_points - self.file_points


@dataclass(frozen=True, slots=True)
class Identity:
    """Points of the two books, and what makes up their difference."""

    ledger: int
    file: int
    missing_at_partner: int
    missing_in_ledger: int
    mismatches: int
    unknown: int
    timing: int
    duplicates_in_ledger: int
    duplicates_in_file: int

    @property
    def difference(self) -> int:
        return self.ledger - self.file

    @property
    def explained(self) -> int:
        return (
            self.missing_at_partner
            - self.missing_in_ledger
            + self.mismatches
            + self.unknown
            + self.timing
            + self.duplicates_in_ledger
            - self.duplicates_in_file
        )

    @property
    def closes(self) -> bool:
        return self.difference == self.explained


def identity_of(ledger: int, file: int, sums: Mapping[RowClass, ClassSum]) -> Identity:
    """`ledger`, `file`: the totals of the two books, counted without looking at the matches."""
    nothing = ClassSum()
    of = {one: sums.get(one, nothing) for one in RowClass}
    return Identity(
        ledger=ledger,
        file=file,
        missing_at_partner=of[RowClass.MISSING_AT_PARTNER].ledger_points,
        missing_in_ledger=of[RowClass.MISSING_IN_LEDGER].file_points,
        mismatches=sum(
            one.delta
            for row_class, one in of.items()
            if row_class not in _ALONE | _UNKNOWN and row_class is not RowClass.TIMING
        ),
        unknown=sum(of[row_class].delta for row_class in _UNKNOWN),
        timing=of[RowClass.TIMING].delta,
        duplicates_in_ledger=of[RowClass.DUPLICATE_IN_LEDGER].ledger_points,
        duplicates_in_file=of[RowClass.DUPLICATE_IN_FILE].file_points,
    )
