"""What a verb needs at hand: the database, the terms in force and the open periods."""

import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

import asyncpg
import sqlalchemy as sa

from coalition.kit.database import EVERYTHING, Database, Rehearsal
from coalition.kit.errors import Misconfigured
from coalition.kit.invoked import invoked
from coalition.ledger import PeriodBook, PeriodSpan, SettlementCalendar
from coalition.partners.records import agreement, legal_entity, partner, programme
from coalition.partners.terms import (
    Agreement,
    Clawback,
    Excludable,
    ExpiryKind,
    ExpiryPolicy,
    Partner,
    PartnerStatus,
    Programme,
    ShortfallPayer,
    Terms,
)

# So that a suspension is known within five, the request that asks included.
_FRESH_SECONDS = 4.0
_TRIES = 5
TERMS_CHANGED = "TERMS_CHANGED"

Rows = list[asyncpg.Record]


class Office:
    """One per process. Terms are read again after a few seconds, and at once when a posting
    finds that they have changed: what is posted is always judged by the terms in force.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._home = database
        self._periods = PeriodBook(database)
        self._terms: Terms | None = None
        self._read_at = 0.0

    def rehearsing(self, rehearsal: Rehearsal) -> "Office":
        """The same office with its verbs written into a rehearsal. Terms and periods are the real
        ones: a period that is opened for a posting holds nothing by itself.
        """
        other = Office(self._home)
        other.database = rehearsal
        other._periods = self._periods
        other._terms, other._read_at = self._terms, self._read_at
        return other

    async def terms(self, *, at_most_old: float = _FRESH_SECONDS) -> Terms:
        """Raises `Misconfigured` before the first `coalition partners apply`."""
        if self._terms is None or time.monotonic() - self._read_at > at_most_old:
            await self.read_terms()
        if self._terms is None:
            raise AssertionError("read_terms sets them or raises")
        return self._terms

    async def read_terms(self) -> None:
        self._terms = await _read_terms(self._home)
        self._read_at = time.monotonic()

    async def open_periods(self, instants: Iterable[datetime]) -> None:
        """See to it that the period of each instant is there to be posted into."""
        known = (await self.terms()).programme
        await self._periods.open_for(instants, known.settlement_calendar, known.zone)

    async def open_period(self, span: PeriodSpan) -> None:
        await self._periods.open(span)

    async def under_terms(self, post: Callable[[Terms], Awaitable[Rows]]) -> Rows:
        """Call `post` with the terms in force; again with newer ones when it finds them stale."""
        for _ in range(_TRIES):
            rows = await post(await self.terms())
            if not rows or rows[0]["outcome"] != TERMS_CHANGED:
                return rows
            await self.read_terms()
        raise RuntimeError("The terms changed faster than they could be read.")


async def _read_terms(database: Database) -> Terms:
    async with database.reading(EVERYTHING) as connection:
        row = (await connection.execute(sa.select(programme))).one_or_none()
        if row is None:
            raise Misconfigured(
                f"There is no programme yet. Run `{invoked('partners apply FILE')}` first."
            )
        agreements: dict[int, list[Agreement]] = {}
        for one in await connection.execute(sa.select(agreement).order_by(agreement.c.valid_from)):
            fields = one._asdict()
            fields["excludes"] = frozenset(Excludable(name) for name in one.excludes)
            agreements.setdefault(one.partner_id, []).append(Agreement(**fields))
        brands = await connection.execute(
            sa.select(partner, legal_entity.c.name.label("legal_entity"))
            .join(legal_entity, legal_entity.c.id == partner.c.legal_entity_id)
            .order_by(partner.c.id)
        )
        partners = tuple(
            Partner(
                id=one.id,
                code=one.code,
                name=one.name,
                legal_entity=one.legal_entity,
                currency=one.currency,
                status=PartnerStatus(one.status),
                agreements=tuple(agreements.get(one.id, ())),
            )
            for one in brands
        )
    return Terms(_programme(row), partners)


def _programme(row: sa.Row[tuple[object, ...]]) -> Programme:
    fields = row._asdict()
    del fields["id"]
    expiry = ExpiryPolicy(
        ExpiryKind(fields.pop("expiry_kind")),
        months=fields.pop("expiry_months"),
        period=fields.pop("expiry_period"),
        on=fields.pop("expiry_on"),
    )
    fields["settlement_calendar"] = SettlementCalendar(fields["settlement_calendar"])
    fields["clawback"] = Clawback(fields["clawback"])
    fields["shortfall_payer"] = ShortfallPayer(fields["shortfall_payer"])
    return Programme(expiry=expiry, **fields)
