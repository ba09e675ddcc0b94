"""Laws of earning."""

from coalition.kit.errors import Refusal


class AmountTooPrecise(Refusal):
    """An amount has more decimals than its currency, or more digits than can be held."""

    code = "AMOUNT_TOO_PRECISE"


class CurrencyNotAgreed(Refusal):
    """The partner's agreement is in another currency."""

    code = "CURRENCY_NOT_AGREED"


class PurchasePartsTooLarge(Refusal):
    """Tax, shipping and what was paid with points come to more than the purchase."""

    code = "PURCHASE_PARTS_TOO_LARGE"


class NothingEarned(Refusal):
    """The purchase is too small for a single point, or its points would have ended already."""

    code = "NOTHING_EARNED"


class PurchaseReferenceReused(Refusal):
    """The partner has had this purchase awarded already."""

    code = "PURCHASE_REFERENCE_REUSED"


class BatchRejected(Refusal):
    """Another row of the batch was refused, and the batch is all or nothing."""

    code = "BATCH_REJECTED"


class TooManyRows(Refusal):
    """The batch is larger than one call may be, or empty."""

    code = "TOO_MANY_ROWS"


class AwardNotFound(Refusal):
    """No such award of this partner."""

    code = "AWARD_NOT_FOUND"


class MoreThanAwarded(Refusal):
    """More came back than was bought, or all of it had come back before."""

    code = "MORE_THAN_AWARDED"


class ReturnNotNamed(Refusal):
    """A return names its award by exactly one of id and purchase reference."""

    code = "RETURN_NOT_NAMED"


class EarningStopped(Refusal):
    """The partner is leaving, and purchases of that day earn nothing any more."""

    code = "EARNING_STOPPED"


class PromotionNotFound(Refusal):
    """The brand had no such promotion at the time of the purchase."""

    code = "PROMOTION_NOT_FOUND"


class PromotionNotFunded(Refusal):
    """A partner that funds the promotion gave no points at the time of the purchase."""

    code = "PROMOTION_NOT_FUNDED"


class PrepaidExhausted(Refusal):
    """A partner that pays for the points has used up the packs that it bought beforehand."""

    code = "PREPAID_EXHAUSTED"


class CreditLimitReached(Refusal):
    """A partner that pays for the points has issued as many as its credit limit lets it."""

    code = "CREDIT_LIMIT_REACHED"
