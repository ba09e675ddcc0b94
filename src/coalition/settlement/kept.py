"""Figures that are kept of calculated periods, read as the operator: by cohort, brand and currency.

So what is asked about a long time is a sum over periods and never over all entries.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.amounts import Money
from coalition.ledger import CohortRoll, MoneyAccount
from coalition.settlement.lines import LineKind
from coalition.settlement.records import cohort_roll, money_entry, statement, statement_line
from coalition.settlement.statement import StatementDraft

_FIGURES = tuple(cohort_roll.c)[5:]
_KEYS = tuple(cohort_roll.c)[1:5]
_ISSUED = (LineKind.ISSUANCE, LineKind.PROMOTION_ISSUANCE, LineKind.ISSUANCE_REVERSAL)
_REDEEMED = (LineKind.REDEMPTION, LineKind.REDEMPTION_REVERSAL)


@dataclass(frozen=True, slots=True)
class BrandFigures:
    """What one statement comes to. Points: returns and refunds are taken off. `redeemed` is what
    the brand is paid for its points, `net` what it pays in all before VAT.
    """

    period_id: int
    partner_id: int
    issued_points: int
    redeemed_points: int
    issued: Money
    redeemed: Money
    net: Money


async def kept_cohorts(
    connection: AsyncConnection, period_ids: Collection[int]
) -> list[CohortRoll]:
    """What became of each month's points in all of these periods together."""
    query = (
        sa.select(
            *_KEYS,
            *(sa.cast(sa.func.sum(one), sa.BigInteger).label(one.name) for one in _FIGURES),
        )
        .where(cohort_roll.c.period_id.in_(period_ids))
        .group_by(*_KEYS)
        .order_by(*_KEYS)
    )
    return [CohortRoll(**row._asdict()) for row in await connection.execute(query)]


async def kept_cohorts_of_each(
    connection: AsyncConnection, period_ids: Collection[int]
) -> dict[int, list[CohortRoll]]:
    """The same, period by period."""
    query = sa.select(cohort_roll).where(cohort_roll.c.period_id.in_(period_ids))
    found: dict[int, list[CohortRoll]] = {}
    for row in await connection.execute(query.order_by(cohort_roll.c.period_id, *_KEYS)):
        fields = row._asdict()
        found.setdefault(fields.pop("period_id"), []).append(CohortRoll(**fields))
    return found


async def kept_figures(
    connection: AsyncConnection, period_ids: Collection[int]
) -> list[BrandFigures]:
    """Of each statement of these periods that stands."""
    newer, line = statement.alias(), statement_line.c

    def points(kinds: Collection[LineKind]) -> sa.ColumnElement[int]:
        summed = sa.func.sum(sa.case((line.kind.in_(kinds), line.points), else_=0))
        return sa.cast(sa.func.coalesce(summed, 0), sa.BigInteger)

    query = (
        sa.select(
            statement,
            points(_ISSUED).label("issued_points"),
            points(_REDEEMED).label("redeemed_points"),
        )
        .outerjoin(statement_line, line.statement_id == statement.c.id)
        .where(
            statement.c.period_id.in_(period_ids),
            ~sa.exists().where(newer.c.replaces == statement.c.id),
        )
        .group_by(statement.c.id)
        .order_by(statement.c.id)
    )
    return [
        BrandFigures(
            row.period_id, row.partner_id, row.issued_points, row.redeemed_points,
            Money(row.issued, row.currency), Money(row.redeemed, row.currency),
            Money(row.net, row.currency),
        )
        for row in await connection.execute(query)
    ]  # fmt: skip


def figures_of(draft: StatementDraft, period_id: int) -> BrandFigures:
    """The same of a statement that is not written yet."""

    def points(kinds: Collection[LineKind]) -> int:
        return sum(one.points for one in draft.lines if one.kind in kinds)

    return BrandFigures(
        period_id, draft.partner_id, points(_ISSUED), points(_REDEEMED), draft.issued,
        draft.redeemed, draft.net,
    )  # fmt: skip


async def pool_of(connection: AsyncConnection, period_ids: Collection[int]) -> Counter[str]:
    """What all money entries of these periods left in the pool: minor units by currency."""
    signed = sa.case(
        (money_entry.c.credit == MoneyAccount.POOL, money_entry.c.amount),
        (money_entry.c.debit == MoneyAccount.POOL, -money_entry.c.amount),
        else_=0,
    )
    rows = await connection.execute(
        sa.select(
            money_entry.c.currency,
            sa.cast(sa.func.sum(signed), sa.BigInteger).label("minor"),
        )
        .where(money_entry.c.period_id.in_(period_ids))
        .group_by(money_entry.c.currency)
    )
    return Counter({row.currency: row.minor for row in rows})


def pool_of_drafts(drafts: Collection[StatementDraft]) -> Counter[str]:
    """The same of statements that are not written yet."""
    found: Counter[str] = Counter()
    for draft in drafts:
        for one in draft.postings:
            found[draft.currency] += one.amount * (
                (one.credit is MoneyAccount.POOL) - (one.debit is MoneyAccount.POOL)
            )
    return found
