"""Payments, and what the bank says of them, as people read them in a terminal."""

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from coalition.kit.amounts import Money
from coalition.payments import BankEntry, Direction, Method, Payment
from coalition.terminal.tables import amount

_WAYS = {
    Method.CREDIT_TRANSFER: "transfer",
    Method.DIRECT_DEBIT: "debit",
    Method.INVOICE: "its own transfer",
    Method.BY_HAND: "by hand",
}


def payments_table(label: str, found: Sequence[Payment], codes: Mapping[int, str]) -> Table:
    """What was paid of each is told where it is not all or nothing."""
    table = Table(title=f"Payments of {label}", title_justify="left")
    table.add_column("payment", overflow="fold")
    table.add_column("pays")
    table.add_column("amount", justify="right", no_wrap=True)
    table.add_column("how")
    table.add_column("state")
    for one in found:
        why = one.reason or one.bank_reason
        sums = [amount(one.amount)]
        if 0 < one.paid.minor < one.amount.minor:
            sums.append(f"paid {amount(one.paid)}")
        if one.surplus.minor:
            sums.append(f"surplus {amount(one.surplus)}")
        table.add_row(
            one.end_to_end_id,
            codes[one.partner_id] if one.direction is Direction.IN else "the pool",
            "\n".join(sums),
            f"{_WAYS[one.method]}\n{one.due_on}",
            Text(f"{one.state.value}\n{why}" if why else one.state.value),
        )
    return table


def bank_table(title: str, found: Sequence[BankEntry], codes: Mapping[int, str]) -> Table:
    """What was booked of each is told where it is not all or nothing. What waits for somebody is
    red; what a bank has written is shown as it wrote it.
    """
    table = Table(title=Text(title), title_justify="left")
    table.add_column("entry", justify="right")
    table.add_column("outcome", no_wrap=True)
    table.add_column("payment", overflow="fold")
    table.add_column("amount", justify="right", no_wrap=True)
    table.add_column("bank", overflow="fold")
    for one in found:
        brand = None if one.partner_id is None else codes[one.partner_id]
        day = None if one.booked_on is None else one.booked_on.isoformat()
        known_as = f"resolved as\n{one.resolved_as}" if one.resolved_as else None
        table.add_row(
            str(one.place),
            _lines(one.outcome, known_as),
            Text(_lines(brand, one.names or one.end_to_end_id)),
            _sums(one),
            Text(_lines(day, one.bank_reference, one.reason)),
            style="red" if one.waits or one.surplus else None,
        )
    return table


def _lines(*parts: str | None) -> str:
    return "\n".join(one for one in parts if one)


def _sums(one: BankEntry) -> str:
    """Below zero what left the operator's account; and what was taken back."""
    if one.amount is None:
        return ""
    currency = one.amount.currency
    moved = -one.amount.minor if one.is_credit is False else one.amount.minor
    sums = [amount(Money(moved, currency))]
    if abs(one.booked) not in {0, one.amount.minor}:
        sums.append(f"booked {amount(Money(one.booked, currency))}")
    if one.surplus:
        sums.append(f"surplus {amount(Money(one.surplus, currency))}")
    return "\n".join(sums)
