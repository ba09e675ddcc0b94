"""Reading reconciliations. Every function reads in a `Sight` that its caller opened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.amounts import Money
from coalition.partners import Terms
from coalition.reconciliation.classes import RowClass, Side
from coalition.reconciliation.identity import ClassSum, Identity, identity_of
from coalition.reconciliation.records import (
    reconciliation_file,
    reconciliation_item,
    reconciliation_rest,
    reconciliation_side,
)

_COMPARED = ("RECONCILED", "SUPERSEDED")


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A partner's file as it stands; the header's figures are there once it was taken."""

    id: int
    partner_id: int
    period_label: str
    format: str
    compression: str
    file_name: str | None
    state: str
    period_id: int | None
    sequence: int | None
    currency: str | None
    file_created_at: datetime | None
    rows: int | None
    points: Decimal | None
    amount: Decimal | None
    sha256: bytes | None
    gap_after: int | None
    same_as: int | None
    created_at: datetime
    taken_at: datetime | None
    reconciled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """A difference as it stands. Points are signed; amounts in minor units."""

    id: int
    file_id: int
    partner_id: int
    period_id: int
    row_class: RowClass
    side: str
    kind: int
    found_by: str
    reference: str
    lines: tuple[int, ...]
    member_id: int | None
    seqs: tuple[int, ...]
    ledger_points: int
    file_points: int
    ledger_amount: int | None
    file_amount: int | None
    file_currency: str | None
    occurred_at: datetime
    told: dict[str, object] | None
    value: Money
    action: str
    state: str
    owner: str | None
    opened_at: datetime
    due_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items a list asks for; `opened_before`: only older ones."""

    partner_id: int | None = None
    file_id: int | None = None
    row_class: RowClass | None = None
    state: str | None = None
    opened_before: datetime | None = None
    due_before: datetime | None = None
    without_owner: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """Of one file: what was found of each class on each side, and whether that is all."""

    file_id: int
    sums: dict[str, dict[RowClass, ClassSum]]
    identities: dict[str, Identity]


@dataclass(frozen=True, slots=True)
class OpenValue:
    """What is open of one partner in one period, against what may be."""

    partner_id: int
    items: int
    value: Money
    tolerance: Money

    @property
    def is_above(self) -> bool:
        return self.value.minor > self.tolerance.minor


class Order(Enum):
    """The groups in which what is left is looked at: their columns, and of what kind they are."""

    REFERENCE = ("side", "reference", "who")
    RECEIPT = ("receipt_key",)
    MEMBER = ("member_id", "kind")

    def key(self, one: Side) -> tuple[object, ...]:
        if self is Order.REFERENCE:
            return (one.kind in {1, 2}, one.reference, one.who)
        return tuple(getattr(one, name) for name in self.value)

    def place(self, one: Side) -> tuple[object, ...]:
        return (*(getattr(one, name) for name in self._columns), one.id)

    @property
    def _columns(self) -> tuple[str, ...]:
        return ("reference", "who") if self is Order.REFERENCE else self.value

    @property
    def columns(self) -> "list[sa.Column[object]]":
        return [reconciliation_rest.c[name] for name in (*self._columns, "id")]


_FILE = [reconciliation_file.c[name] for name in FileRecord.__dataclass_fields__]
_SIDE = [reconciliation_rest.c[name] for name in Side.__dataclass_fields__]


async def files_at(connection: AsyncConnection, ids: Collection[int]) -> dict[int, FileRecord]:
    query = sa.select(*_FILE).where(reconciliation_file.c.id.in_(list(ids)))
    return {row.id: FileRecord(**row._asdict()) for row in await connection.execute(query)}


async def list_files(
    connection: AsyncConnection, partner_id: int | None, *, before: int | None, limit: int
) -> list[FileRecord]:
    """The latest first, from before the one of id `before`; of a partner, or of all."""
    query = sa.select(*_FILE).order_by(reconciliation_file.c.id.desc()).limit(limit)
    if partner_id is not None:
        query = query.where(reconciliation_file.c.partner_id == partner_id)
    if before is not None:
        query = query.where(reconciliation_file.c.id < before)
    return [FileRecord(**row._asdict()) for row in await connection.execute(query)]


async def files_waiting(connection: AsyncConnection) -> list[FileRecord]:
    """Files that were taken and are not compared to their end, the oldest first."""
    query = (
        sa.select(*_FILE)
        .where(reconciliation_file.c.state.in_(["TAKEN", "COMPARING"]))
        .order_by(reconciliation_file.c.id)
    )
    return [FileRecord(**row._asdict()) for row in await connection.execute(query)]


async def rest_after(
    connection: AsyncConnection,
    file_id: int,
    order: Order,
    after: tuple[object, ...] | None,
    *,
    limit: int,
) -> list[Side]:
    """What has no counterpart yet, in an order, from behind a place in it."""
    columns = order.columns
    query = (
        sa.select(*_SIDE)
        .where(reconciliation_rest.c.file_id == file_id, columns[0].is_not(None))
        .order_by(*columns)
        .limit(limit)
    )
    if after is not None:
        query = query.where(sa.tuple_(*columns) > sa.tuple_(*map(sa.literal, after)))
    return [Side(**row._asdict()) for row in await connection.execute(query)]


async def rest_at(connection: AsyncConnection, file_id: int, ids: list[int]) -> list[Side]:
    query = (
        sa.select(*_SIDE)
        .where(reconciliation_rest.c.file_id == file_id, reconciliation_rest.c.id.in_(ids))
        .order_by(reconciliation_rest.c.id)
    )
    return [Side(**row._asdict()) for row in await connection.execute(query)]


async def items_at(connection: AsyncConnection, ids: Collection[int]) -> dict[int, ItemRecord]:
    query = sa.select(reconciliation_item).where(reconciliation_item.c.id.in_(list(ids)))
    return {row.id: _item(row) for row in await connection.execute(query)}


async def list_items(
    connection: AsyncConnection, asked: ItemFilter, *, after: int | None, limit: int
) -> list[ItemRecord]:
    """Items in the order in which they were found, from behind the one numbered `after`."""
    item = reconciliation_item.c
    query = sa.select(reconciliation_item).order_by(item.id).limit(limit)
    if after is not None:
        query = query.where(item.id > after)
    if asked.partner_id is not None:
        query = query.where(item.partner_id == asked.partner_id)
    if asked.file_id is not None:
        query = query.where(item.file_id == asked.file_id)
    if asked.row_class is not None:
        query = query.where(item["class"] == asked.row_class.value)
    if asked.state is not None:
        query = query.where(item.state == asked.state)
    if asked.opened_before is not None:
        query = query.where(item.opened_at < asked.opened_before)
    if asked.due_before is not None:
        query = query.where(item.due_at <= asked.due_before)
    if asked.without_owner:
        query = query.where(item.owner.is_(None))
    return [_item(row) for row in await connection.execute(query)]


async def summaries_of(connection: AsyncConnection, file_ids: Sequence[int]) -> dict[int, Summary]:
    """What was found in each file; files that are not compared yet are absent."""
    side, item = reconciliation_side.c, reconciliation_item.c
    found: dict[int, Summary] = {}
    totals: dict[tuple[int, str], tuple[int, int]] = {}
    for row in await connection.execute(
        sa.select(reconciliation_side).where(side.file_id.in_(list(file_ids))).order_by(side.side)
    ):
        summary = found.setdefault(row.file_id, Summary(row.file_id, {}, {}))
        totals[row.file_id, row.side] = (row.ledger_points, row.file_points)
        summary.sums[row.side] = {
            RowClass.MATCHED: ClassSum(row.matched_rows, row.matched_points, row.matched_points)
        }
    query = (
        sa.select(
            item.file_id, item.side, item["class"], sa.func.count(),
            *(sa.cast(sa.func.sum(column), sa.BigInteger)
              for column in (item.ledger_points, item.file_points, item.value)),
        )
        .where(item.file_id.in_(list(file_ids)))
        .group_by(item.file_id, item.side, item["class"])
    )  # fmt: skip
    for file_id, of_side, row_class, count, ledger, file, value in await connection.execute(query):
        sums = found[file_id].sums[of_side]
        before = sums.get(RowClass(row_class), ClassSum())
        sums[RowClass(row_class)] = ClassSum(
            before.items + count, before.ledger_points + ledger, before.file_points + file, value
        )
    for (file_id, of_side), (ledger, file) in totals.items():
        summary = found[file_id]
        summary.identities[of_side] = identity_of(ledger, file, summary.sums[of_side])
    return found


async def open_items_above_tolerance(
    connection: AsyncConnection, terms: Terms, period_id: int
) -> list[OpenValue]:
    """Partners of which more is open in a period than their terms allow: a close waits for them."""
    return [one for one in await open_values(connection, terms, period_id) if one.is_above]


async def open_values(
    connection: AsyncConnection, terms: Terms, period_id: int | None
) -> list[OpenValue]:
    """What is open of each partner in a period, or in that one of them in which most is; partners
    of which nothing is are absent.
    """
    item = reconciliation_item.c
    value = sa.cast(sa.func.sum(item.value), sa.BigInteger)
    query = (
        sa.select(item.partner_id, item.currency, sa.func.count(), value)
        .where(item.state == "open")
        .group_by(item.partner_id, item.period_id, item.currency)
        .order_by(item.partner_id, value.desc())
    )
    if period_id is not None:
        query = query.where(item.period_id == period_id)
    found: dict[int, OpenValue] = {}
    for partner_id, currency, count, at_stake in await connection.execute(query):
        tolerance = terms.partner(partner_id).reconciliation.open_value_tolerance
        allowed = _floored(tolerance, currency)
        one = OpenValue(partner_id, count, Money(at_stake, currency), allowed)
        found.setdefault(partner_id, one)
    return list(found.values())


def _floored(amount: Decimal, currency: str) -> Money:
    """A tolerance in whole minor units; what is less than one allows nothing."""
    one = Money.of(Decimal(1), currency).minor
    return Money(int(amount * one), currency)


def _item(row: sa.Row[tuple[object, ...]]) -> ItemRecord:
    fields = row._asdict()
    fields["row_class"] = RowClass(fields["class"])
    fields["value"] = Money(fields["value"], fields["currency"])
    fields["lines"], fields["seqs"] = tuple(fields["lines"]), tuple(fields["seqs"])
    return ItemRecord(**{name: fields[name] for name in ItemRecord.__dataclass_fields__})
