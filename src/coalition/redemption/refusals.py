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
    SpendPaused,
    SpentOnAReward,
    TillTokenExpired,
    TillTokenNotFound,
    TillTokenUsed,
    VelocityLimit,
)

_HOLD = ("holdId",)
_POINTS = ("points",)
_MEMBER = ("member",)
_TOKEN = ("token",)

# A partner is never told how many points a member has.
_SAID: dict[str, tuple[type[Refusal], str, tuple[str, ...]]] = {
    refusal.code: (refusal, message, field)
    for refusal, message, field in (
        (PartnerSuspended, "The partner is suspended or has left: nothing is spent with it.", ()),
        (NotEnoughPoints, "The member cannot spend {points} points now. Offer fewer.", _POINTS),
        (SpendLocked, "The member has locked spending and must unlock it first.", _MEMBER),
        (SpendPaused, "Spending is paused for a day. The member was told why.", _MEMBER),
        (HoldNotFound, "No such hold of this partner.", _HOLD),
        (HoldAlreadyResolved, "The hold was captured or released before.", _HOLD),
        (HoldExpired, "The hold's time is over and its points are free. Hold anew.", _HOLD),
        (MoreThanHeld, "{points} points are more than the hold set aside.", _POINTS),
        (RedemptionNotFound, "No such redemption of this partner.", ("redemptionId",)),
        (
            SpentOnAReward, "It was spent on a reward: cancel its claim instead.",
            ("redemptionId",),
        ),
        (
            VelocityLimit, "The member has reached a limit of the programme: offer fewer points.",
            _POINTS,
        ),
        (TillTokenNotFound, "No such token. Scan the member's code once more.", _TOKEN),
        (TillTokenUsed, "The token has been used. Let the member show a new one.", _TOKEN),
        (TillTokenExpired, "The token's minute is over. Let the member show a new one.", _TOKEN),
        (MoreThanRedeemed, "That is more than was redeemed and not refunded yet.", _POINTS),
    )
}  # fmt: skip


def refusal_of(outcome: str, *, idempotency_key: str, points: int | None = None) -> Refusal:
    """The refusal for what the books answered."""
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        return reused(idempotency_key)
    if outcome in _SAID:
        refusal, message, field = _SAID[outcome]
        return refusal(message.format(points=points), field=field)
    about_member = refusal_about(outcome, _MEMBER)
    if about_member is None:
        raise RuntimeError(f"The books answered {outcome}.")
    return about_member
