"""Laws of reconciliation, and why a partner's file is not taken."""

from coalition.files import ContractBroken
from coalition.kit.errors import Refusal


class FileOfAnotherPartner(ContractBroken):
    """The file's header names another partner than the one that it is taken for."""

    code = "RECONCILIATION_PARTNER_WRONG"


class FileOfAnotherPeriod(ContractBroken):
    """The file is not of the period that was announced, or of none of the calendar."""

    code = "RECONCILIATION_PERIOD_WRONG"


class FileCurrencyWrong(ContractBroken):
    """The file is in another currency than the one in which its partner settles."""

    code = "RECONCILIATION_CURRENCY_WRONG"


class SequenceReused(Refusal):
    """Another file of the partner and period was taken under this sequence number."""

    code = "RECONCILIATION_SEQUENCE_REUSED"


class SequenceOutdated(Refusal):
    """A file of the partner and period with a higher sequence number was taken before."""

    code = "RECONCILIATION_SEQUENCE_OUTDATED"


class ReconciliationFileNotFound(Refusal):
    """No such reconciliation file of this partner."""

    code = "RECONCILIATION_FILE_NOT_FOUND"


class ReconciliationFileTaken(Refusal):
    """The reconciliation file came whole before: it takes no other one."""

    code = "RECONCILIATION_FILE_TAKEN"


class ItemNotFound(Refusal):
    """No such reconciliation item of this partner."""

    code = "RECONCILIATION_ITEM_NOT_FOUND"


class ItemResolved(Refusal):
    """The item was resolved before, or a later file has superseded it."""

    code = "RECONCILIATION_ITEM_RESOLVED"


class ActionNotOpen(Refusal):
    """The action is not for an item of its class, or not for this token."""

    code = "RECONCILIATION_ACTION_NOT_OPEN"
