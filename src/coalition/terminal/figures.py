"""Tables of what a period did to the pool and to each issuer's points."""

from collections.abc import Sequence

from rich.table import Table

from coalition.kit.amounts import Money
from coalition.partners import Terms
from coalition.settlement import RollForward, Treasury
from coalition.terminal.tables import amount


def treasury_table(label: str, found: Treasury) -> Table:
    """The pool by currency; the caption is the whole in the programme's."""
    table = Table(title=f"The pool in {label}", title_justify="left", caption_justify="left")
    table.add_column("currency")
    for name in ("before", "moved", "exchanged", "after", "lacks"):
        table.add_column(name, justify="right", no_wrap=True)
    needed = {one.needed.currency: one.needed for one in found.needs}
    for currency in sorted(found.before.keys() | found.moved.keys() | found.exchanged.keys()):
        nothing = Money(0, currency)
        parts = [of.get(currency, nothing) for of in (found.before, found.moved, found.exchanged)]
        table.add_row(
            currency,
            *(amount(one) for one in parts),
            amount(Money(sum(one.minor for one in parts), currency)),
            amount(needed[currency]) if currency in needed else "",
        )
    fund = found.fund
    table.caption = (
        f"At the rates of the cut-off: {amount(fund.before)} before, {amount(fund.moved)} moved,"
        f" {amount(fund.after)} after; rounding {amount(fund.rounding)}."
    )
    return table


def roll_table(label: str, found: Sequence[RollForward], terms: Terms) -> Table:
    """A row per issuer; each sums from what was left before to what is left."""
    table = Table(title=f"Points through {label}", title_justify="left")
    table.add_column("issuer")
    for name in (
        "before", "issued", "returned", "redeemed", "refunded", "expired", "repaid", "relieved",
        "left",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    for one in found:
        figures = (
            one.opening, one.period.issued, one.period.returned, one.period.redeemed,
            one.period.refunded, one.period.expired, one.period.repaid, one.relieved,
            one.closing - one.relieved,
        )  # fmt: skip
        table.add_row(terms.partner(one.issuer_id).code, *(f"{points:,}" for points in figures))
    return table
