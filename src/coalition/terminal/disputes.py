"""Disputes as people read them in a terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from coalition.disputes import Dispute, DisputeStep
from coalition.terminal.tables import amount


def disputes_table(
    found: Sequence[Dispute], ids: Mapping[int, str], codes: Mapping[int, str], now: datetime
) -> Table:
    """What is overdue is red."""
    table = Table(title=f"Disputes: {len(found):,}", title_justify="left")
    table.add_column("dispute", no_wrap=True)
    for name in ("brand", "state", "to speak", "until"):
        table.add_column(name)
    for name in ("asked for", "authorised"):
        table.add_column(name, justify="right")
    for one in found:
        standing = one.standing
        table.add_row(
            ids[one.id],
            codes[one.partner_id],
            f"{standing.state}, round {standing.round}",
            standing.turn or "",
            "" if standing.due_at is None else f"{standing.due_at:%Y-%m-%d %H:%M}",
            amount(one.amount),
            "" if one.authorised is None else amount(one.authorised),
            style="red" if standing.is_late(now) else None,
        )
    return table


def dispute_table(name: str, steps: Sequence[DisputeStep]) -> Table:
    """What happened, oldest first. What people wrote is shown as they wrote it."""
    table = Table(title=f"Dispute {name}", title_justify="left")
    for column in ("when", "who", "what", "amount", "message", "evidence"):
        table.add_column(column, justify="right" if column == "amount" else "left")
    for one in steps:
        table.add_row(
            f"{one.occurred_at:%Y-%m-%d %H:%M}",
            one.side,
            f"{one.kind}{' (late)' if one.is_late else ''}\n{one.reason or ''}".strip(),
            "" if one.amount is None else amount(one.amount),
            Text(one.message or ""),
            Text(one.evidence_name or ""),
        )
    return table
