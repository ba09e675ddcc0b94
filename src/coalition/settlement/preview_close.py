"""What closing a period would give by now. Writes nothing and holds nobody up."""

from dataclasses import replace
from datetime import datetime

from coalition.access import Actor
from coalition.kit.database import EVERYTHING
from coalition.ledger import Period, period_named
from coalition.partners import Office
from coalition.settlement.close_period import (
    Closed,
    agree_with_lots,
    closable_span,
    draft_statements,
)
from coalition.settlement.queries import (
    StatementFilter,
    StatementLineRecord,
    StatementRecord,
    list_statements,
)

_NOT_WRITTEN = 0


async def preview_close(
    office: Office, *, actor: Actor, label: str, now: datetime, calendar: str | None = None
) -> tuple[Closed, list[StatementRecord]]:
    """The period as it would stand, and the statements that its entries give; those that were
    issued when it is closed. A statement that is not written yet has the id 0.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotEnded`, `BooksDoNotBalance`.
    """
    of, span = await closable_span(office, actor=actor, label=label, calendar=calendar, now=now)
    async with office.database.reading(EVERYTHING) as connection:
        period = await period_named(connection, of.name, label)
        if period is not None and period.state not in {"open", "closing"}:
            issued = await list_statements(connection, StatementFilter(period_id=period.id))
            return Closed(period, already_closed=True), issued
    await agree_with_lots(office, of, label)
    if period is None:
        period = Period(_NOT_WRITTEN, of.name, label, span.starts_at, span.ends_at, "open", None)
    drafts = await draft_statements(office, period)
    closed = replace(period, state="closed")
    return Closed(closed, already_closed=False), [
        StatementRecord(
            id=_NOT_WRITTEN,
            period_id=period.id,
            partner_id=draft.partner_id,
            number=draft.number,
            issued=draft.issued,
            redeemed=draft.redeemed,
            net=draft.net,
            hash=draft.hash,
            issued_at=now,
            lines=tuple(
                StatementLineRecord(
                    line.kind, line.description, line.points, line.price, line.amount, line.entries
                )
                for line in draft.lines
            ),
        )
        for draft in drafts
    ]
