"""How old open differences are, what hangs on them, and which of them nobody looks after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.amounts import Money
from coalition.reconciliation.records import reconciliation_item

# Full days since a difference was first found: each band begins at one of them.
BANDS: Final = (0, 2, 7, 30)


@dataclass(frozen=True, slots=True)
class Band:
    """Open differences of at least so many days, and younger than the next band."""

    from_days: int
    items: int
    value: Money


@dataclass(frozen=True, slots=True)
class Ageing:
    """Of one partner. `unowned`: overdue, and nobody looks after them."""

    partner_id: int
    bands: tuple[Band, ...]
    overdue: int
    unowned: int
    oldest_at: datetime

    @property
    def items(self) -> int:
        return sum(one.items for one in self.bands)

    @property
    def value(self) -> Money:
        currency = self.bands[0].value.currency
        return Money(sum(one.value.minor for one in self.bands), currency)


async def ageing_of(
    connection: AsyncConnection, *, now: datetime, partner_id: int | None = None
) -> list[Ageing]:
    """Of each partner of which something is open, as far as the connection sees, in the order of
    their numbers.
    """
    item = reconciliation_item.c
    found_at = [now - timedelta(days=days) for days in BANDS]
    # What was found at a later moment than is asked about has no age yet.
    in_band: list[sa.ColumnElement[bool]] = [item.opened_at > found_at[1]]
    in_band += [
        (item.opened_at <= since) & (item.opened_at > until)
        for since, until in pairwise(found_at[1:])
    ]
    in_band.append(item.opened_at <= found_at[-1])
    is_overdue = item.due_at <= now
    query = (
        sa.select(
            item.partner_id,
            item.currency,
            sa.func.count().filter(is_overdue).label("overdue"),
            sa.func.count().filter(is_overdue, item.owner.is_(None)).label("unowned"),
            sa.func.min(item.opened_at).label("oldest_at"),
            *(
                column
                for place, band in enumerate(in_band)
                for column in (
                    sa.func.count().filter(band).label(f"items_{place}"),
                    sa.cast(
                        sa.func.coalesce(sa.func.sum(item.value).filter(band), 0), sa.BigInteger
                    ).label(f"value_{place}"),
                )
            ),
        )
        .where(item.state == "open")
        .group_by(item.partner_id, item.currency)
        .order_by(item.partner_id)
    )
    if partner_id is not None:
        query = query.where(item.partner_id == partner_id)
    return [_ageing(row) for row in (await connection.execute(query)).mappings()]


def _ageing(row: sa.RowMapping) -> Ageing:
    return Ageing(
        row["partner_id"],
        tuple(
            Band(days, row[f"items_{place}"], Money(row[f"value_{place}"], row["currency"]))
            for place, days in enumerate(BANDS)
        ),
        row["overdue"],
        row["unowned"],
        row["oldest_at"],
    )
