"""What the demo shows at its end: periods, a statement, netting, proof, flows, the books, its own
tally.
"""

import io
import resource
import sys
from collections import Counter

from coalition import documents, settlement
from coalition.access import OPERATOR_SCOPES, Actor, ActorKind, load_keys
from coalition.demo.months import Months, Stages
from coalition.demo.server import Served
from coalition.kit.database import EVERYTHING
from coalition.ledger import period_named
from coalition.partners import Office, Terms
from coalition.proof import read_keys, verify_statement
from coalition.settlement import Flow, StatementFilter, StatementRecord
from coalition.terminal import (
    check_books,
    checks_table,
    console,
    flow_table,
    netting_table,
    period_table,
    statement_table,
)

_OPERATOR = Actor(ActorKind.OPERATOR, "coalition-demo", OPERATOR_SCOPES)
_MEGABYTE = 1024 * 1024


async def show_results(office: Office, months: Months, served: Served) -> bool:
    """Everything, and whether all of it is as it must be."""
    closed = sorted({bill.month for bill in months.bills})
    proven = True
    terms = await office.terms()
    if closed:
        statements = await _show_periods(office, terms, closed)
        await _show_netting(office, terms, closed[-1])
        proven = await _show_proof(office, statements)
        await _show_flows(office, terms, closed)
    else:
        console.print("No month of these receipts is whole, so none was closed.")
    laws = await check_books(office)
    console.print(checks_table(laws))
    broken = any(law.rows for law in laws)
    agrees = _compare(months, closed)
    _show_stages(months.stages)
    _show_memory(served)
    return agrees and proven and not broken


async def _show_periods(office: Office, terms: Terms, closed: list[str]) -> list[StatementRecord]:
    statements: list[StatementRecord] = []
    for label in closed:
        async with office.database.reading(EVERYTHING) as connection:
            period = await period_named(connection, terms.programme.calendar.name, label)
            asked = StatementFilter(period_id=period.id if period else 0)
            found = await settlement.list_statements(connection, asked)
        statements += found
        console.print(period_table(label, found, terms))
        console.print()
    console.print("One of these statements in full:")
    console.print(statement_table(max(statements, key=lambda one: len(one.lines))))
    console.print()
    return statements


async def _show_netting(office: Office, terms: Terms, label: str) -> None:
    """Who would pay whom; to make it final takes somebody else than who closed the month."""
    _, positions = await settlement.preview_netting(office, actor=_OPERATOR, label=label)
    console.print(netting_table(label, positions, terms))
    console.print()


async def _show_proof(office: Office, statements: list[StatementRecord]) -> bool:
    """The statement with the fewest entries, signed and then checked with nothing but its file, its
    line file and the public keys, as anybody may.
    """
    shortest = min(statements, key=lambda one: sum(line.entries for line in one.lines))
    keys = await load_keys(office.database)
    made = await documents.statement_documents(office, keys, [shortest])
    lines = b"".join([piece async for piece in documents.line_file(office, keys, shortest)])
    known = read_keys(documents.public_keys(keys))
    report = verify_statement(made[shortest.id].file, known, io.BytesIO(lines))
    holds = "altered" if report.findings else "holds"
    console.print(
        f"Checked offline: statement {report.number} {holds}, with {report.rows} entries; signed by"
        f" {report.signed_by}.",
        highlight=False,
        soft_wrap=True,
    )
    console.print()
    return not report.findings


async def _show_flows(office: Office, terms: Terms, closed: list[str]) -> None:
    points: Counter[tuple[int, int]] = Counter()
    for label in closed:
        for flow in await settlement.flows(office, actor=_OPERATOR, label=label):
            points[flow.issuer_id, flow.redeemer_id] += flow.points
    flows = [Flow(issuer, redeemer, number) for (issuer, redeemer), number in points.items()]
    span = closed[0] if len(closed) == 1 else f"{closed[0]} to {closed[-1]}"
    console.print(flow_table(span, flows, terms))
    console.print()


def _compare(months: Months, closed: list[str]) -> bool:
    """Tell whether the demo's own tally and the statements agree to the point and to the cent."""
    tally = months.tally
    different = tally.differences(months.bills)
    awarded, back, redeemed, refunded = (
        abs(tally.total(kind, closed))
        for kind in ("ISSUANCE", "ISSUANCE_REVERSAL", "REDEMPTION", "REDEMPTION_REVERSAL")
    )
    console.print(
        f"Counted apart by the demo: {awarded:,} points awarded, {back:,} taken back,"
        f" {redeemed:,} redeemed, {refunded:,} refunded; {len(months.bills)} statements.",
        highlight=False,
        soft_wrap=True,
    )
    if not different and not closed:
        console.print("There is no statement to compare that with.")
        return True
    if not different:
        console.print("[green]Equal[/] to the statements, to the point and to the cent.")
        return True
    console.print("[bold red]NOT EQUAL[/] to the statements:")
    for line in different:
        console.print(f"  {line}", markup=False, soft_wrap=True)
    return False


def _show_stages(stages: Stages) -> None:
    console.print()
    for stage, count in stages.done.items():
        seconds = stages.seconds[stage] / 1_000_000
        rate = (
            f" in {seconds:.1f} s, {count / seconds:,.0f} per second" if count and seconds else ""
        )
        console.print(f"{count:>9,} {stage}{rate}", highlight=False, soft_wrap=True)


def _show_memory(served: Served) -> None:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    own_bytes = own if sys.platform == "darwin" else own * 1024
    server = served.most_memory
    told = f"{own_bytes / _MEGABYTE:.0f} MB in the demo"
    if server is not None:
        told += f" and {server / _MEGABYTE:.0f} MB in the server"
    console.print(f"At most {told} were used, without PostgreSQL.", highlight=False, soft_wrap=True)
