"""Approve a published period: with enough people, none of whom published it, it is final."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from coalition.access import Actor, Scope
from coalition.kit.database import EVERYTHING
from coalition.ledger import Period, ZonedCalendar
from coalition.partners import Office
from coalition.partners.terms import PER_CURRENCY
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.errors import AnotherPersonNeeded, PeriodNotReady
from coalition.settlement.gates import known_period, pass_gates
from coalition.settlement.netting import Position, netted
from coalition.settlement.office import require_operator
from coalition.settlement.queries import StatementFilter, list_statements
from coalition.settlement.rates import rates_into
from coalition.settlement.states import State


@dataclass(frozen=True, slots=True)
class Approved:
    """`approvals` of the people that are needed; the period is final with the last of them."""

    period: Period
    approvals: int
    already_final: bool
    positions: tuple[Position, ...]


async def approve_period(
    office: Office, *, actor: Actor, label: str, now: datetime, calendar: str | None = None
) -> Approved:
    """One person's approval.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotReady`, `ItemsOpen`, `AnotherPersonNeeded`,
    `FxRateMissing`.
    """
    del now  # the database's clock says when: nobody may date an approval
    of, period = await _approvable(office, actor, label, calendar)
    positions, held = await draft_netting(office, period)
    needed = (await office.terms()).programme.approvals
    (row,) = await office.database.call(
        "approve_period", period.id, needed, netting_as_json(positions, held), *actor.signature
    )
    if row["outcome"] == "SAME_PERSON":
        raise AnotherPersonNeeded(
            f"You have closed {label}: somebody else has to approve it.", field=("label",)
        )
    if row["outcome"] == "CHANGED":
        raise PeriodNotReady(
            f"A statement of {label}, or a dispute about one, has changed just now. Look at it and"
            " approve again.",
            field=("label",),
        )
    if row["outcome"] == "GATED":
        await pass_gates(office, period, State.FINAL)
    return Approved(
        await known_period(office, of, label), row["approvals"], not row["moved"], tuple(positions)
    )


async def preview_netting(
    office: Office, *, actor: Actor, label: str, calendar: str | None = None
) -> tuple[Period, list[Position]]:
    """Who would pay whom if the period were final by now. Writes nothing.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotReady`, `ItemsOpen`, `FxRateMissing`.
    """
    _, period = await _approvable(office, actor, label, calendar)
    await pass_gates(office, period, State.FINAL)
    positions, _ = await draft_netting(office, period)
    return period, positions


async def draft_netting(office: Office, period: Period) -> tuple[list[Position], list[int]]:
    """The positions that a period's statements give, in the programme's way of netting, and the
    held lines that they leave out or put back.

    Raises `FxRateMissing`.
    """
    lines = await office.database.call("held_lines", period.id)
    held: Counter[tuple[int, str]] = Counter()
    for line in lines:
        held[line["partner_id"], line["currency"]] += line["amount"]
    numbers = [line["id"] for line in lines]
    programme = (await office.terms()).programme
    async with office.database.reading(EVERYTHING) as connection:
        statements = await list_statements(connection, StatementFilter(period_id=period.id))
        owed = [
            replace(one.owed, held=held[one.partner_id, one.net.currency]) for one in statements
        ]
        if programme.netting == PER_CURRENCY:
            return netted(owed), numbers
        rates = await rates_into(
            connection,
            source=programme.fx_source,
            on_date=last_day_of(period),
            currency=programme.netting,
            others={one.net.currency for one in owed},
        )
    return netted(owed, programme.netting, rates), numbers


def last_day_of(period: Period) -> date:
    """The day of the cut-off, in the period's own zone: its rates are those of that day."""
    zone = ZonedCalendar.named(period.calendar).zone
    return (period.ends_at - timedelta(microseconds=1)).astimezone(zone).date()


async def _approvable(
    office: Office, actor: Actor, label: str, calendar: str | None
) -> tuple[ZonedCalendar, Period]:
    require_operator(actor, Scope.SETTLEMENT_APPROVE)
    await office.read_terms()
    of = calendar_asked(await office.terms(), actor, calendar)
    period = await known_period(office, of, label)
    if not State(period.state).is_published:
        raise PeriodNotReady(
            f"{label} is {period.state}: close it before it is approved.", field=("label",)
        )
    return of, period


def netting_as_json(positions: Sequence[Position], held: Sequence[int]) -> str:
    """As books.write_netting takes it; the hash is the SHA-256 over the positions' text."""
    found = [
        {
            "partner_id": one.partner_id,
            "currency": one.net.currency,
            "net": one.net.minor,
            "vat": one.vat.minor,
            "held": one.held,
            "billed": one.billed.minor,
            "settled_currency": one.settled.currency,
            "settled": one.settled.minor,
            "fx_rate_id": one.rate.id if one.rate else None,
            "postings": [
                {
                    "debit": move.debit,
                    "credit": move.credit,
                    "amount": move.amount.minor,
                    "currency": move.amount.currency,
                }
                for move in one.movements
            ],
        }
        for one in positions
    ]
    text = json.dumps(found, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps({"positions": found, "held_lines": list(held), "hash": digest})
