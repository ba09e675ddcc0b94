"""Laws of rewards and of what is claimed of them."""

from coalition.kit.errors import Refusal


class RewardNotFound(Refusal):
    """No such reward, or another brand's: the answer is the same."""

    code = "REWARD_NOT_FOUND"


class RewardNotValid(Refusal):
    """A reward says what its kind cannot have, or lacks what it needs."""

    code = "REWARD_NOT_VALID"


class RewardKindFixed(Refusal):
    """A reward's kind stays; another kind is another reward with a code of its own."""

    code = "REWARD_KIND_FIXED"


class RewardCostNotAgreed(Refusal):
    """The reward would cost the pool more per point than was agreed with its brand."""

    code = "REWARD_COST_NOT_AGREED"


class RewardImageNotFound(Refusal):
    """No image was uploaded under this hash."""

    code = "REWARD_IMAGE_NOT_FOUND"


class RewardImageNotValid(Refusal):
    """The image is not PNG, JPEG or WebP, or is too large."""

    code = "REWARD_IMAGE_NOT_VALID"


class RewardTakesNoCodes(Refusal):
    """Only vouchers and gift cards have codes."""

    code = "REWARD_TAKES_NO_CODES"


class CodeKnown(Refusal):
    """The brand has loaded this code before, for this or another reward."""

    code = "CODE_KNOWN"


class TooManyCodes(Refusal):
    """More codes than one request may load, or none."""

    code = "TOO_MANY_CODES"


class RewardNotAvailable(Refusal):
    """The reward is not claimed now: its time has not come or is over, or it was withdrawn."""

    code = "REWARD_NOT_AVAILABLE"


class RewardChanged(Refusal):
    """The reward has another price than the member was shown."""

    code = "REWARD_CHANGED"


class OutOfStock(Refusal):
    """Nothing is left of the reward."""

    code = "OUT_OF_STOCK"


class RewardLimitReached(Refusal):
    """The member has claimed the reward as often as one may."""

    code = "REWARD_LIMIT_REACHED"


class TierTooLow(Refusal):
    """The reward is for members of a higher tier."""

    code = "TIER_TOO_LOW"


class ClaimNotFound(Refusal):
    """No such claim of this member, or at this brand."""

    code = "CLAIM_NOT_FOUND"


class ClaimNotCancellable(Refusal):
    """What was claimed cannot be given back any more, or never could."""

    code = "CLAIM_NOT_CANCELLABLE"


class ClaimStepNotPossible(Refusal):
    """A claim of this kind does not go from its state to that one."""

    code = "CLAIM_STEP_NOT_POSSIBLE"


class VoucherNotFound(Refusal):
    """No such code, another brand's, or nobody has claimed it: the answer is the same."""

    code = "VOUCHER_NOT_FOUND"


class VoucherUsed(Refusal):
    """The code was used before: it is good once."""

    code = "VOUCHER_USED"


class VoucherExpired(Refusal):
    """The code's time is over."""

    code = "VOUCHER_EXPIRED"


class VoucherCancelled(Refusal):
    """The member has given the code back."""

    code = "VOUCHER_CANCELLED"


class VoucherNotReady(Refusal):
    """Only a code that its member can still use is given to somebody, or mailed."""

    code = "VOUCHER_NOT_READY"


class VoucherOpened(Refusal):
    """Whoever the voucher was given to has opened it: it is not the giver's any more."""

    code = "VOUCHER_OPENED"


class TooManyVoucherLinks(Refusal):
    """The member has made as many links of vouchers as one may in a day."""

    code = "TOO_MANY_VOUCHER_LINKS"


class TooManyCopies(Refusal):
    """The member has had as many copies of vouchers mailed as one may in a day."""

    code = "TOO_MANY_COPIES"


class MailsNotSent(Refusal):
    """The coalition sends no mails, or the member has no login with an address."""

    code = "MAILS_NOT_SENT"


class VoucherWaits(Refusal):
    """A link to a voucher that is not opened for now, and may be later."""

    code = "VOUCHER_WAITS"


class VoucherLinkNotGood(Refusal):
    """There is nothing behind the link: there never was, it was taken back, or its code is no good
    any more. The answer is the same.
    """

    code = "VOUCHER_LINK_NOT_GOOD"


class PrizeDrawBegun(Refusal):
    """Tickets were given out: the draw stays as it was when they were."""

    code = "PRIZE_DRAW_BEGUN"


class DrawNotOver(Refusal):
    """Tickets can still be claimed."""

    code = "DRAW_NOT_OVER"
