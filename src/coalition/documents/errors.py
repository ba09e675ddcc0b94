"""Why a document cannot be given."""

from coalition.kit.errors import Refusal


class DocumentNotFound(Refusal):
    """No such statement or invoice of this partner, or no such format of it."""

    code = "DOCUMENT_NOT_FOUND"


class StatementNotOut(Refusal):
    """A statement has documents from when its period was closed."""

    code = "STATEMENT_NOT_OUT"


class DocumentRemoved(Refusal):
    """A document that was signed is not kept any more: it was removed behind the application's
    back, and no second one is signed. `coalition books check` names it.
    """

    code = "DOCUMENT_REMOVED"


class NotAsSigned(Refusal):
    """The entries behind a statement are not those that it was signed with: the books were
    tampered with. `coalition books check` names the row.
    """

    code = "NOT_AS_SIGNED"
