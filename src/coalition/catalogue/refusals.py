"""What the database answers, as the refusal that says it."""

from coalition.catalogue.errors import (
    ClaimNotFound,
    DrawNotOver,
    MailsNotSent,
    OutOfStock,
    PrizeDrawBegun,
    RewardImageNotFound,
    RewardKindFixed,
    RewardLimitReached,
    RewardNotAvailable,
    RewardNotFound,
    RewardTakesNoCodes,
    TierTooLow,
    TooManyCopies,
    TooManyVoucherLinks,
    VoucherCancelled,
    VoucherExpired,
    VoucherLinkNotGood,
    VoucherNotFound,
    VoucherNotReady,
    VoucherOpened,
    VoucherUsed,
    VoucherWaits,
)
from coalition.kit.claims import reused
from coalition.kit.errors import Refusal
from coalition.members import refusal_about
from coalition.partners import PartnerSuspended
from coalition.redemption import NotEnoughPoints, SpendLocked, SpendPaused, VelocityLimit

_REWARD = ("rewardId",)
_CODE = ("code",)
_CLAIM = ("claimId",)

_SAID: dict[str, tuple[type[Refusal], str, tuple[str, ...]]] = {
    refusal.code: (refusal, message, field)
    for refusal, message, field in (
        (
            PartnerSuspended,
            "The brand is suspended or has left: nothing is claimed or changed there.",
            (),
        ),
        (RewardNotFound, "No such reward.", _REWARD),
        (RewardNotAvailable, "The reward was withdrawn.", _REWARD),
        (RewardKindFixed, "A reward's kind stays. Put another one, with another code.", ("kind",)),
        (RewardImageNotFound, "No image was uploaded under this hash.", ("imageHash",)),
        (RewardTakesNoCodes, "Only vouchers and gift cards have codes.", _REWARD),
        (RewardLimitReached, "You have claimed this as often as one may.", _REWARD),
        (TierTooLow, "This is for members of a higher tier.", _REWARD),
        (OutOfStock, "Nothing is left of it.", _REWARD),
        (PrizeDrawBegun, "Tickets were given out: the draw stays as it is.", ("code",)),
        (DrawNotOver, "Tickets can still be claimed: draw when that is over.", _REWARD),
        (ClaimNotFound, "No such claim.", _CLAIM),
        (VoucherNotFound, "No such code at this brand.", _CODE),
        (VoucherUsed, "The code was used before.", _CODE),
        (VoucherExpired, "The code's time is over.", _CODE),
        (VoucherCancelled, "The member has given the code back.", _CODE),
        (VoucherNotReady, "Only a code that you can still use is given or mailed.", _CLAIM),
        (VoucherOpened, "The link was opened: the voucher is somebody else's now.", _CLAIM),
        (TooManyVoucherLinks, "You have made enough links for today. Go on tomorrow.", _CLAIM),
        (TooManyCopies, "You have asked for enough copies today. Go on tomorrow.", _CLAIM),
        (MailsNotSent, "No mails can be sent to you.", ()),
        (VoucherWaits, "The voucher is not opened just now.", ("token",)),
        (VoucherLinkNotGood, "There is nothing behind this link.", ("token",)),
        (NotEnoughPoints, "You have fewer points than this costs.", _REWARD),
        (SpendLocked, "Spending is locked. Unlock it first.", ()),
        (
            SpendPaused,
            "You changed your e-mail address or password: for a day nothing is spent.",
            (),
        ),
        (VelocityLimit, "You have reached a limit of the programme. Try later.", ()),
    )
}


def refusal_of(outcome: str, *, idempotency_key: str = "") -> Refusal:
    """The refusal for what the database answered."""
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        return reused(idempotency_key)
    if outcome in _SAID:
        refusal, message, field = _SAID[outcome]
        return refusal(message, field=field)
    about_member = refusal_about(outcome, ())
    if about_member is None:
        raise RuntimeError(f"The database answered {outcome}.")
    return about_member
