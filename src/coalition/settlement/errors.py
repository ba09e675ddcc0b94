"""Laws of settlement."""

from coalition.kit.errors import Refusal


class PeriodNotFound(Refusal):
    """No period of the settlement calendar has that label."""

    code = "PERIOD_NOT_FOUND"


class PeriodNotEnded(Refusal):
    """The period's time is not over yet."""

    code = "PERIOD_NOT_ENDED"


class BooksDoNotBalance(Refusal):
    """What was redeemed and what its lots say differ: no statement is issued from that."""

    code = "BOOKS_DO_NOT_BALANCE"
