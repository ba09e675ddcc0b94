"""Close a period: fix what belongs to it, issue a statement per partner, post the money.

Two steps, each a transaction of its own: first nothing more is added to the period, then its
statements are written all at once. Killed in between, the next close goes on with the second.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, require
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed
from coalition.ledger import (
    NoSuchPeriod,
    Period,
    PeriodSpan,
    ZonedCalendar,
    period_named,
    redeemed_in,
    sums_of_period,
)
from coalition.partners import Office, Partner, PartnerStatus, Terms
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.errors import BooksDoNotBalance, PeriodNotEnded, PeriodNotFound
from coalition.settlement.netting import StatementDraft, Sum, draft_statement


@dataclass(frozen=True, slots=True)
class Closed:
    period: Period
    already_closed: bool


async def close_period(
    office: Office, *, actor: Actor, label: str, now: datetime, calendar: str | None = None
) -> Closed:
    """The closed period of a calendar, the programme's unless one is named. Closing again
    changes nothing.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotEnded`, `BooksDoNotBalance`.
    """
    of, span = await closable_span(office, actor=actor, label=label, calendar=calendar, now=now)
    await office.open_period(of, span)
    await office.open_period(of, of.span_after(span))
    # When later periods were closed before this one, what comes late goes to the present one.
    await office.open_periods([now])
    await agree_with_lots(office, of, label)
    (row,) = await office.database.call("begin_close", of.name, label, now)
    outcome: str = row["outcome"]
    if outcome == "CLOSING":
        # What was applied and posted under until that moment is billed too.
        await office.read_terms()
        async with office.database.reading(EVERYTHING) as connection:
            closing = await period_named(connection, of.name, label)
        if closing is None:
            raise RuntimeError(f"The period {label} is gone.")
        drafts = await draft_statements(office, closing)
        await agree_with_lots(office, of, label)
        (written,) = await office.database.call(
            "issue_statements", row["period_id"], now, _as_json(drafts), *actor.trace
        )
        outcome = written["outcome"]
    elif outcome != "ALREADY_CLOSED":
        raise RuntimeError(f"begin_close answered {outcome}")
    async with office.database.reading(EVERYTHING) as connection:
        period = await period_named(connection, of.name, label)
    if period is None:
        raise RuntimeError(f"The period {label} is gone.")
    return Closed(period, already_closed=outcome == "ALREADY_CLOSED")


async def closable_span(
    office: Office, *, actor: Actor, label: str, calendar: str | None, now: datetime
) -> tuple[ZonedCalendar, PeriodSpan]:
    """The calendar and span of a period that the actor may close by now, under the newest terms.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotEnded`.
    """
    require(actor, Scope.SETTLEMENT_CLOSE)
    if actor.partner_id is not None:
        raise NotAllowed("Periods are closed with the operator's token.")
    await office.read_terms()
    terms = await office.terms()
    of = calendar_asked(terms, actor, calendar)
    return of, _ended_period(terms, of, label, now)


async def draft_statements(
    office: Office, period: Period, *, of_everybody: bool = False
) -> list[StatementDraft]:
    """The statements that the entries of a period give: one per partner of its calendar that
    takes part in it, or of every partner of its calendar.
    """
    terms = await office.terms()
    async with office.database.reading(EVERYTHING) as connection:
        sums = await sums_of_period(connection, period.id)
    by_partner: dict[int, list[Sum]] = {}
    for one in sums:
        by_partner.setdefault(one.partner_id, []).append(
            Sum(one.kind, one.debit, terms.agreement(one.agreement_id), one.points, one.entries)
        )
    return [
        draft_statement(period.label, partner, by_partner.get(partner.id, ()))
        for partner in terms.partners
        if partner.calendar.name == period.calendar
        and (of_everybody or partner.id in by_partner or _takes_part(partner, period))
    ]


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


def _takes_part(partner: Partner, period: Period) -> bool:
    return partner.status is not PartnerStatus.LEFT and any(
        agreement.valid_from < period.ends_at for agreement in partner.agreements
    )


async def agree_with_lots(office: Office, calendar: ZonedCalendar, label: str) -> None:
    """Asked before anything is closed, so that a refusal leaves the period open, and again when
    nothing more can be added to it.
    """
    async with office.database.reading(EVERYTHING) as connection:
        period = await period_named(connection, calendar.name, label)
        if period is None or period.state not in {"open", "closing"}:
            return
        found = await redeemed_in(connection, period.id)
    if found.by_entries != found.by_lots:
        raise BooksDoNotBalance(
            f"In {label} entries redeem {found.by_entries} points, their lots {found.by_lots}."
            " Run `coalition books check` and close again.",
            field=("label",),
        )


def _as_json(drafts: list[StatementDraft]) -> str:
    return json.dumps(
        [
            {
                "partner_id": draft.partner_id,
                "number": draft.number,
                "currency": draft.currency,
                "issued": draft.issued.minor,
                "redeemed": draft.redeemed.minor,
                "net": draft.net.minor,
                "hash": draft.hash,
                "lines": [
                    {
                        "line": place,
                        "kind": line.kind,
                        "description": line.description,
                        "points": line.points,
                        "price": str(line.price),
                        "amount": line.amount.minor,
                        "entries": line.entries,
                    }
                    for place, line in enumerate(draft.lines, start=1)
                ],
                "postings": [
                    {
                        "line": posting.line,
                        "debit": posting.debit,
                        "credit": posting.credit,
                        "amount": posting.amount,
                    }
                    for posting in draft.postings
                ],
            }
            for draft in drafts
        ]
    )
