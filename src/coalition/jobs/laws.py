"""Every law of the books, one after the other: for the worker, and for whoever asks by hand."""

from collections.abc import AsyncIterator

from coalition import (
    catalogue,
    disputes,
    documents,
    insight,
    ledger,
    opening,
    payments,
    settlement,
    transfer,
)
from coalition.access import load_keys
from coalition.jobs.guards import altered_guards
from coalition.jobs.seals import SEALS_HOLD
from coalition.ledger import Broken
from coalition.partners import Office

BY_QUERY = (
    *ledger.CHECKS,
    *opening.OPENING_CHECKS,
    *catalogue.CATALOGUE_CHECKS,
    *transfer.TRANSFER_CHECKS,
    *settlement.SETTLEMENT_CHECKS,
    *documents.DOCUMENT_CHECKS,
    *payments.PAYMENT_CHECKS,
    *disputes.DISPUTE_CHECKS,
    *insight.INSIGHT_CHECKS,
    SEALS_HOLD,
)
HOW_MANY_LAWS = len(BY_QUERY) + 3


async def every_law(office: Office) -> AsyncIterator[Broken]:
    """One per law, in their order; a law that holds has no rows."""
    async for result in ledger.broken_laws(office.database, BY_QUERY):
        yield result
    async for result in laws_by_hand(office):
        yield result
    yield await altered_guards(office.database)


async def laws_by_hand(office: Office) -> AsyncIterator[Broken]:
    """Those of the books that no query can tell."""
    yield await settlement.unreproducible_statements(office)
    yield await documents.altered_documents(office.database, await load_keys(office.database))
