"""Dispute what a reconciliation has found: the line that bills it, with the items as evidence."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from coalition import reconciliation
from coalition.access import Actor
from coalition.disputes.errors import DisputeNotValid
from coalition.disputes.evidence import Evidence
from coalition.disputes.ladder import Reason
from coalition.disputes.open_dispute import Disputed, DisputeRequest, open_dispute
from coalition.disputes.sides import side_of
from coalition.kit.amounts import Money
from coalition.kit.database import EVERYTHING
from coalition.kit.text import safe_cell
from coalition.partners import Office
from coalition.reconciliation import AWARD, REDEMPTION, REFUND, RETURN, FileRecord, ItemRecord
from coalition.settlement import LineKind, StatementFilter, list_statements

SOURCE = "RECONCILIATION_ITEM"
MOST_ITEMS = 500
# On which lines of its statement a brand is billed, or paid, for rows of a kind.
_LINES = {
    AWARD: (LineKind.ISSUANCE, LineKind.PROMOTION_ISSUANCE),
    RETURN: (LineKind.ISSUANCE_REVERSAL,),
    REDEMPTION: (LineKind.REDEMPTION,),
    REFUND: (LineKind.REDEMPTION_REVERSAL,),
}
_COLUMNS = (
    "class", "kind", "reference", "occurredAt", "ledgerPoints", "filePoints", "ledgerAmount",
    "fileAmount", "fileCurrency", "value", "currency",
)  # fmt: skip
_KINDS = {AWARD: "AWARD", RETURN: "RETURN", REDEMPTION: "REDEMPTION", REFUND: "REFUND"}


@dataclass(frozen=True, slots=True)
class ItemsDispute:
    """`line`: of the statement, where the items could be billed on several; `amount`: else what
    hangs on the items; `message`: else which items of which file they are. `source`: the public id
    of the first of them.
    """

    idempotency_key: str
    item_ids: tuple[int, ...]
    reason: Reason
    source: str
    message: str | None = None
    line: int | None = None
    amount: Decimal | None = None


async def dispute_items(
    office: Office, *, actor: Actor, request: ItemsDispute, now: datetime, dry_run: bool = False
) -> Disputed:
    """One dispute about all of them; those that are open are resolved by it.

    Raises `NotAllowed`, `ItemNotFound`, and what `open_dispute` raises.
    """
    side_of(actor)
    items, file = await _items_seen(office, actor, request.item_ids)
    statement_id, line = await _line_of(office, items, file, request.line)
    value = Money(sum(one.value.minor for one in items), items[0].value.currency)
    label, number = file.period_label, file.sequence
    told = f"Reconciliation file {number} of {label}: {len(items)} items, {value}."
    return await open_dispute(
        office,
        actor=actor,
        request=DisputeRequest(
            request.idempotency_key,
            statement_id,
            line,
            request.reason,
            request.message or told,
            value.amount if request.amount is None else request.amount,
            Evidence(f"reconciliation-{label}-{number}.csv", "text/csv", _as_csv(items)),
            (SOURCE, request.source),
            tuple(one.id for one in items),
        ),
        now=now,
        dry_run=dry_run,
    )


async def _items_seen(
    office: Office, actor: Actor, item_ids: Sequence[int]
) -> tuple[list[ItemRecord], FileRecord]:
    """By id, with the one file that they are of. Raises `ItemNotFound`, `DisputeNotValid`."""
    asked = sorted(set(item_ids))
    if not 0 < len(asked) <= MOST_ITEMS:
        raise DisputeNotValid(
            f"A dispute is about 1 to {MOST_ITEMS} items, not {len(asked)}.", field=("itemIds",)
        )
    async with office.database.reading(EVERYTHING) as connection:
        found = await reconciliation.items_at(connection, asked)
        own = [one for one in found.values() if actor.partner_id in {None, one.partner_id}]
        if len(own) != len(asked):
            raise reconciliation.ItemNotFound(
                "No such reconciliation item of this partner.", field=("itemIds",)
            )
        file_ids = {one.file_id for one in own}
        files = await reconciliation.files_at(connection, file_ids)
    if len(file_ids) > 1:
        raise DisputeNotValid(
            "The items are of several files: dispute those of each by themselves.",
            field=("itemIds",),
        )
    return sorted(own, key=lambda one: one.id), files[file_ids.pop()]


async def _line_of(
    office: Office, items: Sequence[ItemRecord], file: FileRecord, said: int | None
) -> tuple[int, int]:
    """The statement in force, and the line of it that bills all of the items.

    Raises `DisputeNotValid`.
    """
    first = items[0]
    kinds = {kind for one in items for kind in _LINES[one.kind]}
    asked = StatementFilter(partner_id=first.partner_id, period_id=first.period_id)
    async with office.database.reading(EVERYTHING) as connection:
        statements = await list_statements(connection, asked)
    own = [one for one in statements if one.net.currency == first.value.currency]
    if not own:
        raise DisputeNotValid(
            f"The statement of {file.period_label} is not out yet: it is disputed from then on.",
            field=("itemIds",),
        )
    (statement,) = own
    lines = [one for one in statement.lines if one.kind in kinds]
    if said is not None:
        return statement.id, said
    if len(lines) != 1:
        named = "; ".join(f"{one.line} ({one.description}, {one.amount})" for one in lines)
        raise DisputeNotValid(
            f"Say which line of {statement.number} it is about: {named}."
            if lines
            else f"{statement.number} has no line that such items are on: say which one is meant.",
            field=("line",),
        )
    return statement.id, lines[0].line


def _as_csv(items: Sequence[ItemRecord]) -> bytes:
    """What the two books say, a row for each item. Only what never changes about an item: asked
    again, the same bytes are handed in.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for one in items:
        currency = one.value.currency
        rows.writerow(
            (
                one.row_class.value, _KINDS[one.kind], safe_cell(one.reference),
                one.occurred_at.isoformat(), one.ledger_points, one.file_points,
                _units(one.ledger_amount, currency), _units(one.file_amount, one.file_currency),
                one.file_currency or "", one.value.amount, currency,
            )
        )  # fmt: skip
    return text.getvalue().encode()


def _units(minor: int | None, currency: str | None) -> Decimal | str:
    found = reconciliation.units(minor, currency)
    return "" if found is None else found
