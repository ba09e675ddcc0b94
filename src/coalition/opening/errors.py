"""Laws of balances that are carried over from another system."""

from coalition.files import ContractBroken
from coalition.kit.errors import Refusal


class TotalsWrong(ContractBroken):
    """The lots or points of an issuer are not those of its control totals."""

    code = "OPENING_TOTALS_WRONG"


class TermsMissing(ContractBroken):
    """There is no agreement of the issuer on the day on which points were earned, or it bills them
    in another way than the file says.
    """

    code = "OPENING_TERMS_MISSING"


class MembersUnknown(Refusal):
    """Members of the file are not known, and it was not asked that they be enrolled."""

    code = "OPENING_MEMBERS_UNKNOWN"


class MembersNotEarning(Refusal):
    """A member of the file is closed, or a card of it is blocked."""

    code = "OPENING_MEMBERS_NOT_EARNING"


class LotsCarriedBefore(Refusal):
    """Lots of the file were carried over before, or stand in it twice."""

    code = "OPENING_LOTS_CARRIED_BEFORE"
