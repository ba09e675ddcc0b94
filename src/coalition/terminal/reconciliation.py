"""What comparing a partner's file has found, as people read it in a terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.table import Table

from coalition.kit.amounts import Money
from coalition.reconciliation import BANDS, Ageing, FileRecord, Identity, ItemRecord, Summary
from coalition.terminal.tables import amount

_SIDES = {"ISSUED": "awards less returns", "REDEEMED": "redemptions less refunds"}


def summary_table(file: FileRecord, summary: Summary, partner: str) -> Table:
    """Every class that was found on each side, and the identity below it."""
    table = Table(
        title=f"{partner} {file.period_label}, file {file.sequence}: {file.rows:,} rows",
        title_justify="left",
    )
    table.add_column("found")
    for name in ("rows", "ledger", "file", "difference", "at stake"):
        table.add_column(name, justify="right")
    for side, sums in summary.sums.items():
        table.add_section()
        table.add_row(_SIDES[side], style="bold")
        for row_class, one in sorted(sums.items()):
            if one.items:
                value = amount(Money(one.value, file.currency or "")) if one.value else ""
                table.add_row(
                    row_class.value, f"{one.items:,}", _points(one.ledger_points),
                    _points(one.file_points), _points(one.delta) if one.delta else "", value,
                )  # fmt: skip
        identity = summary.identities[side]
        table.add_row(
            "all", "", _points(identity.ledger), _points(identity.file),
            _points(identity.difference), "", style="bold",
        )  # fmt: skip
    table.caption = "\n".join(
        f"{side.lower()}: {said_in_full(one)}" for side, one in summary.identities.items()
    )
    return table


def said_in_full(one: Identity) -> str:
    """351 = 600 missing at the partner - 180 missing in the ledger + 31 mismatches ..."""
    parts = (
        ("", one.missing_at_partner, "missing at the partner"),
        (" - ", one.missing_in_ledger, "missing in the ledger"),
        (" + ", one.mismatches, "mismatches"),
        (" + ", one.unknown, "unknown"),
        (" + ", one.timing, "timing"),
        (" + ", one.duplicates_in_ledger, "twice in the ledger"),
        (" - ", one.duplicates_in_file, "twice in the file"),
    )
    sums = "".join(f"{sign}{_points(points)} {what}" for sign, points, what in parts)
    return f"{_points(one.difference)} = {sums}"


def items_table(
    items: Sequence[ItemRecord], ids: Mapping[int, str], partners: Mapping[int, str], now: datetime
) -> Table:
    """Differences with their age and owner; what is overdue is red."""
    table = Table(title=f"Differences: {len(items):,}", title_justify="left")
    for name in ("item, and what differs", "brand, reference"):
        table.add_column(name, no_wrap=True)
    for name in ("ledger", "file", "at stake", "days"):
        table.add_column(name, justify="right")
    for name in ("to do, state", "owner"):
        table.add_column(name)
    for one in items:
        is_overdue = one.state == "open" and one.due_at <= now
        table.add_row(
            f"{ids[one.id]}\n{one.row_class.value}",
            f"{partners[one.partner_id]}\n{_shortened(one.reference)}",
            _points(one.ledger_points),
            _points(one.file_points),
            amount(one.value),
            f"{max((now - one.opened_at).days, 0):,}",
            f"{one.action}\n{one.state}",
            one.owner or "",
            style="red" if is_overdue else None,
        )
    return table


def ageing_table(found: Sequence[Ageing], partners: Mapping[int, str]) -> Table:
    """Open differences by their age; a brand with something overdue that is nobody's is red."""
    table = Table(title="Open differences by days since they were found", title_justify="left")
    table.add_column("brand")
    ends = [f"{until - 1}" for until in BANDS[1:]]
    for since, until in zip(BANDS, [*ends, ""], strict=True):
        table.add_column(f"{since} to {until}" if until else f"{since} and more", justify="right")
    for name in ("in all", "at stake", "overdue", "nobody's"):
        table.add_column(name, justify="right")
    for one in found:
        table.add_row(
            partners[one.partner_id],
            *(f"{band.items:,}" for band in one.bands),
            f"{one.items:,}", amount(one.value), f"{one.overdue:,}", f"{one.unowned:,}",
            style="red" if one.unowned else None,
        )  # fmt: skip
    return table


def _points(points: int) -> str:
    return f"{points:,}".replace("-", "\N{MINUS SIGN}")


def _shortened(text: str) -> str:
    longest = 28
    return text if len(text) <= longest else f"{text[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"
