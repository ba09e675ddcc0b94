"""What closing a period would give by now. Writes nothing and holds nobody up."""

from dataclasses import replace
from datetime import datetime

from coalition.access import Actor
from coalition.kit.database import EVERYTHING
from coalition.ledger import Period, period_named
from coalition.partners import Office
from coalition.settlement.arrears import drafts_with_arrears
from coalition.settlement.close_period import Closed, agree_with_lots, closable_span
from coalition.settlement.gates import foresee_gates
from coalition.settlement.queries import (
    StatementFilter,
    StatementLineRecord,
    StatementRecord,
    list_statements,
)
from coalition.settlement.statement import StatementDraft
from coalition.settlement.states import State

_NOT_WRITTEN = 0


async def preview_close(
    office: Office, *, actor: Actor, label: str, now: datetime, calendar: str | None = None
) -> tuple[Closed, list[StatementRecord]]:
    """The period as it would stand, and the statements that its entries give; those that were
    issued when it is closed. A statement that is not written yet has the id 0.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotEnded`, `BooksDoNotBalance`, `ItemsOpen`.
    """
    of, span = await closable_span(office, actor=actor, label=label, calendar=calendar, now=now)
    async with office.database.reading(EVERYTHING) as connection:
        period = await period_named(connection, of.name, label)
        if period is not None and State(period.state).has_statements:
            issued = await list_statements(connection, StatementFilter(period_id=period.id))
            return Closed(period, already_closed=True), issued
    await agree_with_lots(office, of, label)
    if period is None:
        period = Period(_NOT_WRITTEN, of.name, label, span.starts_at, span.ends_at, "open", None)
    await foresee_gates(office, period)
    drafts = await drafts_with_arrears(office, period)
    closed = replace(period, state="closed")
    return Closed(closed, already_closed=False), [
        draft_as_record(draft, period.id, now) for draft in drafts
    ]


def draft_as_record(draft: StatementDraft, period_id: int, now: datetime) -> StatementRecord:
    """How a statement will read when it is issued."""
    return StatementRecord(
        id=_NOT_WRITTEN,
        period_id=period_id,
        partner_id=draft.partner_id,
        number=draft.number,
        issued=draft.issued,
        redeemed=draft.redeemed,
        fees=draft.fees,
        breakage=draft.breakage,
        adjusted=draft.adjusted,
        prepaid=draft.prepaid,
        net=draft.net,
        vat_issued=draft.vat_issued,
        vat_redeemed=draft.vat_redeemed,
        taxes=tuple(draft.taxes_as_text),
        hash=draft.hash,
        issued_at=now,
        run_id=None,
        version=1,
        replaces=None,
        lines=tuple(
            StatementLineRecord(
                line=place,
                kind=line.kind,
                description=line.description,
                points=line.points,
                price=line.price,
                amount=line.amount,
                entries=line.entries,
                share=line.share,
                agreement_id=line.agreement.id,
                original_period_id=line.original.id if line.original else None,
                promotion=line.promotion,
                redeemer_id=line.redeemer.id if line.redeemer else None,
                adjustment_id=line.adjusted.id if line.adjusted else None,
            )
            for place, line in enumerate(draft.lines, start=1)
        ),
    )
