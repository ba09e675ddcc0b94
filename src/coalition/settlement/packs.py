"""The packs that a period bills: fixed at its cut-off, and until then those that it would."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.ledger import Period
from coalition.partners import Terms
from coalition.settlement.records import pack_billed
from coalition.settlement.traffic import PackBilled


async def packs_billed_in(
    connection: AsyncConnection, terms: Terms, period: Period, *, before: datetime | None = None
) -> dict[int, list[PackBilled]]:
    """By partner, in the order in which they are used up; those bought `before` an instant."""
    due = sa.func.coalition.packs_due(period.id).table_valued(
        "pack_id", "partner_id", "agreement_id"
    )
    fixed = sa.select(*list(pack_billed.c)[:2], pack_billed.c.agreement_id).where(
        pack_billed.c.period_id == period.id
    )
    rows = (await connection.execute(sa.union_all(fixed, sa.select(due)))).all()
    agreements = {row.pack_id: terms.agreement(row.agreement_id) for row in rows}
    last = before and before.astimezone(terms.programme.zone).date()
    found: dict[int, list[PackBilled]] = {}
    for partner_id in sorted({row.partner_id for row in rows}):
        for pack in terms.partner(partner_id).contract.packs:
            if pack.id in agreements and (last is None or pack.bought_on <= last):
                found.setdefault(partner_id, []).append(
                    PackBilled(
                        pack.code, pack.bought_on, pack.points, pack.amount, agreements[pack.id]
                    )
                )
    return found
