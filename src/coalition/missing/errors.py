"""Laws of missing purchases."""

from datetime import date

from coalition.kit.errors import Refusal


class MissingPurchaseNotFound(Refusal):
    """No such missing purchase, or it is another member's or another brand's."""

    code = "MISSING_PURCHASE_NOT_FOUND"


class AskedTooEarly(Refusal):
    """The brand may still send the purchase by itself: `askFrom` is the first day to ask."""

    code = "ASKED_TOO_EARLY"
    ask_from: date | None = None


class AskedTooLate(Refusal):
    """The purchase is further back than the brand looks."""

    code = "ASKED_TOO_LATE"


class PurchaseAlreadyAwarded(Refusal):
    """The member has the points of this receipt: `award` says where. `place`: (member, seq)."""

    code = "PURCHASE_ALREADY_AWARDED"
    place: tuple[int, int] | None = None


class PurchaseAlreadyReported(Refusal):
    """The member has reported this purchase, and it is not decided: `missingPurchase` is it."""

    code = "PURCHASE_ALREADY_REPORTED"
    missing_id: int | None = None


class TooManyReports(Refusal):
    """The member has reported as many purchases in a day as it may."""

    code = "TOO_MANY_REPORTS"


class MissingPurchaseDecided(Refusal):
    """It was decided, or withdrawn; what is decided stands."""

    code = "MISSING_PURCHASE_DECIDED"


class MissingPurchaseFull(Refusal):
    """So much was said about it that it is to be decided."""

    code = "MISSING_PURCHASE_FULL"


class ReceiptNotAllowed(Refusal):
    """A picture of a receipt is empty, too large, or not PNG, JPEG or PDF."""

    code = "RECEIPT_NOT_ALLOWED"


class ReceiptPlaceTaken(Refusal):
    """There is another picture at this place."""

    code = "RECEIPT_PLACE_TAKEN"


class ReceiptNotFound(Refusal):
    """No such picture, or the member has left and it was removed."""

    code = "RECEIPT_NOT_FOUND"
