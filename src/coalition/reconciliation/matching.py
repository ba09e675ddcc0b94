"""Which row of the file is which row of the ledger. Pure and deterministic.

Each function is given a group: rows of both books that may belong together (one reference, one
receipt, one member). It says what it found; whatever it does not name goes to the next function.
The order is that of certainty: reference, receipt, closeness, and split tickets last.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

from coalition.partners.terms import ReconciliationTerms
from coalition.reconciliation.classes import (
    AWARD,
    REDEMPTION,
    REFUND,
    RETURN,
    Found,
    Side,
    class_of,
)

# Of a ticket that was split, so many parts are looked for, among so many of the nearest rows.
MOST_PARTS = 4
_NEAREST = 8
_INSTANT = timedelta(microseconds=1)
_UNDOES = {AWARD: RETURN, REDEMPTION: REFUND}


@dataclass(frozen=True, slots=True)
class Matcher:
    """`decimals`: of the partner's currency."""

    terms: ReconciliationTerms
    decimals: int

    def by_reference(self, group: Sequence[Side]) -> Iterator[Found]:
        """Rows under one reference: what was undone here and is called RETURNED there, then the
        closest pairs of each kind.
        """
        left = list(group)
        for found in self._undone(left):
            left = _without(left, found)
            yield found
        for kind in sorted({one.kind for one in left}):
            yield from self._pairs([one for one in left if one.kind == kind], "REFERENCE")

    def by_receipt(self, group: Sequence[Side]) -> Iterator[Found]:
        """Rows of one store, terminal, receipt number, day and kind."""
        yield from self._pairs(group, "RECEIPT")

    def by_score(self, group: Sequence[Side]) -> Iterator[Found]:
        """Rows of one member and kind: the closest pairs within the tolerances first, each row
        once; then tickets that one book has in parts.
        """
        left = [one for one in group if one.status == "POSTED"]
        for found in self._pairs(left, "SCORE", within=True):
            left = _without(left, found)
            yield found
        yield from self._splits(left)

    def _undone(self, group: Sequence[Side]) -> Iterator[Found]:
        for told in (one for one in group if one.line is not None and one.status == "RETURNED"):
            posted = [one for one in group if one.seq is not None and one.kind == told.kind]
            back = [
                one for one in group
                if one.seq is not None and one.kind == _UNDOES.get(told.kind)
            ]  # fmt: skip
            if posted and back and sum(one.effect for one in (posted[0], *back)) == 0:
                yield self._found("REFERENCE", [told], [posted[0], *back])
                return

    def _pairs(
        self, group: Sequence[Side], found_by: str, *, within: bool = False
    ) -> Iterator[Found]:
        told, posted = _books(group)
        candidates = sorted(
            (_distance(one, other), place, another)
            for place, one in enumerate(told)
            for another, other in enumerate(posted)
            if not within or self._is_near(one, other)
        )
        used_told: set[int] = set()
        used_posted: set[int] = set()
        for _, place, another in candidates:
            if place not in used_told and another not in used_posted:
                used_told.add(place)
                used_posted.add(another)
                yield self._found(found_by, [told[place]], [posted[another]])

    def _splits(self, group: Sequence[Side]) -> Iterator[Found]:
        told, posted = _books(group)
        for one in list(posted):
            parts = self._parts_of(one, told)
            if parts:
                told = [other for other in told if other not in parts]
                posted.remove(one)
                yield self._found("SPLIT", parts, [one])
        for one in told:
            parts = self._parts_of(one, posted)
            if parts:
                posted = [other for other in posted if other not in parts]
                yield self._found("SPLIT", [one], parts)

    def _parts_of(self, whole: Side, others: Iterable[Side]) -> list[Side]:
        """The fewest rows that come to the whole, the nearest in time first; empty: none do."""
        near = sorted(
            (one for one in others if self._may_be(whole, one)),
            key=lambda one: (abs(one.occurred_at - whole.occurred_at), one.id),
        )[:_NEAREST]
        for size in range(2, min(MOST_PARTS, len(near)) + 1):
            for parts in combinations(near, size):
                if self._comes_to(whole, parts):
                    return sorted(parts, key=lambda one: one.id)
        return []

    def _comes_to(self, whole: Side, parts: Sequence[Side]) -> bool:
        if whole.amount is None or any(one.amount is None for one in parts):
            apart = abs(whole.points - sum(one.points for one in parts))
            return apart <= self.terms.points_tolerance
        apart = abs(whole.amount - sum(one.amount or 0 for one in parts))
        return apart <= self._amount_tolerance

    def _is_near(self, one: Side, other: Side) -> bool:
        if not self._may_be(one, other):
            return False
        if one.amount is None or other.amount is None:
            return abs(one.points - other.points) <= self.terms.points_tolerance
        return abs(one.amount - other.amount) <= self._amount_tolerance

    def _may_be(self, one: Side, other: Side) -> bool:
        window = timedelta(minutes=self.terms.time_window_minutes)
        return (
            one.kind == other.kind
            and one.currency == other.currency
            and abs(one.occurred_at - other.occurred_at) <= window
            and (one.store is None or other.store is None or one.store == other.store)
        )

    @property
    def _amount_tolerance(self) -> int:
        return int(self.terms.amount_tolerance.scaleb(self.decimals))

    def _found(self, found_by: str, told: Sequence[Side], posted: Sequence[Side]) -> Found:
        row_class = class_of(told, posted, self.terms, self.decimals)
        return Found(row_class, found_by, tuple(told), tuple(posted))


def _books(group: Iterable[Side]) -> tuple[list[Side], list[Side]]:
    """The rows of the file and those of the ledger, each in its own order."""
    rows = list(group)
    told = sorted((one for one in rows if one.line is not None), key=lambda one: one.line or 0)
    posted = sorted(
        (one for one in rows if one.seq is not None),
        key=lambda one: (one.member_id or 0, one.seq or 0),
    )
    return told, posted


def _distance(one: Side, other: Side) -> tuple[int, int, int, int]:
    """Less is closer: another status first, then points, amount and time apart."""
    amount = abs((one.amount or 0) - (other.amount or 0)) if one.amount and other.amount else 0
    return (
        int(one.status != other.status),
        abs(one.points - other.points),
        amount,
        abs(one.occurred_at - other.occurred_at) // _INSTANT,
    )


def _without(rows: Sequence[Side], found: Found) -> list[Side]:
    used = {one.id for one in (*found.told, *found.posted)}
    return [one for one in rows if one.id not in used]
