"""What a close and a netting come to, as a person reads them: each row can be added up."""

from collections.abc import Callable, Iterable, Sequence

from rich.table import Table

from coalition.kit.amounts import Money
from coalition.partners import Terms
from coalition.settlement import (
    LineKind,
    Position,
    StatementRecord,
    positions,
    totals_of,
)
from coalition.terminal.screen import console
from coalition.terminal.tables import amount

_Sum = tuple[str, Callable[[StatementRecord], Money]]
# In the order in which they are added up; those that are nothing everywhere are left out.
_SUMS: tuple[_Sum, ...] = (
    ("issued", lambda one: one.issued),
    ("+ fees", lambda one: one.fees),
    ("\N{MINUS SIGN} redeemed", lambda one: one.redeemed),
    ("\N{MINUS SIGN} breakage", lambda one: one.breakage),
    ("\N{MINUS SIGN} adjusted", lambda one: one.adjusted),
    ("\N{MINUS SIGN} packs", lambda one: one.prepaid),
)
_NET: _Sum = ("= net", lambda one: one.net)
_TAXED: tuple[_Sum, ...] = (
    ("+ VAT", lambda one: Money(one.vat, one.net.currency)),
    ("= to pay", lambda one: one.payable),
)
_GIVEN = {LineKind.ISSUANCE, LineKind.PROMOTION_ISSUANCE, LineKind.ISSUANCE_REVERSAL}
_SPENT = {LineKind.REDEMPTION, LineKind.REDEMPTION_REVERSAL}


def period_table(
    label: str, statements: Sequence[StatementRecord], terms: Terms, *, width: int | None = None
) -> Table:
    """Each brand's sums in its currency, to its net and what it pays, and what the pool is left
    with: side by side, or below each other where that is wider than `width`, or than the terminal.
    """
    stands = sorted(statements, key=lambda each: (each.partner_id, each.id))
    names = [terms.partner(one.partner_id).name for one in stands]
    sums = _in_use(stands)
    pools = positions(one.owed for one in stands)
    head = ["brand", "points\nissued", "points\nredeemed", "", *(name for name, _ in sums)]
    rows = [
        [name, f"{_points(one, _GIVEN):,}", f"{_points(one, _SPENT):,}", one.net.currency,
         *(_plain(of(one)) for _, of in sums)]
        for name, one in zip(names, stands, strict=True)
    ]  # fmt: skip
    net = head.index(_NET[0])
    left = [
        ["The pool", "", "", one.currency]
        + [_plain(one.pool) if place == net else "" for place in range(4, len(head))]
        for one in pools
    ]
    wide = sum(_widest(column) for column in zip(head, *rows, *left, strict=True)) + 3 * len(head)
    build = _side_by_side if wide < (width or console.width) else _below_each_other
    table = build(head, rows, left)
    table.title = f"Period {label}"
    saved = [f"{one.compression:.1%} in {one.currency}" for one in pools]
    table.caption = (
        f"Netting saves {', '.join(saved)} of what would be paid gross, before VAT."
        if saved
        else ""
    )
    return table


def netting_table(label: str, found: Sequence[Position], terms: Terms) -> Table:
    """Who pays; below zero: is paid."""
    table = _table(f"Netting of {label}")
    table.add_column("brand", no_wrap=True)
    held = any(one.held for one in found)
    converted = any(one.settled.currency != one.net.currency for one in found)
    for name in (
        "net",
        "+ VAT",
        *(["\N{MINUS SIGN} held back"] if held else []),
        "= to pay",
        *(["settled"] if converted else []),
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        whose = "The pool" if one.partner_id is None else terms.partner(one.partner_id).name
        back = Money(one.held, one.net.currency)
        table.add_row(
            whose,
            amount(one.net),
            amount(one.vat),
            *([amount(back)] if held else []),
            amount(Money(one.amount.minor - one.held, one.net.currency)),
            *([amount(one.settled)] if converted else []),
            style="dim" if one.partner_id is None else "",
        )
    saved = [
        f"{one.compression:.1%} in {one.currency}, {one.payments} payments"
        for one in totals_of(found)
    ]
    table.caption = f"Netting saves {'; '.join(saved)}, before VAT." if saved else ""
    return table


def _in_use(stands: Sequence[StatementRecord]) -> list[_Sum]:
    always = ("issued", "\N{MINUS SIGN} redeemed")
    used = [
        (name, of) for name, of in _SUMS if name in always or any(of(one).minor for one in stands)
    ]
    taxed = _TAXED if any(one.vat_issued.minor or one.vat_redeemed.minor for one in stands) else ()
    return [*used, _NET, *taxed]


def _side_by_side(
    head: Sequence[str], rows: Iterable[Sequence[str]], left: Iterable[Sequence[str]]
) -> Table:
    table = _table()
    for place, name in enumerate(head):
        table.add_column(
            name, justify="left" if place in {0, 3} else "right", no_wrap="\n" not in name
        )
    for row in rows:
        table.add_row(*row)
    table.add_section()
    for row in left:
        table.add_row(*row, style="dim")
    return table


def _below_each_other(
    head: Sequence[str], rows: Iterable[Sequence[str]], left: Iterable[Sequence[str]]
) -> Table:
    table = _table()
    table.add_column("brand")
    table.add_column("")
    table.add_column("", justify="right", no_wrap=True)
    for row in rows:
        brand, given, spent, currency, *sums = row
        table.add_row(brand, "points issued", given)
        table.add_row("", "points redeemed", spent)
        for name, money in zip(head[4:], sums, strict=True):
            table.add_row("", name, f"{money} {currency}", style="bold" * name.startswith("="))
        table.add_section()
    for pool, *_, currency, rest in ((row[0], row[3], row[4:]) for row in left):
        table.add_row(pool, _NET[0], f"{''.join(rest)} {currency}", style="dim")
    return table


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", caption_justify="left")


def _plain(money: Money) -> str:
    """12,345.60, with a real minus sign; its currency stands beside it."""
    return f"{money.amount:,}".replace("-", "\N{MINUS SIGN}")


def _points(statement: StatementRecord, kinds: set[LineKind]) -> int:
    return sum(line.points for line in statement.lines if line.kind in kinds)


def _widest(cells: Iterable[str]) -> int:
    return max(len(line) for cell in cells for line in cell.split("\n"))
