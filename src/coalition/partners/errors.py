"""Laws about partners and their terms."""

from coalition.kit.errors import Refusal


class PartnerSuspended(Refusal):
    """The acting partner is suspended or has left: nothing is posted for it."""

    code = "PARTNER_SUSPENDED"

    @classmethod
    def awarding(cls) -> "PartnerSuspended":
        return cls("The partner is suspended or has left: it awards nothing.")


class NoAgreementOnDate(Refusal):
    """The partner had no agreement yet at that time."""

    code = "NO_AGREEMENT_ON_DATE"


class InTheFuture(Refusal):
    """It is said to have happened later than now."""

    code = "IN_THE_FUTURE"


class TooLongAgo(Refusal):
    """It happened further back than the programme accepts."""

    code = "TOO_LONG_AGO"


class StoreNotAllowed(Refusal):
    """A token for one store or terminal acts for that one only."""

    code = "STORE_NOT_ALLOWED"
