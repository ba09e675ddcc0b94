"""What stands in the way of a period's next state, and how two people let it pass all the same."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from coalition import reconciliation
from coalition.access import Actor, Scope
from coalition.kit.database import EVERYTHING
from coalition.ledger import Period, ZonedCalendar, period_named
from coalition.partners import Office, Terms
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.errors import ItemsOpen, NothingToWaive, PeriodNotFound
from coalition.settlement.office import require_operator
from coalition.settlement.states import NEXT, State

WAIVERS_NEEDED = 2
# Between its cut-off and its statements.
_CLOSING = {State.CLOSING, State.RECONCILING, State.CALCULATED}
_CUT_OFF = (
    " It is cut off already: what comes now is of the next period. Close it again then, and it goes"
    " on from here."
)


@dataclass(frozen=True, slots=True)
class Gate:
    """`open_items` of a subject (RECONCILIATION, DISPUTES, PAYMENTS) of a partner, which so many
    different people have waived.
    """

    partner_id: int
    subject: str
    state: State
    open_items: int
    waivers: int


@dataclass(frozen=True, slots=True)
class Waiver:
    """`state`: the one that the period is to reach in spite of what is open."""

    label: str
    state: State
    partner: str
    subject: str
    reason: str
    calendar: str | None = None


async def gates_of(office: Office, period: Period, state: State) -> list[Gate]:
    """What keeps a period from a state now; empty: nothing."""
    return _gates(await office.database.call("gates_of", period.id, state), state)


async def next_gates(office: Office, period: Period) -> list[Gate]:
    """What keeps a period from the state that follows; empty: nothing."""
    after = NEXT.get(State(period.state))
    return await gates_of(office, period, after) if after else []


async def ask_reconciliation(office: Office, period: Period) -> None:
    """Set the gate of a period's statements by the differences that are open now."""
    await office.database.call(
        "gate_reconciliation", period.id, *await _open_differences(office, period)
    )


async def foresee_gates(office: Office, period: Period) -> None:
    """Raises the `ItemsOpen` that closing the period would raise now. Writes nothing."""
    rows = await office.database.call(
        "foreseen_gates", period.id, *await _open_differences(office, period)
    )
    _refuse(await office.terms(), period, State.CALCULATED, _gates(rows, State.CALCULATED))


async def pass_gates(office: Office, period: Period, state: State) -> None:
    """Raises `ItemsOpen`."""
    _refuse(await office.terms(), period, state, await gates_of(office, period, state))


async def waive_items(
    office: Office, *, actor: Actor, waiver: Waiver, now: datetime, dry_run: bool = False
) -> Gate:
    """One person's waiver. The period passes with the second person's. A dry run answers what is
    open, and how many have waived it so far.

    Raises `NotAllowed`, `PeriodNotFound`, `NothingToWaive`.
    """
    del now  # the database's clock says when: nobody may date a waiver
    require_operator(actor, Scope.SETTLEMENT_APPROVE)
    terms = await office.terms()
    period = await known_period(office, calendar_asked(terms, actor, waiver.calendar), waiver.label)
    partner = next((one for one in terms.partners if one.code == waiver.partner), None)
    if dry_run:
        found = await gates_of(office, period, waiver.state)
        for gate in found:
            if partner is not None and (gate.partner_id, gate.subject) == (
                partner.id, waiver.subject,
            ):  # fmt: skip
                return gate
        raise _nothing_to_waive(waiver)
    rows = await office.database.call(
        "waive_gate", period.id, waiver.state, partner.id if partner else 0, waiver.subject,
        waiver.reason, *actor.signature,
    )  # fmt: skip
    if partner is None or rows[0]["outcome"] != "WAIVED":
        raise _nothing_to_waive(waiver)
    return Gate(partner.id, waiver.subject, waiver.state, rows[0]["open_items"], rows[0]["waivers"])


def _nothing_to_waive(waiver: Waiver) -> NothingToWaive:
    return NothingToWaive(
        f"Nothing of {waiver.subject} is open for {waiver.partner!r} in {waiver.label}.",
        field=("subject",),
    )


async def known_period(office: Office, calendar: ZonedCalendar, label: str) -> Period:
    """Raises `PeriodNotFound`."""
    async with office.database.reading(EVERYTHING) as connection:
        period = await period_named(connection, calendar.name, label)
    if period is None:
        raise PeriodNotFound(
            f"Nothing has happened in a period {label[:40]!r} yet.", field=("label",)
        )
    return period


async def _open_differences(office: Office, period: Period) -> tuple[list[int], list[int]]:
    """The partners of which more is open than was agreed, and how many items of each."""
    async with office.database.reading(EVERYTHING) as connection:
        found = await reconciliation.open_items_above_tolerance(
            connection, await office.terms(), period.id
        )
    return [one.partner_id for one in found], [one.items for one in found]


def _gates(rows: list[Record], state: State) -> list[Gate]:
    return [
        Gate(row["partner_id"], row["subject"], state, row["open_items"], row["waivers"])
        for row in rows
    ]


def _refuse(terms: Terms, period: Period, state: State, gates: list[Gate]) -> None:
    if gates:
        named = ", ".join(_named(terms, gate) for gate in gates)
        raise ItemsOpen(
            f"{period.label} cannot become {state} yet: {named}. Resolve them, or let two people"
            f" waive them.{_CUT_OFF if State(period.state) in _CLOSING else ''}",
            field=("label",),
        )


def _named(terms: Terms, gate: Gate) -> str:
    code = terms.partner(gate.partner_id).code
    return f"{code} has {gate.open_items} open items of {gate.subject.lower()}"
