"""Approve a published period: with enough people, none of whom published it, it is final."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, require
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed
from coalition.ledger import Period
from coalition.partners import Office
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.errors import AnotherPersonNeeded, PeriodNotReady
from coalition.settlement.gates import known_period, pass_gates
from coalition.settlement.queries import StatementFilter, StatementRecord, list_statements
from coalition.settlement.states import State


@dataclass(frozen=True, slots=True)
class Approved:
    """`approvals` of the people that are needed; the period is final with the last of them."""

    period: Period
    approvals: int
    already_final: bool


async def approve_period(
    office: Office, *, actor: Actor, label: str, now: datetime, calendar: str | None = None
) -> Approved:
    """One person's approval.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotReady`, `ItemsOpen`, `AnotherPersonNeeded`.
    """
    del now  # the database's clock says when: nobody may date an approval
    require(actor, Scope.SETTLEMENT_APPROVE)
    if actor.partner_id is not None:
        raise NotAllowed("Periods are approved with the operator's token.")
    of = calendar_asked(await office.terms(), actor, calendar)
    period = await known_period(office, of, label)
    if not State(period.state).is_published:
        raise PeriodNotReady(
            f"{label} is {period.state}: close it before it is approved.", field=("label",)
        )
    async with office.database.reading(EVERYTHING) as connection:
        statements = await list_statements(connection, StatementFilter(period_id=period.id))
    (row,) = await office.database.call(
        "approve_period", period.id, 1, _as_json(_positions(statements)), *actor.signature
    )
    if row["outcome"] == "SAME_PERSON":
        raise AnotherPersonNeeded(
            f"You have closed {label}: somebody else has to approve it.", field=("label",)
        )
    if row["outcome"] == "GATED":
        await pass_gates(office, period, State.FINAL)
    return Approved(await known_period(office, of, label), row["approvals"], not row["moved"])


def _positions(statements: Sequence[StatementRecord]) -> list[dict[str, object]]:
    """Who pays what in each currency, and the other side of it."""
    found = [
        _position(one.partner_id, one.net.currency, one.net.minor, one.vat, one.billed)
        for one in sorted(statements, key=lambda one: (one.net.currency, one.partner_id))
    ]
    for currency in sorted({one.net.currency for one in statements}):
        own = [one for one in statements if one.net.currency == currency]
        net, vat = sum(one.net.minor for one in own), sum(one.vat for one in own)
        found.append(_position(None, currency, -net, -vat, 0))
    return found


def _position(
    partner_id: int | None, currency: str, net: int, vat: int, billed: int
) -> dict[str, object]:
    return {
        "partner_id": partner_id,
        "currency": currency,
        "net": net,
        "vat": vat,
        "billed": billed,
        "settled_currency": currency,
        "settled": net + vat,
        "fx_rate_id": None,
        "postings": [],
    }


def _as_json(positions: list[dict[str, object]]) -> str:
    text = json.dumps(positions, sort_keys=True)
    return json.dumps({"positions": positions, "hash": hashlib.sha256(text.encode()).hexdigest()})
