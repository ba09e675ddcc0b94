"""The steps of a final period: its payments are sent, have all arrived, and it is locked."""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope
from coalition.ledger import Period
from coalition.partners import Office
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.errors import PeriodNotReady
from coalition.settlement.gates import known_period, pass_gates
from coalition.settlement.office import require_operator
from coalition.settlement.states import NEXT, State

_AFTER_FINAL = (State.FINAL, State.INSTRUCTED, State.SETTLED, State.LOCKED)


@dataclass(frozen=True, slots=True)
class Advanced:
    """`already_there`: somebody had led the period so far before."""

    period: Period
    already_there: bool


async def advance_period(
    office: Office,
    *,
    actor: Actor,
    label: str,
    to: State,
    now: datetime,
    calendar: str | None = None,
    dry_run: bool = False,
) -> Advanced:
    """The period in the state `to`, which follows on the one that it is in. Doing it again changes
    nothing; a dry run answers the period as it is.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotReady`, `ItemsOpen`.
    """
    del now  # the database's clock says when: nobody may date a step
    require_operator(actor, Scope.SETTLEMENT_APPROVE)
    of = calendar_asked(await office.terms(), actor, calendar)
    period = await known_period(office, of, label)
    here = State(period.state)
    if here in _AFTER_FINAL and _AFTER_FINAL.index(here) >= _AFTER_FINAL.index(to):
        return Advanced(period, already_there=True)
    if here not in _AFTER_FINAL or NEXT[here] is not to:
        raise PeriodNotReady(
            f"{label} is {here}: it becomes {to} after it was {_before(to)}.", field=("label",)
        )
    if dry_run:
        await pass_gates(office, period, to)
        return Advanced(period, already_there=False)
    (row,) = await office.database.call("step_onwards", period.id, here, *actor.signature)
    if row["outcome"] == "GATED":
        await pass_gates(office, period, to)
    return Advanced(await known_period(office, of, label), already_there=not row["moved"])


def _before(to: State) -> State:
    return next(here for here in _AFTER_FINAL if NEXT[here] is to)
