"""Laws of spending."""

from coalition.kit.errors import Refusal


class BelowMinimum(Refusal):
    """Fewer points than this partner's agreement lets be spent at once."""

    code = "BELOW_MINIMUM"


class NotEnoughPoints(Refusal):
    """The member cannot spend that many now."""

    code = "NOT_ENOUGH_POINTS"


class SpendLocked(Refusal):
    """The member has locked spending; earning goes on."""

    code = "SPEND_LOCKED"


class SpendPaused(Refusal):
    """The member changed its e-mail address or password: for a day nothing is spent."""

    code = "SPEND_PAUSED"


class HoldTimeNotAllowed(Refusal):
    """A hold lasts between a second and a week."""

    code = "HOLD_TIME_NOT_ALLOWED"


class HoldNotFound(Refusal):
    """No such hold of this partner."""

    code = "HOLD_NOT_FOUND"


class HoldAlreadyResolved(Refusal):
    """The hold was captured or released before: a hold ends once."""

    code = "HOLD_ALREADY_RESOLVED"


class HoldExpired(Refusal):
    """The hold's time is over and its points are free again."""

    code = "HOLD_EXPIRED"


class MoreThanHeld(Refusal):
    """More points than the hold set aside."""

    code = "MORE_THAN_HELD"


class RedemptionNotFound(Refusal):
    """No such redemption of this partner."""

    code = "REDEMPTION_NOT_FOUND"


class MoreThanRedeemed(Refusal):
    """More points than were redeemed and not yet refunded."""

    code = "MORE_THAN_REDEEMED"


class SpentOnAReward(Refusal):
    """Points of a reward come back when its claim is cancelled, and as a whole."""

    code = "SPENT_ON_A_REWARD"


class VelocityLimit(Refusal):
    """The member spends more in a time than the programme lets be spent."""

    code = "VELOCITY_LIMIT"


class TillTokenForNobody(Refusal):
    """A token for the till is for a brand that there is not."""

    code = "TILL_TOKEN_FOR_NOBODY"


class TillTokenNotFound(Refusal):
    """No such token for the till, or it is for another brand: the answer is the same."""

    code = "TILL_TOKEN_NOT_FOUND"


class TillTokenUsed(Refusal):
    """The token has been used, or three holds with it were refused."""

    code = "TILL_TOKEN_USED"


class TillTokenExpired(Refusal):
    """The token's minute is over."""

    code = "TILL_TOKEN_EXPIRED"


class PriceNotKnown(Refusal):
    """Points for an amount of money cannot be told in this currency, or both were given."""

    code = "PRICE_NOT_KNOWN"


class RedemptionEnded(Refusal):
    """The partner is leaving, and points are not spent there any more."""

    code = "REDEMPTION_ENDED"
