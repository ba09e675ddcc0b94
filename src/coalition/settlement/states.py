"""The states of a period, in their order. Pure.

open -> closing (cut off) -> reconciling -> calculated -> closed (its statements are out) ->
[disputed] -> final -> instructed -> settled -> locked.
"""

from enum import StrEnum


class State(StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    RECONCILING = "reconciling"
    CALCULATED = "calculated"
    CLOSED = "closed"
    DISPUTED = "disputed"
    FINAL = "final"
    INSTRUCTED = "instructed"
    SETTLED = "settled"
    LOCKED = "locked"

    @property
    def has_statements(self) -> bool:
        """Whether statements have been written for the period."""
        return self not in BEFORE_STATEMENTS

    @property
    def is_published(self) -> bool:
        """Whether partners see the statements."""
        return self.has_statements and self is not State.CALCULATED


BEFORE_STATEMENTS = (State.OPEN, State.CLOSING, State.RECONCILING)
NEXT = {
    State.OPEN: State.CLOSING,
    State.CLOSING: State.RECONCILING,
    State.RECONCILING: State.CALCULATED,
    State.CALCULATED: State.CLOSED,
    State.CLOSED: State.FINAL,
    State.DISPUTED: State.FINAL,
    State.FINAL: State.INSTRUCTED,
    State.INSTRUCTED: State.SETTLED,
    State.SETTLED: State.LOCKED,
}
