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


class RedemptionEnded(Refusal):
    """The partner is leaving, and points are not spent there any more."""

    code = "REDEMPTION_ENDED"
