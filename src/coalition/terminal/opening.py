"""What was carried over from another system, as people read it in a terminal."""

from rich.table import Table

from coalition.opening import CarriedOver


def opening_table(done: CarriedOver) -> Table:
    """The control totals, issuer by issuer, to be signed."""
    table = Table(
        title=f"{done.source}, as of {done.as_of:%Y-%m-%d %H:%M %Z}", title_justify="left"
    )
    table.add_column("issuer")
    for name in ("lots", "points"):
        table.add_column(name, justify="right")
    table.add_column("billed")
    for one in done.issuers:
        billed = "before" if one.paid else "when spent"
        table.add_row(one.code, f"{one.lots:,}", f"{one.points:,}", billed)
    table.add_section()
    lots, points = sum(one.lots for one in done.issuers), sum(one.points for one in done.issuers)
    table.add_row("all", f"{lots:,}", f"{points:,}", "", style="bold")
    table.caption = f"{done.members:,} members, {done.enrolled:,} of them enrolled now"
    return table
