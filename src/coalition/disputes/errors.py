"""Laws of disputes."""

from coalition.kit.errors import Refusal


class DisputeNotFound(Refusal):
    """No such dispute, or it is another brand's."""

    code = "DISPUTE_NOT_FOUND"


class StatementNotFound(Refusal):
    """No such statement that is published, or no such line on it, or it is another brand's."""

    code = "STATEMENT_LINE_NOT_FOUND"


class DisputeNotValid(Refusal):
    """The amount is zero, more than the line says, or has too many decimals; or it is not clear
    which line is meant.
    """

    code = "DISPUTE_NOT_VALID"


class DisputeOpen(Refusal):
    """The line is disputed already, and that is not decided yet."""

    code = "DISPUTE_OPEN"


class ItemDisputed(Refusal):
    """A difference of a reconciliation is in a dispute already, and that is not decided yet."""

    code = "RECONCILIATION_ITEM_DISPUTED"


class DisputeDecided(Refusal):
    """The dispute has been decided; what is decided stands."""

    code = "DISPUTE_DECIDED"


class NotYourTurn(Refusal):
    """The dispute waits for the other side."""

    code = "NOT_YOUR_TURN"


class EvidenceNotAllowed(Refusal):
    """A file is empty, too large, or of a kind that is not kept."""

    code = "EVIDENCE_NOT_ALLOWED"
