"""Laws of settlement."""

from coalition.kit.errors import Refusal


class PeriodNotFound(Refusal):
    """No period of the settlement calendar has that label."""

    code = "PERIOD_NOT_FOUND"


class PeriodNotEnded(Refusal):
    """The period's time is not over yet."""

    code = "PERIOD_NOT_ENDED"


class BooksDoNotBalance(Refusal):
    """Entries, lots, statements or money of the period disagree; nothing goes on from them."""

    code = "BOOKS_DO_NOT_BALANCE"


class ItemsOpen(Refusal):
    """Items of the period are open, above their tolerance, and two people have not waived them."""

    code = "ITEMS_OPEN"


class NothingToWaive(Refusal):
    """Nothing of that subject is open for that partner."""

    code = "NOTHING_TO_WAIVE"


class PeriodNotReady(Refusal):
    """The period is not in the state that this step starts from."""

    code = "PERIOD_NOT_READY"


class AnotherPersonNeeded(Refusal):
    """Two different people have to do this; the same one has done the part before it."""

    code = "ANOTHER_PERSON_NEEDED"
