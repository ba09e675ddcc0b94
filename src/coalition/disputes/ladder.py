"""The ladder of a dispute: who is to speak, what each step leads to, and what silence means. Pure.

OPEN -> PARTNER_EVIDENCE -> OPERATOR_REPLY, up to three rounds of these, then CORRESPONDENCE; and
from anywhere, by the operator's decision, ACCEPTED, PARTIAL or REJECTED, or by silence EXPIRED.
What the partner withdraws is REJECTED, by itself.
Source: the rejection ladder of the IATA simplified interline settlement (SIS), three stages and
correspondence. Whoever is to speak and does not until the deadline leaves it to the other side.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ROUNDS = 3
# So long before a deadline it is told of; where a window is shorter, at once.
NEAR = timedelta(days=2)


class DisputeState(StrEnum):
    OPEN = "OPEN"
    PARTNER_EVIDENCE = "PARTNER_EVIDENCE"
    OPERATOR_REPLY = "OPERATOR_REPLY"
    CORRESPONDENCE = "CORRESPONDENCE"
    ACCEPTED = "ACCEPTED"
    PARTIAL = "PARTIAL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"

    @property
    def is_decided(self) -> bool:
        return self in _DECIDED


_DECIDED = frozenset(
    {DisputeState.ACCEPTED, DisputeState.PARTIAL, DisputeState.REJECTED, DisputeState.EXPIRED}
)


class Side(StrEnum):
    PARTNER = "PARTNER"
    OPERATOR = "OPERATOR"
    TIME = "TIME"


class StepKind(StrEnum):
    OPENED = "OPENED"
    EVIDENCE = "EVIDENCE"  # of the partner
    REPLY = "REPLY"  # of the operator
    MESSAGE = "MESSAGE"  # of either, in correspondence or after the end
    DECISION = "DECISION"
    WITHDRAWAL = "WITHDRAWAL"  # the partner asks for nothing any more
    EXPIRY = "EXPIRY"


class Reason(StrEnum):
    WRONG_RATE = "WRONG_RATE"
    WRONG_MEMBER = "WRONG_MEMBER"
    DUPLICATE = "DUPLICATE"
    RETURN_NOT_CREDITED = "RETURN_NOT_CREDITED"
    OUTSIDE_CAMPAIGN = "OUTSIDE_CAMPAIGN"
    WRONG_ENTITY = "WRONG_ENTITY"
    TAX = "TAX"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a dispute stands. `due_at`: until when the side whose turn it is may speak."""

    state: DisputeState
    round: int
    due_at: datetime | None

    @property
    def turn(self) -> Side | None:
        """Who is to speak; None: nobody, it is decided. In correspondence the operator decides."""
        match self.state:
            case DisputeState.OPEN | DisputeState.OPERATOR_REPLY:
                return Side.PARTNER
            case DisputeState.PARTNER_EVIDENCE | DisputeState.CORRESPONDENCE:
                return Side.OPERATOR
            case _:
                return None

    def is_late(self, now: datetime) -> bool:
        return self.due_at is not None and now > self.due_at


@dataclass(frozen=True, slots=True)
class Move:
    """A step that may be taken, and where it leads. `is_late`: behind its deadline."""

    kind: StepKind
    standing: Standing
    is_late: bool


class WrongTurn(ValueError):
    """The other side is to speak."""


def opened(now: datetime, window: timedelta) -> Standing:
    """The partner has until the end of the window to give its evidence."""
    return Standing(DisputeState.OPEN, 1, now + window)


def spoken(here: Standing, side: Side, now: datetime, window: timedelta) -> Move:
    """What speaking does. What comes behind the deadline is taken and flagged; after the end it
    is kept and changes nothing. Raises `WrongTurn`.
    """
    late = here.is_late(now)
    if here.state.is_decided:
        return Move(StepKind.MESSAGE, here, is_late=True)
    if here.state is DisputeState.CORRESPONDENCE:
        return Move(StepKind.MESSAGE, here, late and side is here.turn)
    if side is not here.turn:
        raise WrongTurn(here.state)
    due = now + window
    if side is Side.PARTNER:
        number = here.round if here.state is DisputeState.OPEN else here.round + 1
        return Move(StepKind.EVIDENCE, Standing(DisputeState.PARTNER_EVIDENCE, number, due), late)
    after = DisputeState.OPERATOR_REPLY if here.round < ROUNDS else DisputeState.CORRESPONDENCE
    return Move(StepKind.REPLY, Standing(after, here.round, due), late)


def decided(here: Standing, amount: int, authorised: int, now: datetime) -> Move:
    """The operator's decision: of `amount`, `authorised` is the partner's, between nothing and
    all of it. Raises `WrongTurn` when it is decided already.
    """
    if here.state.is_decided:
        raise WrongTurn(here.state)
    if authorised == 0:
        state = DisputeState.REJECTED
    else:
        state = DisputeState.ACCEPTED if authorised == amount else DisputeState.PARTIAL
    late = here.turn is Side.OPERATOR and here.is_late(now)
    return Move(StepKind.DECISION, Standing(state, here.round, None), late)


def withdrawn(here: Standing) -> Move:
    """The partner lets the line stand, whoever's turn it is. Raises `WrongTurn` when it is decided
    already.
    """
    if here.state.is_decided:
        raise WrongTurn(here.state)
    return Move(
        StepKind.WITHDRAWAL, Standing(DisputeState.REJECTED, here.round, None), is_late=False
    )


def silent(here: Standing, amount: int, now: datetime) -> int | None:
    """What silence authorises by now: all of it when the operator was to speak, nothing when the
    partner was; None: nothing has expired.
    """
    if here.turn is None or not here.is_late(now):
        return None
    return amount if here.turn is Side.OPERATOR else 0
