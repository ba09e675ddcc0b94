"""Reading a period's netting, its pool and its issuers. Every function reads in a `Sight`."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.amounts import Money
from coalition.ledger import IssuerRoll, MoneyAccount, Period, all_periods
from coalition.settlement.fx import FxRate
from coalition.settlement.netting import Position
from coalition.settlement.records import adjustment, fx_rate, issuer_roll, money_entry, net_position


@dataclass(frozen=True, slots=True)
class RollForward:
    """An issuer's points: `opening`, what the period did to them, and what is left to be spent.

    `relieved`: points that adjustments took off the issuer; the operator stands for them.
    """

    issuer_id: int
    opening: int
    period: IssuerRoll
    closing: int
    relieved: int


async def positions_of(connection: AsyncConnection, period_id: int) -> list[Position]:
    """The positions of a final period that the connection may see, by currency and partner."""
    rate = fx_rate.c
    rows = await connection.execute(
        sa.select(
            net_position, rate.source, rate.on_date, rate.base, rate.quote, rate.rate
        )
        .outerjoin(fx_rate, rate.id == net_position.c.fx_rate_id)
        .where(net_position.c.period_id == period_id)
        .order_by(net_position.c.id)
    )  # fmt: skip
    return [
        Position(
            partner_id=row.partner_id,
            net=Money(row.net, row.currency),
            vat=Money(row.vat, row.currency),
            billed=Money(row.billed, row.currency),
            settled=Money(row.settled, row.settled_currency),
            rate=None
            if row.fx_rate_id is None
            else FxRate(row.fx_rate_id, row.source, row.on_date, row.base, row.quote, row.rate),
            movements=(),
            held=row.held,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool by currency, in minor units: before a period, what its statements and its netting
    moved, and what was bought and sold for it since.
    """

    before: Counter[str]
    moved: Counter[str]
    exchanged: Counter[str]


async def pool_at(connection: AsyncConnection, period: Period) -> Pool:
    """Before: the periods of any calendar that ended by the end of this one."""
    earlier = [
        one.id
        for one in await all_periods(connection)
        if one.id != period.id and one.ends_at <= period.ends_at
    ]
    signed = sa.case(
        (money_entry.c.credit == MoneyAccount.POOL, money_entry.c.amount),
        (money_entry.c.debit == MoneyAccount.POOL, -money_entry.c.amount),
        else_=0,
    )
    rows = await connection.execute(
        sa.select(
            money_entry.c.currency,
            (money_entry.c.period_id == period.id).label("is_now"),
            (money_entry.c.source_kind == "FX_EXCHANGE").label("is_exchange"),
            sa.cast(sa.func.sum(signed), sa.BigInteger).label("minor"),
        )
        .where(money_entry.c.period_id.in_([*earlier, period.id]))
        .group_by(
            money_entry.c.currency,
            sa.literal_column("is_now"),
            sa.literal_column("is_exchange"),
        )
    )
    pool = Pool(Counter(), Counter(), Counter())
    for row in rows:
        now = pool.exchanged if row.is_exchange else pool.moved
        (now if row.is_now else pool.before)[row.currency] += row.minor
    return pool


async def roll_forward(connection: AsyncConnection, period: Period) -> list[RollForward]:
    """Each issuer's points through a calculated period: sums over periods, not over all history."""
    earlier = [
        one.id
        for one in await all_periods(connection)
        if one.id != period.id and one.ends_at <= period.ends_at
    ]
    figures = tuple(issuer_roll.c)[1:]
    rows = await connection.execute(
        sa.select(
            (issuer_roll.c.period_id == period.id).label("is_now"),
            issuer_roll.c.issuer_id,
            *(
                sa.cast(sa.func.sum(figure), sa.BigInteger).label(figure.name)
                for figure in figures
                if figure.name != "issuer_id"
            ),
        )
        .where(issuer_roll.c.period_id.in_([*earlier, period.id]))
        .group_by(sa.literal_column("is_now"), issuer_roll.c.issuer_id)
    )
    before: dict[int, IssuerRoll] = {}
    now: dict[int, IssuerRoll] = {}
    for row in rows:
        fields = row._asdict()
        found_in = now if fields.pop("is_now") else before
        found_in[row.issuer_id] = IssuerRoll(**fields)
    relieved = await relieved_in(connection, [*earlier, period.id])
    found = []
    for issuer_id in sorted(before.keys() | now.keys()):
        nothing = IssuerRoll(issuer_id, 0, 0, 0, 0, 0, 0, 0)
        opening = before.get(issuer_id, nothing).outstanding
        own = now.get(issuer_id, nothing)
        found.append(
            RollForward(
                issuer_id, opening, own, opening + own.outstanding, relieved.get(issuer_id, 0)
            )
        )
    return found


async def relieved_in(
    connection: AsyncConnection, period_ids: Collection[int], *, before: datetime | None = None
) -> dict[int, int]:
    """Points that adjustments of these periods took off each issuer, or did before an instant."""
    query = sa.select(
        adjustment.c.partner_id,
        sa.cast(sa.func.sum(adjustment.c.points), sa.BigInteger).label("points"),
    ).where(adjustment.c.period_id.in_(period_ids), adjustment.c.corrects == "ISSUANCE")
    if before is not None:
        query = query.where(adjustment.c.occurred_at < before)
    rows = await connection.execute(query.group_by(adjustment.c.partner_id))
    return {row.partner_id: row.points for row in rows}
