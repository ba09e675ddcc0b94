"""Missing purchases as people read them in a terminal."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from coalition.missing import MissingPurchase
from coalition.terminal.tables import amount


def missing_table(found: Sequence[tuple[str, str, MissingPurchase]], now: datetime) -> Table:
    """Of (id, brand, missing purchase). What is overdue is red."""
    table = Table(title=f"Missing purchases: {len(found):,}", title_justify="left")
    table.add_column("missing purchase", no_wrap=True)
    for name in ("brand", "state", "until", "bought on", "receipt"):
        table.add_column(name)
    table.add_column("paid", justify="right")
    for id_, brand, one in found:
        table.add_row(
            id_,
            brand,
            one.state,
            "" if one.due_at is None else f"{one.due_at:%Y-%m-%d}",
            str(one.purchased_on),
            # As its member wrote it.
            Text(one.reference),
            amount(one.amount),
            style="red" if one.is_overdue(now) else None,
        )
    return table
