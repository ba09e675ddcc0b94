"""Every law of the books, one after the other, with a bar for whoever is watching."""

from coalition import disputes, insight, ledger, payments, settlement
from coalition.ledger import Broken
from coalition.partners import Office
from coalition.terminal.screen import progress

ALL_CHECKS = (
    *ledger.CHECKS,
    *settlement.SETTLEMENT_CHECKS,
    *payments.PAYMENT_CHECKS,
    *disputes.DISPUTE_CHECKS,
    *insight.INSIGHT_CHECKS,
)


async def check_books(office: Office) -> list[Broken]:
    """One per law, in their order; a law that holds has no rows."""
    found = []
    with progress() as bar:
        task = bar.add_task("Checking the books", total=len(ALL_CHECKS) + 1)
        async for result in ledger.broken_laws(office.database, ALL_CHECKS):
            found.append(result)
            bar.advance(task)
        found.append(await settlement.unreproducible_statements(office))
        bar.advance(task)
    return found
