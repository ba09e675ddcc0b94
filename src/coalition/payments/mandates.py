"""Whether a mandate can be used once more, and as which collection of how many. Pure.

FRST is the first of several, RCUR one of them, FNAL the last, OOFF the only one. Source: EPC016-06,
the SEPA Core Direct Debit rulebook: AT-21 (type of transaction), and section 4.1 for the 36 months.
"""

from dataclasses import dataclass
from datetime import date

from coalition.partners.terms import Mandate

_LAPSES_AFTER_YEARS = 3
FIRST, RECURRENT, LAST, ONLY = "FRST", "RCUR", "FNAL", "OOFF"


@dataclass(frozen=True, slots=True)
class Use:
    """The newest collection on a mandate that the bank did not reject."""

    sequence: str
    due_on: date
    end_to_end_id: str


class MandateUnusable(ValueError):
    """Why nothing can be collected on a mandate, in a clause that begins with "its mandate"."""


def sequence_of(mandate: Mandate, used: Use | None, today: date, due_on: date) -> str:
    """As what a collection on `due_on` is announced. Raises `MandateUnusable`."""
    if mandate.signed_on > today:
        raise MandateUnusable(f"its mandate {mandate.id} is signed on {mandate.signed_on} only")
    if used is None:
        return mandate.sequence
    if used.sequence in {ONLY, LAST}:
        raise MandateUnusable(
            f"its mandate {mandate.id} was used for the last time ({used.sequence}) by"
            f" {used.end_to_end_id}"
        )
    if _years_behind(used.due_on) < due_on:
        raise MandateUnusable(
            f"its mandate {mandate.id} has lapsed: nothing was collected on it since {used.due_on}"
        )
    return RECURRENT if mandate.sequence == FIRST else mandate.sequence


def _years_behind(day: date) -> date:
    try:
        return day.replace(year=day.year + _LAPSES_AFTER_YEARS)
    except ValueError:  # the 29th of February
        return date(day.year + _LAPSES_AFTER_YEARS, 3, 1)
