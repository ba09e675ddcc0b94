"""Every table, so that the metadata is whole; used by migrations and by tests."""

from coalition.access import records as access
from coalition.disputes import records as disputes
from coalition.earning import records as earning
from coalition.kit.database import metadata
from coalition.ledger import records as ledger
from coalition.members import records as members
from coalition.outbox import records as outbox
from coalition.partners import records as partners
from coalition.payments import records as payments
from coalition.redemption import records as redemption
from coalition.settlement import records as settlement

__all__ = ["metadata"]
