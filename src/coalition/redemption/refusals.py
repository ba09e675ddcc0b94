"""What the books answer, as the refusal that says it."""

from coalition.kit.claims import reused
from coalition.kit.errors import Refusal
from coalition.members import refusal_about
from coalition.partners import PartnerSuspended
from coalition.redemption.errors import (
    HoldAlreadyResolved,
    HoldExpired,
    HoldNotFound,
    MoreThanHeld,
    MoreThanRedeemed,
    NotEnoughPoints,
    RedemptionNotFound,
    SpendLocked,
)

_HOLD = ("holdId",)
_POINTS = ("points",)


def refusal_of(outcome: str, *, idempotency_key: str, points: int | None = None) -> Refusal:
    """The refusal for an outcome. A partner is never told how many points a member has."""
    match outcome:
        case "IDEMPOTENCY_KEY_REUSED":
            return reused(idempotency_key)
        case PartnerSuspended.code:
            return PartnerSuspended("The partner is suspended: nothing is spent with it.")
        case NotEnoughPoints.code:
            return NotEnoughPoints(
                f"The member cannot spend {points} points now. Offer to spend fewer.",
                field=_POINTS,
            )
        case SpendLocked.code:
            return SpendLocked(
                "The member has locked spending and must unlock it first.", field=("member",)
            )
        case HoldNotFound.code:
            return HoldNotFound("No such hold of this partner.", field=_HOLD)
        case HoldAlreadyResolved.code:
            return HoldAlreadyResolved("The hold was captured or released before.", field=_HOLD)
        case HoldExpired.code:
            return HoldExpired(
                "The hold's time is over and its points are free again. Hold anew.", field=_HOLD
            )
        case MoreThanHeld.code:
            return MoreThanHeld(f"{points} points are more than the hold set aside.", field=_POINTS)
        case RedemptionNotFound.code:
            return RedemptionNotFound(
                "No such redemption of this partner.", field=("redemptionId",)
            )
        case MoreThanRedeemed.code:
            return MoreThanRedeemed(
                "That is more than was redeemed and has not been refunded yet.", field=_POINTS
            )
        case _:
            refusal = refusal_about(outcome, ("member",))
            if refusal is None:
                raise RuntimeError(f"The books answered {outcome}.")
            return refusal
