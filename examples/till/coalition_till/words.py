"""What the till says when the coalition refuses: what is wrong, and what to do now."""

from coalition_client import (
    CoalitionError,
    NoAnswer,
    Refused,
    RequestFailed,
    TokenRefused,
    TryLater,
)

# Codes of docs/errors.md; what is not here is said in the coalition's own words.
_SAID = {
    "TILL_TOKEN_NOT_FOUND": "That is no code for this shop. Scan it again, or ask for a new one.",
    "TILL_TOKEN_EXPIRED": "The code's minute is over. Ask for a new one.",
    "TILL_TOKEN_USED": "The code has been used. Ask for a new one.",
    "NOT_ENOUGH_POINTS": "The customer has not that many points. Enter a smaller amount.",
    "BELOW_MINIMUM": "That is less than may be paid with points at once. Enter a larger amount.",
    "SPEND_LOCKED": "The customer has locked spending. It is unlocked in the customer's own pages.",
    "STEP_UP_REQUIRED": "The customer must confirm this in its own pages first, by signing in"
    " again. Then scan a new code.",
    "VELOCITY_LIMIT": "The customer has spent as much as may be spent in a while. Take money.",
    "MEMBER_NOT_FOUND": "Nobody has that card. Check the number, or go on without a card.",
    "IDENTIFIER_BLOCKED": "The card was blocked or replaced. Ask for the new one, or go on without"
    " a card.",
    "MEMBER_SUSPENDED": "The membership is suspended. Go on without points and without a card.",
    "MEMBER_CLOSED": "The membership has ended. Go on without points and without a card.",
    "HOLD_EXPIRED": "The points were set aside for too long and are the customer's again. Scan a"
    " new code, or take money.",
    "MORE_THAN_AWARDED": "That is more than was bought and not yet brought back.",
    "PARTNER_SUSPENDED": "This shop takes no part at the moment. Go on without points and without"
    " a card.",
    "INSUFFICIENT_SCOPE": "This till may not do that. Its client lacks a right of the coalition.",
}
# The code is good for them: what to change is the amount.
_OF_THE_AMOUNT = frozenset({"NOT_ENOUGH_POINTS", "BELOW_MINIMUM"})


class Trouble(Exception):
    """A step did not come about. `field`: the input that it is about, if it is about one."""

    def __init__(self, text: str, *, field: str = "", code: str = "", unsure: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.field = field
        self.code = code
        self.unsure = unsure


def trouble_of(error: CoalitionError, field: str) -> Trouble:
    """`field`: the input that a refusal is about."""
    match error:
        case Refused():
            text = _SAID.get(error.code) or error.mistakes[0].message
            if field == "token" and error.code in _OF_THE_AMOUNT:
                field = "amount"
            return Trouble(text, field=field, code=error.code)
        case NoAnswer():
            return Trouble(
                "The coalition did not answer, so what became of this is not known. Ask again:"
                " it counts once.",
                unsure=True,
            )
        case TryLater():
            wait = f" in {error.retry_after:.0f} seconds" if error.retry_after else " in a moment"
            return Trouble(f"The coalition is busy. Ask again{wait}.", unsure=True)
        case TokenRefused():
            return Trouble(
                f"The coalition does not know this till ({error}). Start it with the client and"
                " the secret that it was given."
            )
        case RequestFailed():
            text = _SAID.get(error.code) or f"The coalition could not do this ({error})."
            return Trouble(text, code=error.code, unsure=error.status >= 500)  # noqa: PLR2004 - RFC 9110
        case _:
            return Trouble(f"Something went wrong: {error}.")
