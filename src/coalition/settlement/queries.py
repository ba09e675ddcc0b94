"""Reading statements. Every function reads in a `Sight` that its caller opened."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access import Actor, Scope, require
from coalition.kit.amounts import Money
from coalition.ledger import is_label
from coalition.partners import Office
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.netting import Owed
from coalition.settlement.records import (
    period_step,
    settlement_run,
    statement,
    statement_line,
)
from coalition.settlement.states import State

Row = sa.Row[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class StatementLineRecord:
    """`amount` is points x price x share, rounded once. What takes back names the period that it
    takes back from; points of the issuer's own lots name the brand at which they were spent.
    """

    line: int
    kind: str
    description: str
    points: int
    price: Decimal | None
    amount: Money
    entries: int
    share: Decimal = Decimal(1)
    agreement_id: int | None = None
    original_period_id: int | None = None
    promotion: str | None = None
    redeemer_id: int | None = None
    adjustment_id: int | None = None


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """`net` = issued + fees - redeemed - breakage - adjusted - prepaid; positive: the partner pays
    the pool. `replaces`: the statement that this one was issued instead of.
    """

    id: int
    period_id: int
    partner_id: int
    number: str
    issued: Money
    redeemed: Money
    fees: Money
    breakage: Money
    adjusted: Money
    prepaid: Money
    net: Money
    vat_issued: Money
    vat_redeemed: Money
    taxes: tuple[dict[str, str], ...]
    hash: str
    issued_at: datetime
    run_id: int | None
    version: int
    replaces: int | None
    lines: tuple[StatementLineRecord, ...]

    @property
    def payable(self) -> Money:
        """What is to be paid in all, VAT included; positive: by the partner."""
        return Money(self.net.minor + self.vat, self.net.currency)

    @property
    def vat(self) -> int:
        """VAT that the partner is billed less what it bills, in minor units."""
        return self.vat_issued.minor - self.vat_redeemed.minor

    @property
    def owed(self) -> Owed:
        """What the netting takes of it. Billed is all of either side, before anything is netted."""
        sums = (self.issued, self.redeemed, self.fees, self.breakage, self.adjusted, self.prepaid)
        currency = self.net.currency
        billed = Money(sum(abs(one.minor) for one in sums), currency)
        return Owed(self.partner_id, self.net, Money(self.vat, currency), billed)


@dataclass(frozen=True, slots=True)
class Step:
    """`person` led the period into `state`, with a request of `client_id`."""

    state: State
    person: str
    client_id: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A calculation whose results are kept: the statements of one legal entity, or the netting.

    It covers `entries` entries of the period, up to its cut-off at `up_to`; `hash` is the
    SHA-256 over the hashes of what it gave.
    """

    id: int
    kind: str
    legal_entity_id: int | None
    version: int
    entries: int
    up_to: datetime | None
    hash: str
    person: str
    client_id: str
    reason: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Flow:
    """Points of one issuer that were spent at one redeemer in a period, refunds taken off."""

    issuer_id: int
    redeemer_id: int
    points: int


@dataclass(frozen=True, slots=True)
class StatementFilter:
    partner_id: int | None = None
    period_id: int | None = None
    statement_id: int | None = None
    number: str | None = None
    replaced_too: bool = False


async def list_statements(
    connection: AsyncConnection,
    asked: StatementFilter,
    *,
    after: int | None = None,
    limit: int | None = None,
) -> list[StatementRecord]:
    """Statements with their lines, newest first, from behind the one numbered `after`."""
    query = sa.select(statement).order_by(statement.c.id.desc())
    if asked.partner_id is not None:
        query = query.where(statement.c.partner_id == asked.partner_id)
    if asked.period_id is not None:
        query = query.where(statement.c.period_id == asked.period_id)
    if asked.statement_id is not None:
        query = query.where(statement.c.id == asked.statement_id)
    if asked.number is not None:
        query = query.where(statement.c.number == asked.number)
    if not asked.replaced_too:
        newer = statement.alias()
        query = query.where(~sa.exists().where(newer.c.replaces == statement.c.id))
    if after is not None:
        query = query.where(statement.c.id < after)
    if limit is not None:
        query = query.limit(limit)
    rows = (await connection.execute(query)).all()
    lines = await _lines(connection, [row.id for row in rows])
    return [_record(row, lines.get(row.id, [])) for row in rows]


async def steps_of(connection: AsyncConnection, period_id: int) -> list[Step]:
    """Who led a period where, oldest first. The operator's to read."""
    rows = await connection.execute(
        sa.select(period_step)
        .where(period_step.c.period_id == period_id)
        .order_by(period_step.c.id)
    )
    return [Step(State(row.state), row.person, row.client_id, row.recorded_at) for row in rows]


async def runs_of(connection: AsyncConnection, period_id: int) -> list[Run]:
    """The runs of a period, oldest first. The operator's to read."""
    rows = await connection.execute(
        sa.select(settlement_run)
        .where(settlement_run.c.period_id == period_id)
        .order_by(settlement_run.c.id)
    )
    return [
        Run(
            id=row.id, kind=row.kind, legal_entity_id=row.legal_entity_id, version=row.version,
            entries=row.entries, up_to=row.up_to, hash=row.hash.hex(), person=row.person,
            client_id=row.client_id, reason=row.reason, recorded_at=row.recorded_at,
        )
        for row in rows
    ]  # fmt: skip


async def flows(
    office: Office, *, actor: Actor, label: str, calendar: str | None = None
) -> list[Flow]:
    """Who issued what was spent where in a period of a calendar (`calendar_asked`): the operator
    all, a partner its own row and column.

    Raises `NotAllowed`, `PeriodNotFound`.
    """
    require(actor, Scope.SETTLEMENT_READ, Scope.OPERATOR_READ)
    if not is_label(label):
        return []
    of = calendar_asked(await office.terms(), actor, calendar)
    rows = await office.database.call("flows", of.name, label, actor.partner_id)
    return [Flow(**dict(row)) for row in rows]


def _record(row: Row, lines: list[Row]) -> StatementRecord:
    def money(name: str) -> Money:
        return Money(getattr(row, name), row.currency)

    sums = (
        "issued", "redeemed", "fees", "breakage", "adjusted", "prepaid", "net", "vat_issued",
        "vat_redeemed",
    )  # fmt: skip
    return StatementRecord(
        id=row.id,
        period_id=row.period_id,
        partner_id=row.partner_id,
        number=row.number,
        **{name: money(name) for name in sums},
        taxes=tuple(row.taxes),
        hash=row.hash.hex(),
        issued_at=row.issued_at,
        run_id=row.run_id,
        version=row.version,
        replaces=row.replaces,
        lines=tuple(
            StatementLineRecord(
                line=line.line,
                kind=line.kind,
                description=line.description,
                points=line.points,
                price=line.price,
                amount=Money(line.amount, row.currency),
                entries=line.entries,
                share=line.share,
                agreement_id=line.agreement_id,
                original_period_id=line.original_period_id,
                promotion=line.promotion,
                redeemer_id=line.redeemer_id,
                adjustment_id=line.adjustment_id,
            )
            for line in lines
        ),
    )


async def _lines(connection: AsyncConnection, statement_ids: list[int]) -> dict[int, list[Row]]:
    query = (
        sa.select(statement_line)
        .where(statement_line.c.statement_id.in_(statement_ids))
        .order_by(statement_line.c.statement_id, statement_line.c.line)
    )
    found: dict[int, list[Row]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.statement_id, []).append(row)
    return found
