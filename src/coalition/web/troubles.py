"""Why the API refused to spend or to share points, in a member's words, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from coalition.pages import Text, said
from coalition.web.api import Json

_CONFIRM = "/account/confirm"


@dataclass(frozen=True, slots=True)
class Trouble:
    """`way_on`: an address and what it is called; None: there is nothing to be done. `field`: the
    input that it is about; "": none.
    """

    code: str
    words: Text
    way_on: tuple[str, Text] | None = None
    field: str = ""


_TO_REWARDS = ("/app/rewards", said("To all rewards"))
_TO_ACTIVITY = ("/app/activity", said("See what happened"))
_TO_SECURITY = ("/app/security", said("To the lock"))
_SAID: Mapping[str, tuple[Text, tuple[str, Text] | None]] = MappingProxyType(
    {
        "NOT_ENOUGH_POINTS": (
            said("You have fewer points to spend than this."), _TO_ACTIVITY),
        "OUT_OF_STOCK": (said("None are left. There may be more later."), _TO_REWARDS),
        "REWARD_NOT_AVAILABLE": (said("It is not available just now."), _TO_REWARDS),
        "REWARD_NOT_FOUND": (said("It is not available just now."), _TO_REWARDS),
        "REWARD_COST_NOT_AGREED": (said("It is not available just now."), _TO_REWARDS),
        "REDEMPTION_ENDED": (said("This brand takes no points any more."), _TO_REWARDS),
        "PARTNER_SUSPENDED": (said("This brand takes no points just now."), _TO_REWARDS),
        "NO_AGREEMENT_ON_DATE": (said("This brand takes no points just now."), _TO_REWARDS),
        "REWARD_CHANGED": (
            said("Its price has just changed. Look at it once more before you confirm."), None),
        "REWARD_LIMIT_REACHED": (
            said("You have had this as often as is allowed."),
            ("/app/vouchers", said("My vouchers"))),
        "TIER_TOO_LOW": (said("This is for members of a higher tier."), _TO_REWARDS),
        "SPEND_LOCKED": (said("Spending is locked. Open the lock first."), _TO_SECURITY),
        "SPEND_PAUSED": (
            said("You have changed your e-mail address or password: for a day nothing is spent."),
            None),
        "VELOCITY_LIMIT": (
            said("That is more than may be spent in so short a time. Try again later."), None),
        "MEMBER_SUSPENDED": (said("Your membership rests for now, and spends nothing."), None),
        "MEMBER_CLOSED": (said("Your membership has ended."), None),
        "CLAIM_NOT_CANCELLABLE": (
            said("It cannot be given back any more: it was used or sent, or its time is over."),
            None),
        "VOUCHER_NOT_READY": (
            said("Only a voucher that you can still use can be given or mailed."), None),
        "VOUCHER_OPENED": (
            said("The link was opened: the voucher is somebody else's now."), None),
        "TOO_MANY_VOUCHER_LINKS": (said("Enough links for today. Go on tomorrow."), None),
        "TOO_MANY_COPIES": (said("Enough copies for today. Go on tomorrow."), None),
        "MAILS_NOT_SENT": (said("No mails can be sent to you."), None),
        "IDEMPOTENCY_KEY_REUSED": (
            said("Something has changed since you opened this page. Look at it once more."), None),
        "HOUSEHOLD_NOT_FOUND": (said("You are in no household any more."), None),
        "HOUSEHOLD_MEMBER_NOT_FOUND": (said("Nobody of your household."), None),
        "HOUSEHOLD_INVITATION_NOT_FOUND": (said("There is no such invitation any more."), None),
        "HOUSEHOLD_INVITATION_OVER": (said("There is no such invitation any more."), None),
        "NOT_AN_OWNER": (said("Ask an owner of your household to do this."), None),
        "IN_A_HOUSEHOLD": (said("Nobody is in two households, or twice in one."), None),
        "HOUSEHOLD_COOL_DOWN": (
            said("You left a household not long ago: wait before the next one."), None),
        "HOUSEHOLD_FULL": (
            said("Your household is full, those who are invited counted."), None),
        "HOUSEHOLD_NEEDS_OWNER": (
            said("Make somebody else an owner first: there is always one."), None),
        "TOO_MANY_INVITATIONS": (said("Enough invitations for today. Go on tomorrow."), None),
        "TEXT_NOT_ALLOWED": (said("Write the number as it stands on the card."), None),
        "RECEIVER_NOT_FOUND": (said("Nobody can be given points under this number."), None),
        "TRANSFER_TO_ONESELF": (said("This is your own card."), None),
        "TRANSFER_LIMIT": (said("That is more, or less, than you may give just now."), None),
        "TRANSFER_NOT_FOUND": (said("There is no such gift."), None),
        "TRANSFER_WAITS": (
            said("These points cannot be accepted just now. Try again later."), None),
        "TRANSFER_OVER": (
            said("This gift was accepted, or its points have gone back."), None),
    }
)  # fmt: skip
_STEP_UP = said("To be safe, show first that it is you: with your password or a passkey.")
_OTHERWISE = said("This cannot be done just now.")


def trouble_in(answer: Json, *, here: str) -> Trouble | None:
    """Of a mutation's payload; None: it was done. `here`: the page to come back to."""
    if not answer["userErrors"]:
        return None
    code, field = answer["userErrors"][0]["code"], answer["userErrors"][0]["field"] or [""]
    return trouble_of(code, field=field[-1], here=here)


def trouble_of(code: str, *, here: str, field: str = "") -> Trouble:
    """`here`: the page to come back to."""
    if code == "STEP_UP_REQUIRED":
        way_on = (f"{_CONFIRM}?next={quote(here, safe='')}", said("Confirm that it is you"))
        return Trouble(code, _STEP_UP, way_on)
    words, to = _SAID.get(code, (_OTHERWISE, None))
    return Trouble(code, words, to, field)
