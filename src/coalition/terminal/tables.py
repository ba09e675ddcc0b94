"""Statements, flows and the state of the books as a person reads them in a terminal."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table

from coalition.jobs.status import ALWAYS, JobStatus
from coalition.kit.amounts import Money
from coalition.ledger import Broken, Period, ZonedCalendar
from coalition.outbox import Event
from coalition.partners import Terms
from coalition.settlement import Flow, Gate, StatementRecord


def statement_table(statement: StatementRecord) -> Table:
    table = Table(title=f"Statement {statement.number}", title_justify="left")
    table.add_column("line")
    for name in ("entries", "points", "price", "amount"):
        table.add_column(name, justify="right")
    for line in statement.lines:
        price = "" if line.price is None else f"{line.price.normalize():f}"
        table.add_row(
            line.description, f"{line.entries:,}", f"{line.points:,}", price, amount(line.amount)
        )
    table.add_section()
    beside = (
        ("Fees", statement.fees),
        ("Breakage share", statement.breakage),
        ("Adjusted", statement.adjusted),
        ("Paid before", statement.prepaid),
        ("VAT on what is issued", statement.vat_issued),
        ("VAT on what is redeemed", statement.vat_redeemed),
    )
    net = "Net, to pay" if statement.net.minor >= 0 else "Net, to receive"
    payable = (("To pay with VAT", statement.payable),) if statement.vat else ()
    for name, money in (
        ("Issued", statement.issued),
        ("Redeemed", statement.redeemed),
        *((name, money) for name, money in beside if money.minor),
        (net, statement.net),
        *payable,
    ):
        table.add_row(name, "", "", "", amount(money), style="bold")
    table.caption = f"sha256 {statement.hash}"
    return table


def periods_table(found: Sequence[tuple[Period, Sequence[Gate]]], terms: Terms) -> Table:
    """How far each period is, and what stands in the way of its next state."""
    table = Table(title="Periods", title_justify="left")
    for name in ("calendar", "period", "state", "from", "until", "in its way"):
        table.add_column(name)
    for one, gates in found:
        zone = ZonedCalendar.named(one.calendar).zone
        table.add_row(
            one.calendar,
            one.label,
            one.state,
            f"{one.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
            f"{one.ends_at.astimezone(zone):%Y-%m-%d %H:%M}",
            ", ".join(
                f"{gate.open_items} {gate.subject.lower()} of"
                f" {terms.partner(gate.partner_id).code}, waived by {gate.waivers}"
                for gate in gates
            ),
        )
    return table


def flow_table(label: str, flows: Sequence[Flow], terms: Terms) -> Table:
    """Rows: who gave the points. Columns: where they were spent."""
    table = Table(title=f"Who issued what was spent where, {label}", title_justify="left")
    table.add_column("issued by")
    partners = [
        p for p in terms.partners if any(p.id in (f.issuer_id, f.redeemer_id) for f in flows)
    ]
    for partner in partners:
        table.add_column(partner.code, justify="right")
    table.add_column("all", justify="right", style="bold")
    found = {(flow.issuer_id, flow.redeemer_id): flow.points for flow in flows}
    for issuer in partners:
        row = [found.get((issuer.id, redeemer.id), 0) for redeemer in partners]
        table.add_row(issuer.code, *(f"{points:,}" for points in row), f"{sum(row):,}")
    columns = [sum(found.get((i.id, r.id), 0) for i in partners) for r in partners]
    table.add_section()
    table.add_row("all", *(f"{points:,}" for points in columns), f"{sum(columns):,}", style="bold")
    return table


def checks_table(results: Sequence[Broken]) -> Table:
    table = Table(title="The books", title_justify="left")
    table.add_column("")
    table.add_column("law")
    table.add_column("")
    for one in results:
        holds = "[green]holds[/]" if not one.rows else "[bold red]BROKEN[/]"
        table.add_row(one.check.invariant, one.check.law, holds)
        for row in one.rows:
            table.add_row("", f"[red]{row}[/]", "")
    return table


def amount(money: Money) -> str:
    """12,345.60 EUR, with a real minus sign."""
    return f"{money.amount:,} {money.currency}".replace("-", "\N{MINUS SIGN}")


def events_table(events: Sequence[Event]) -> Table:
    """What one request posted, in its order."""
    table = Table(title=f"Posted: {len(events)}", title_justify="left")
    for name in ("what", "client", "partner", "member", "place", "recorded"):
        table.add_column(
            name, justify="right" if name in {"partner", "member", "place"} else "left"
        )
    for one in events:
        places = (one.seq, one.statement_id, one.subject_id)
        place = next((number for number in places if number is not None), None)
        table.add_row(
            one.kind.name.lower().replace("_", " "),
            one.client_id,
            *(
                "" if number is None else str(number)
                for number in (one.partner_id, one.member_id, place)
            ),
            one.recorded_at.isoformat(timespec="milliseconds"),
        )
    return table


def jobs_table(jobs: Sequence[JobStatus]) -> Table:
    table = Table(title="Jobs", title_justify="left")
    for name in ("job", "what it does", "last run", "how it went", "due"):
        table.add_column(name)
    for one in jobs:
        match one.outcome:
            case "DONE":
                went = one.detail or "nothing to do"
            case "FAILED":
                went = f"[bold red]failed {one.failures} x:[/] {one.detail}"
            case _:
                went = ""
        due = "always" if one.when == ALWAYS else _moment(one.next_at)
        table.add_row(
            one.name, one.about, _moment(one.finished_at),
            "[green]running[/]" if one.running else went, due,
        )  # fmt: skip
    return table


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
