"""Which period a file is of."""

from datetime import datetime

from coalition.ledger import NoSuchPeriod, PeriodSpan
from coalition.partners import Partner
from coalition.reconciliation.errors import FileOfAnotherPeriod


def span_of(partner: Partner, label: str, *, now: datetime) -> PeriodSpan:
    """The period of that label in the partner's own calendar, begun by now. Raises
    `FileOfAnotherPeriod`.
    """
    try:
        span = partner.calendar.span_named(label)
    except NoSuchPeriod:
        raise FileOfAnotherPeriod(
            f"{label[:40]!r} names no period of the {partner.calendar.kind} calendar."
        ) from None
    if span.starts_at > now:
        raise FileOfAnotherPeriod(f"The period {label} has not begun yet.")
    return span
