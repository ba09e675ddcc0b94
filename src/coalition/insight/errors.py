"""Laws of looking at money."""

from coalition.kit.errors import Refusal


class RedemptionRateUnknown(Refusal):
    """Too little has been spent to estimate how many points ever will be: say a rate."""

    code = "REDEMPTION_RATE_UNKNOWN"


class RedemptionRateNotValid(Refusal):
    """A redemption rate is not between 0 and 1."""

    code = "REDEMPTION_RATE_NOT_VALID"


class NotInTheFuture(Refusal):
    """What will be outstanding at a later instant is not known."""

    code = "NOT_IN_THE_FUTURE"
