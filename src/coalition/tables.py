"""Every table, so that the metadata is whole; used by migrations and by tests."""

from coalition.access import records as access
from coalition.bulk import records as bulk
from coalition.catalogue import records as catalogue
from coalition.consents import records as consents
from coalition.disputes import records as disputes
from coalition.documents import records as documents
from coalition.earning import records as earning
from coalition.jobs import records as jobs
from coalition.joining import records as joining
from coalition.kit.database import metadata
from coalition.ledger import records as ledger
from coalition.mail import records as mail
from coalition.members import records as members
from coalition.missing import records as missing
from coalition.opening import records as opening
from coalition.outbox import records as outbox
from coalition.partners import records as partners
from coalition.payments import records as payments
from coalition.privacy import records as privacy
from coalition.reconciliation import records as reconciliation
from coalition.redemption import records as redemption
from coalition.settlement import records as settlement
from coalition.webhooks import records as webhooks

__all__ = ["metadata"]
