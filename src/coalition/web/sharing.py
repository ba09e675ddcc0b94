"""Why the API refused to share points, in a member's words, and what to do about it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from coalition.pages import Text, said
from coalition.web.api import Json

_CONFIRM = "/account/confirm"
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STEP_UP = said("To be safe, show first that it is you: with your password or a passkey.")
_OTHERWISE = said("This cannot be done just now.")
_SAID: Mapping[str, Text] = MappingProxyType(
    {
        "HOUSEHOLD_NOT_FOUND": said("You are in no household any more."),
        "HOUSEHOLD_MEMBER_NOT_FOUND": said("Nobody of your household."),
        "HOUSEHOLD_INVITATION_NOT_FOUND": said("There is no such invitation any more."),
        "HOUSEHOLD_INVITATION_OVER": said("There is no such invitation any more."),
        "NOT_AN_OWNER": said("Ask an owner of your household to do this."),
        "IN_A_HOUSEHOLD": said("Nobody is in two households, or twice in one."),
        "HOUSEHOLD_COOL_DOWN": said("You left a household not long ago: wait before the next one."),
        "HOUSEHOLD_FULL": said("Your household is full, those who are invited counted."),
        "HOUSEHOLD_NEEDS_OWNER": said("Make somebody else an owner first: there is always one."),
        "TOO_MANY_INVITATIONS": said("Enough invitations for today. Go on tomorrow."),
        "TEXT_NOT_ALLOWED": said("Write the number as it stands on the card."),
        "IDEMPOTENCY_KEY_REUSED": said(
            "Something has changed since you opened this page. Look at it once more."
        ),
        "RECEIVER_NOT_FOUND": said("Nobody can be given points under this number."),
        "TRANSFER_TO_ONESELF": said("This is your own card."),
        "TRANSFER_LIMIT": said("That is more, or less, than you may give just now."),
        "TRANSFER_NOT_FOUND": said("There is no such gift."),
        "TRANSFER_OVER": said("This gift was accepted, or its points have gone back."),
        "NOT_ENOUGH_POINTS": said("You have fewer points to spend than this."),
        "SPEND_PAUSED": said(
            "You have changed your e-mail address or password: for a day nothing is spent."
        ),
        "SPEND_LOCKED": said("Your spending is locked: open the lock first."),
        "VELOCITY_LIMIT": said("You have spent a lot in a short time. Try again later."),
        "MEMBER_SUSPENDED": said("Your membership rests for now."),
        "MEMBER_CLOSED": said("Your membership has ended."),
    }
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """`field`: the input that it is about; "": none. `way_on`: an address and what it is called."""

    words: Text
    field: str = ""
    way_on: tuple[str, Text] | None = None


def trouble_in(answer: Json, *, here: str) -> Trouble | None:
    """Of a mutation's payload; None: it was done. `here`: the page to come back to."""
    if not answer["userErrors"]:
        return None
    code, field = answer["userErrors"][0]["code"], answer["userErrors"][0]["field"] or [""]
    return trouble_of(code, field=field[-1], here=here)


def trouble_of(code: str, *, field: str = "", here: str) -> Trouble:
    if code == "STEP_UP_REQUIRED":
        way_on = (f"{_CONFIRM}?next={quote(here, safe='')}", said("Confirm that it is you"))
        return Trouble(_STEP_UP, way_on=way_on)
    return Trouble(_SAID.get(code, _OTHERWISE), field)


def key_of(form: Mapping[str, str]) -> str:
    """The form's own, so that a second click does nothing; a new one where it has none."""
    key = form.get("key", "")
    return key if _KEY.fullmatch(key) else secrets.token_urlsafe(16)
