"""Close a period: cut it off, reconcile, calculate its statements, hand them out.

Each step is one transaction, and the state says which ones are done: killed anywhere, the next
close goes on where this one stood. Two closes at once take turns and do each step once.
"""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope
from coalition.kit.database import EVERYTHING
from coalition.ledger import (
    NoSuchPeriod,
    Period,
    PeriodSpan,
    ZonedCalendar,
    period_named,
    redeemed_in,
)
from coalition.partners import Office, Terms
from coalition.settlement.arrears import drafts_with_arrears
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.checks import uphold_laws
from coalition.settlement.drafts import (
    draft_rolls,
    rolls_as_json,
    runs_as_json,
)
from coalition.settlement.errors import BooksDoNotBalance, PeriodNotEnded, PeriodNotFound
from coalition.settlement.gates import ask_reconciliation, known_period, pass_gates
from coalition.settlement.office import require_operator
from coalition.settlement.states import BEFORE_STATEMENTS, NEXT, State

# The head of a period is worked out over every entry of it: five minutes are some hundred millions.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Closed:
    period: Period
    already_closed: bool


async def close_period(
    office: Office, *, actor: Actor, label: str, now: datetime, calendar: str | None = None
) -> Closed:
    """The closed period of a calendar, the programme's unless one is named. Closing again
    changes nothing.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotEnded`, `BooksDoNotBalance`, `ItemsOpen`.
    """
    of, span = await closable_span(office, actor=actor, label=label, calendar=calendar, now=now)
    await office.open_period(of, span)
    await office.open_period(of, of.span_after(span))
    # When later periods were closed before this one, what comes late goes to the present one.
    await office.open_periods([now])
    await agree_with_lots(office, of, label)
    (row,) = await office.database.call("begin_close", of.name, label, now, *actor.signature)
    if row["outcome"] not in iter(State):
        raise RuntimeError(f"begin_close answered {row['outcome']}")
    state, moved = State(row["outcome"]), False
    while not state.is_published:
        period = await known_period(office, of, label)
        state, moved = await _go_on(office, period, state, actor=actor, now=now)
    return Closed(await known_period(office, of, label), already_closed=not moved)


async def _go_on(
    office: Office, period: Period, state: State, *, actor: Actor, now: datetime
) -> tuple[State, bool]:
    """The state after one step, and whether it was this step that led there."""
    database = office.database
    match state:
        case State.CLOSING:
            (row,) = await database.call("step_onwards", period.id, state, *actor.signature)
        case State.RECONCILING:
            await ask_reconciliation(office, period)
            await pass_gates(office, period, State.CALCULATED)
            # What was applied and posted under until the cut-off is billed too.
            await office.read_terms()
            drafts = await drafts_with_arrears(office, period)
            rolls = await draft_rolls(office, period)
            await agree_with_lots(office, ZonedCalendar.named(period.calendar), period.label)
            runs = runs_as_json(drafts, await office.terms(), period.closed_at)
            (row,) = await database.call(
                "calculate_period", period.id, now, runs, rolls_as_json(rolls), *actor.signature,
                seconds=_LONGEST,
            )  # fmt: skip
        case State.CALCULATED:
            await uphold_laws(office, period)
            (row,) = await database.call("publish_period", period.id, *actor.signature)
        case _:
            raise RuntimeError(f"A period that is {state} needs no more steps to be closed.")
    if row["outcome"] == "GATED":
        # Said in between: asked again, it is told in words.
        await pass_gates(office, period, NEXT[state])
        return state, False
    return State(row["outcome"]), row["moved"]


async def closable_span(
    office: Office, *, actor: Actor, label: str, calendar: str | None, now: datetime
) -> tuple[ZonedCalendar, PeriodSpan]:
    """The calendar and span of a period that the actor may close by now, under the newest terms.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotEnded`.
    """
    require_operator(actor, Scope.SETTLEMENT_CLOSE)
    await office.read_terms()
    terms = await office.terms()
    of = calendar_asked(terms, actor, calendar)
    return of, _ended_period(terms, of, label, now)


def _ended_period(terms: Terms, calendar: ZonedCalendar, label: str, now: datetime) -> PeriodSpan:
    starts = [partner.agreements[0].valid_from for partner in terms.partners if partner.agreements]
    try:
        span = calendar.span_named(label)
    except NoSuchPeriod:
        raise PeriodNotFound(
            f"{label!r} names no period of the {calendar.kind} calendar.",
            field=("label",),
        ) from None
    if not starts or span.ends_at <= min(starts):
        raise PeriodNotFound(
            f"{label} is over before the first agreement of any partner.", field=("label",)
        )
    if span.ends_at > now:
        raise PeriodNotEnded(
            f"{label} ends on {span.ends_at.isoformat()}; it can be closed from then on.",
            field=("label",),
        )
    return span


async def agree_with_lots(office: Office, calendar: ZonedCalendar, label: str) -> None:
    """Asked before anything is closed, so that a refusal leaves the period open, and again when
    nothing more can be added to it.
    """
    async with office.database.reading(EVERYTHING) as connection:
        period = await period_named(connection, calendar.name, label)
        if period is None or period.state not in BEFORE_STATEMENTS:
            return
        found = await redeemed_in(connection, period.id)
    if found.by_entries != found.by_lots:
        raise BooksDoNotBalance(
            f"In {label} entries redeem {found.by_entries} points, their lots {found.by_lots}."
            " Run `coalition books check` and close again.",
            field=("label",),
        )
