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


class FxRateMissing(Refusal):
    """No rate of the programme's source is there for that day and pair; load it first."""

    code = "FX_RATE_MISSING"


class FxRateDiffers(Refusal):
    """Another rate is kept for that source, day and pair; what was netted at it stands."""

    code = "FX_RATE_DIFFERS"


class FxRateNotValid(Refusal):
    """A rate is zero or less, has too many decimals, or is of no pair of currencies."""

    code = "FX_RATE_NOT_VALID"


class NothingToExchange(Refusal):
    """The pool has as much of that currency as it owes, or settles it in another one."""

    code = "NOTHING_TO_EXCHANGE"


class PartnerNotFound(Refusal):
    """No brand has that code."""

    code = "PARTNER_NOT_FOUND"


class LineNotFound(Refusal):
    """No such line of a statement of that brand."""

    code = "LINE_NOT_FOUND"


class MoreThanAuthorised(Refusal):
    """The corrections from one source, or of one line, exceed what was authorised for it."""

    code = "MORE_THAN_AUTHORISED"


class StatementReplaced(Refusal):
    """The statement was corrected, and a newer version of it is in force."""

    code = "STATEMENT_REPLACED"


class StatementDisputed(Refusal):
    """A line is disputed, and that is not decided yet: until then nothing else corrects it."""

    code = "STATEMENT_DISPUTED"


class StatementAdjusted(Refusal):
    """A line was adjusted, and that was not taken back: replaced, it would be corrected twice."""

    code = "STATEMENT_ADJUSTED"


class AdjustmentNotValid(Refusal):
    """An adjustment needs points and a price, or an amount; in a currency that fits it."""

    code = "ADJUSTMENT_NOT_VALID"
