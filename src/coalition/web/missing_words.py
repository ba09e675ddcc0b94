"""How a missing purchase stands, and why something cannot be done, as its member reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from coalition.pages import Text, said


@dataclass(frozen=True, slots=True)
class Standing:
    """`sign` and `kind`: of the chip. `is_open`: something may still be said."""

    name: Text
    words: Text
    sign: str
    kind: str
    is_open: bool = False


STANDS: Mapping[str, Standing] = MappingProxyType(
    {
        "OPEN": Standing(
            said("Being looked at"), said("The brand is looking for your purchase."), "clock", "",
            is_open=True,
        ),
        "ASKED": Standing(
            said("Waits for you"), said("The brand needs to know something from you."),
            "circle-help", "warm", is_open=True,
        ),
        "APPROVED": Standing(
            said("Points given"), said("The points are on your account."), "circle-check", "good"
        ),
        "DECLINED": Standing(
            said("No points"), said("The brand gives no points for it. It says why below."), "info",
            "",
        ),
        "WITHDRAWN": Standing(
            said("Let go"), said("You let it go. You may report the purchase again."), "undo-2", ""
        ),
    }
)  # fmt: skip
DID: Mapping[str, Text] = MappingProxyType(
    {
        "REPORT": said("Reported"),
        "RECEIPT": said("Receipt sent"),
        "QUESTION": said("Question"),
        "ANSWER": said("Answer"),
        "APPROVAL": said("Points given"),
        "REFUSAL": said("No points"),
        "WITHDRAWAL": said("Let go"),
    }
)
WHY_NOT: Mapping[str, Text] = MappingProxyType(
    {
        "NOT_FOUND": said("There is no such purchase in our books."),
        "AWARDED_BEFORE": said("The points of this receipt were given before."),
        "RETURNED": said("What you bought was brought back."),
        "NOT_ELIGIBLE": said("What you bought earns no points."),
        "NOT_READABLE": said("The receipt cannot be read, or shows something else."),
        "OTHER": said("We cannot give points for it."),
    }
)
_NONE_THEN = said("This brand gave no points on that day.")
_RESTS = said("Your membership rests for now, and earns nothing.")
TROUBLE: Mapping[str, Text] = MappingProxyType(
    {
        "IN_THE_FUTURE": said("This day is still to come."),
        "ASKED_TOO_LATE": said("This is too long ago: the brand does not look so far back."),
        "AMOUNT_NOT_POSITIVE": said("Write an amount above nothing."),
        "AMOUNT_TOO_PRECISE": said(
            "Write the amount with the decimals of its currency, like 25.00."
        ),
        "NOTHING_EARNED": said("So small a purchase earns no point there."),
        "EARNING_STOPPED": _NONE_THEN,
        "NO_AGREEMENT_ON_DATE": _NONE_THEN,
        "TOO_LONG_AGO": said("This is too long ago: the brand does not look so far back."),
        "PARTNER_SUSPENDED": said("This brand takes no reports just now."),
        "MEMBER_SUSPENDED": _RESTS,
        "MEMBER_CLOSED": _RESTS,
        "PURCHASE_ALREADY_AWARDED": said("You have the points of this receipt already."),
        "PURCHASE_ALREADY_REPORTED": said("You have reported this receipt already."),
        "TOO_MANY_REPORTS": said("You have reported many purchases today. Go on tomorrow."),
        "TEXT_NOT_ALLOWED": said("Some of these characters cannot be kept. Write plain text."),
        "IDEMPOTENCY_KEY_REUSED": said(
            "This form was sent before, with something else in it. Open a new one."
        ),
        "IDEMPOTENCY_KEY_NOT_ALLOWED": said("This form is not whole. Open a new one."),
        "MISSING_PURCHASE_DECIDED": said("It is decided by now. Nothing can be added."),
        "MISSING_PURCHASE_FULL": said("So much was said that the brand is to decide now."),
    }
)
# What became of a picture.
RECEIPT_TROUBLE: Mapping[str, Text] = MappingProxyType(
    {
        "RECEIPT_NOT_ALLOWED": said(
            "The picture was not taken: it must be a PNG or JPEG image, or a PDF, of 5 MB at most."
        ),
        "FILE_TOO_LARGE": said(
            "The picture was not taken: it must be a PNG or JPEG image, or a PDF, of 5 MB at most."
        ),
        "RECEIPT_PLACE_TAKEN": said("Another picture came meanwhile. Send this one again."),
        "MISSING_PURCHASE_DECIDED": said("It is decided by now. Nothing can be added."),
        "FULL": said("There are three pictures already: no more are taken."),
    }
)
