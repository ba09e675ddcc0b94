"""Whose calendar a period's label is read in: each partner may have its own."""

from coalition.access import Actor
from coalition.ledger import ZonedCalendar
from coalition.partners import Terms
from coalition.settlement.errors import PeriodNotFound


def calendar_asked(terms: Terms, actor: Actor, name: str | None = None) -> ZonedCalendar:
    """The calendar of that name, like weekly@Europe/London; without one that of the partner who
    asks, or the programme's when the operator does.

    Raises `PeriodNotFound` when no partner settles by it.
    """
    if name is None:
        if actor.partner_id is None:
            return terms.programme.calendar
        return terms.partner(actor.partner_id).calendar
    found = {one.name: one for one in terms.calendars}.get(name)
    if found is None:
        known = ", ".join(one.name for one in terms.calendars)
        raise PeriodNotFound(
            f"{name[:40]!r} is the calendar of no partner. There are: {known}.", field=("calendar",)
        )
    return found
