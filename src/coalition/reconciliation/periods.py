"""Which period a file is of."""

from datetime import datetime

from coalition.ledger import NoSuchPeriod, PeriodSpan, span_named
from coalition.partners import Terms
from coalition.reconciliation.errors import FileOfAnotherPeriod


def span_of(terms: Terms, label: str, *, now: datetime) -> PeriodSpan:
    """The period of that label, begun by now. Raises `FileOfAnotherPeriod`."""
    programme = terms.programme
    try:
        span = span_named(programme.settlement_calendar, programme.zone, label)
    except NoSuchPeriod:
        raise FileOfAnotherPeriod(
            f"{label[:40]!r} names no period of the {programme.settlement_calendar} calendar."
        ) from None
    if span.starts_at > now:
        raise FileOfAnotherPeriod(f"The period {label} has not begun yet.")
    return span
