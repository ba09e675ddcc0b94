"""Laws of bulk awards, and why a file as a whole cannot be taken."""

from coalition.kit.errors import Refusal


class BulkAwardNotFound(Refusal):
    """No such bulk award of this partner."""

    code = "BULK_AWARD_NOT_FOUND"


class BulkAwardEnded(Refusal):
    """The bulk award has ended: there is nothing left to cancel."""

    code = "BULK_AWARD_ENDED"


class BulkAwardHasItsFile(Refusal):
    """The file of the bulk award came whole, or it was cancelled: no other one is taken."""

    code = "BULK_AWARD_HAS_ITS_FILE"


class TooManyBulkAwards(Refusal):
    """The partner has as many bulk awards under way as it may have at once."""

    code = "TOO_MANY_BULK_AWARDS"


class RowsNotAllowed(Refusal):
    """The announced number of rows is not one that a file may have."""

    code = "ROWS_NOT_ALLOWED"


class RowNotReadable(Refusal):
    """A row of a file does not say what an award needs, or says it in another form."""

    code = "ROW_NOT_READABLE"


class ClientEnded(Refusal):
    """The client that sent the file was revoked, or may not award any more."""

    code = "CLIENT_ENDED"


class ResultsGone(Refusal):
    """The results of the bulk award were kept for their time and then removed."""

    code = "RESULTS_GONE"


class UploadAbandoned(Refusal):
    """No whole file came for the bulk award in its time: it was cancelled."""

    code = "UPLOAD_ABANDONED"
