"""When a missing purchase may be reported, and what may be done about it by whom. Pure.

A question leads from OPEN to ASKED, an answer or a receipt back. From both, an approval leads to
APPROVED, a refusal to DECLINED and a withdrawal to WITHDRAWN, and there it ends.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from coalition.missing.errors import AskedTooEarly, AskedTooLate, ReceiptNotAllowed
from coalition.partners.errors import InTheFuture
from coalition.partners.terms import Contract, Programme

# Where a contract says nothing.
AFTER_DAYS = 3
ANSWER_DAYS = 10
MOST_A_DAY = 10
MOST_STEPS = 40
MOST_RECEIPTS = 3
LARGEST_RECEIPT = 5 * 1024 * 1024
# How a file of the kind begins.
_BEGINS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "application/pdf": b"%PDF-",
}


class MissingState(StrEnum):
    OPEN = "OPEN"
    ASKED = "ASKED"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


class MissingSide(StrEnum):
    MEMBER = "MEMBER"
    PARTNER = "PARTNER"


class MissingStepKind(StrEnum):
    REPORT = "REPORT"
    RECEIPT = "RECEIPT"
    QUESTION = "QUESTION"
    ANSWER = "ANSWER"
    APPROVAL = "APPROVAL"
    REFUSAL = "REFUSAL"
    WITHDRAWAL = "WITHDRAWAL"


class MissingReason(StrEnum):
    """Why a brand gives no points."""

    NOT_FOUND = "NOT_FOUND"
    AWARDED_BEFORE = "AWARDED_BEFORE"
    RETURNED = "RETURNED"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NOT_READABLE = "NOT_READABLE"
    OTHER = "OTHER"


_UNDECIDED = (MissingState.OPEN, MissingState.ASKED)
_LEADS_TO = {
    MissingStepKind.QUESTION: MissingState.ASKED,
    MissingStepKind.ANSWER: MissingState.OPEN,
    MissingStepKind.APPROVAL: MissingState.APPROVED,
    MissingStepKind.REFUSAL: MissingState.DECLINED,
    MissingStepKind.WITHDRAWAL: MissingState.WITHDRAWN,
}


def state_after(state: MissingState, kind: MissingStepKind) -> MissingState | None:
    """Where a step leads; None: it is decided, and stays."""
    return _LEADS_TO[kind] if state in _UNDECIDED else None


def answer_due(contract: Contract, now: datetime) -> datetime:
    """Until when the brand is to answer what it is asked now."""
    days = contract.missing_answer_days
    return now + timedelta(days=ANSWER_DAYS if days is None else days)


def check_day(
    programme: Programme, contract: Contract, purchased_on: date, *, now: datetime
) -> None:
    """Pass when points of a purchase of that day may be asked for now. Before, the brand may still
    send it by itself. Raises `InTheFuture`, `AskedTooEarly`, `AskedTooLate`.
    """
    today = programme.today(now)
    if purchased_on > today:
        raise InTheFuture(
            f"{purchased_on} is in the future; today is {today}.", field=("purchasedOn",)
        )
    after = contract.missing_after_days
    opens = purchased_on + timedelta(days=AFTER_DAYS if after is None else after)
    if opens > today:
        early = AskedTooEarly(
            f"The points may still come by themselves. Ask from {opens} on.",
            field=("purchasedOn",),
        )
        early.ask_from = opens
        raise early
    days = programme.late_purchase_days
    if contract.missing_until_days is not None:
        days = min(days, contract.missing_until_days)
    if purchased_on < today - timedelta(days=days):
        raise AskedTooLate(
            f"This brand looks {days} days back, and {purchased_on} is before that.",
            field=("purchasedOn",),
        )


def moment_of(programme: Programme, purchased_on: date, *, reported_at: datetime) -> datetime:
    """When a purchase of which only the day is known is taken to have been made: at noon, in the
    programme's zone, and not after it was reported.
    """
    noon = datetime.combine(purchased_on, time(12), programme.zone)
    return min(noon, reported_at)


def media_type_of(content: bytes) -> str:
    """What the bytes say that they are; what a file is called, or said to be, counts for nothing.

    Raises `ReceiptNotAllowed`.
    """
    if not 0 < len(content) <= LARGEST_RECEIPT:
        raise ReceiptNotAllowed(
            f"A receipt has 1 to {LARGEST_RECEIPT:,} bytes, and this one {len(content):,}."
        )
    for media_type, begins in _BEGINS.items():
        if content.startswith(begins):
            return media_type
    raise ReceiptNotAllowed("A receipt is a PNG or JPEG image, or a PDF, and this is none.")
