"""From a statement's line to the receipts behind it, with the line's amount shared out among them.

Each entry's part is allocated from the rounded line by the largest remainder, so that the detail
sums to the line: never rounded ticket by ticket. What it is allocated by, the weight, are points,
or costs where rewards have their own. Equal weights have equal fractions, so a page needs two
counts over the line's entries and not all of them.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from coalition.kit.amounts import Money
from coalition.kit.database import Database
from coalition.settlement.queries import StatementLineRecord, StatementRecord

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LineDetail:
    """An entry, or a use of a lot, that a line sums. `reference` is the receipt: of the purchase
    that gave the points, or of the basket that they paid; `store` is where that was.
    """

    member_id: int
    seq: int
    lot_seq: int
    occurred_at: datetime
    recorded_at: datetime
    points: int
    amount: Money
    reference: str | None
    store: str | None


async def line_details(
    database: Database,
    statement: StatementRecord,
    line: StatementLineRecord,
    *,
    after: tuple[int, int, int] | None,
    limit: int,
) -> list[LineDetail]:
    """The entries behind a line, in the order of (member, place, lot), from behind one of them."""
    behind = after or (0, 0, 0)
    asked = (statement.id, line.line)
    counts = await database.call("line_points", *asked)
    shares = shares_by_weight(
        line.amount.minor, [(row["weight"], row["entries"]) for row in counts]
    )
    rows = await database.call("line_entries", *asked, *behind, limit)
    tied = shares.tied
    before = 0
    if tied and rows:
        (found,) = await database.call("line_entries_before", *asked, *behind, sorted(tied))
        before = found["entries"]
    return list(_details(line, shares, rows, before))


async def all_line_details(
    database: Database, statement: StatementRecord, line: StatementLineRecord
) -> AsyncIterator[list[LineDetail]]:
    """The same for all entries, page by page: of any number, in the memory of one page."""
    asked = (statement.id, line.line)
    counts = await database.call("line_points", *asked)
    shares = shares_by_weight(
        line.amount.minor, [(row["weight"], row["entries"]) for row in counts]
    )
    before = 0
    async for rows in database.stream("line_entries", *asked, 0, 0, 0, None):
        yield list(_details(line, shares, rows, before))
        before += sum(row["weight"] in shares.tied for row in rows)


def _details(
    line: StatementLineRecord, shares: "SharesByWeight", rows: Sequence[Record], before: int
) -> Iterator[LineDetail]:
    """The entries of `rows` with their parts; `before` of the tied ones stand before them."""
    sign = -1 if line.amount.minor < 0 else 1
    for row in rows:
        minor = shares.floor_of(row["weight"])
        if row["weight"] in shares.tied:
            minor += before < shares.tied_extras
            before += 1
        elif shares.fraction_of(row["weight"]) > shares.tied_fraction:
            minor += 1
        yield LineDetail(
            member_id=row["member_id"],
            seq=row["seq"],
            lot_seq=row["lot_seq"],
            occurred_at=row["occurred_at"],
            recorded_at=row["recorded_at"],
            points=row["points"] if line.points >= 0 else -row["points"],
            amount=Money(sign * minor, line.amount.currency),
            reference=row["reference"],
            store=row["store"],
        )


@dataclass(frozen=True, slots=True)
class SharesByWeight:
    """The largest remainder by weight: entries whose fraction is above `tied_fraction` get one
    unit more than their floor, and of those at it the first `tied_extras`.
    """

    whole: int
    total: int
    tied_fraction: int
    tied: frozenset[int]
    tied_extras: int

    def floor_of(self, weight: int) -> int:
        return self.whole * weight // self.total if self.total else 0

    def fraction_of(self, weight: int) -> int:
        return self.whole * weight % self.total if self.total else 0


def shares_by_weight(amount: int, counts: Sequence[tuple[int, int]]) -> SharesByWeight:
    """How `amount` minor units are shared among entries of so much weight each, in their order.

    `counts` are (weight, how many entries have them). Pure.
    """
    whole = abs(amount)
    total = sum(weight * entries for weight, entries in counts)
    if not total:
        return SharesByWeight(whole, 0, 0, frozenset(), 0)
    left = whole - sum(whole * weight // total * entries for weight, entries in counts)
    by_fraction: dict[int, list[tuple[int, int]]] = {}
    for weight, entries in counts:
        by_fraction.setdefault(whole * weight % total, []).append((weight, entries))
    for fraction in sorted(by_fraction, reverse=True):
        here = sum(entries for _, entries in by_fraction[fraction])
        if left < here:
            tied = frozenset(weight for weight, _ in by_fraction[fraction])
            return SharesByWeight(whole, total, fraction, tied, left)
        left -= here
    return SharesByWeight(whole, total, -1, frozenset(), 0)
