"""Laws of reconciliation, and why a partner's file is not taken."""

from coalition.kit.errors import Refusal


class ReconciliationFileBroken(Refusal):
    """The file does not keep to its contract; nothing of it was taken.

    `line`: where, from 1, in the unpacked file; None when it is no line's fault.
    """

    code = "RECONCILIATION_FILE_BROKEN"

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message if line is None else f"Line {line}: {message}")
        self.line = line


class TrailerWrong(ReconciliationFileBroken):
    """The trailer's count or sums are not those of the rows: some are missing or were changed."""

    code = "RECONCILIATION_TRAILER_WRONG"


class FileOfAnotherPartner(ReconciliationFileBroken):
    """The file's header names another partner than the one that it is taken for."""

    code = "RECONCILIATION_PARTNER_WRONG"


class FileOfAnotherPeriod(ReconciliationFileBroken):
    """The file is not of the period that was announced, or of none of the calendar."""

    code = "RECONCILIATION_PERIOD_WRONG"


class FileCurrencyWrong(ReconciliationFileBroken):
    """The file is in another currency than the one in which its partner settles."""

    code = "RECONCILIATION_CURRENCY_WRONG"


class FormulaInFile(ReconciliationFileBroken):
    """A text begins like a formula that a spreadsheet would run."""

    code = "RECONCILIATION_FORMULA"


class ReconciliationFileTooLarge(ReconciliationFileBroken):
    """The file has more rows or bytes, packed or unpacked, than one may have."""

    code = "RECONCILIATION_FILE_TOO_LARGE"


class ReconciliationFileNotAsAnnounced(Refusal):
    """The SHA-256 of the file that came is not the one that was announced."""

    code = "RECONCILIATION_FILE_NOT_AS_ANNOUNCED"


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


class ReconciliationUploadReplaced(Refusal):
    """Another sending of the file began later and has taken the place of this one."""

    code = "RECONCILIATION_UPLOAD_REPLACED"


class HashNotAllowed(Refusal):
    """The announced SHA-256 is not 64 hexadecimal digits."""

    code = "RECONCILIATION_HASH_NOT_ALLOWED"


class ItemNotFound(Refusal):
    """No such reconciliation item of this partner."""

    code = "RECONCILIATION_ITEM_NOT_FOUND"


class ItemResolved(Refusal):
    """The item was resolved before, or a later file has superseded it."""

    code = "RECONCILIATION_ITEM_RESOLVED"


class ActionNotOpen(Refusal):
    """The action is not for an item of its class, or not for this token."""

    code = "RECONCILIATION_ACTION_NOT_OPEN"
