"""A coalition to act in: real roles, real commits, a clock that the test sets."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import MappingProxyType

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from coalition import earning, ledger, redemption, settlement
from coalition.access import OPERATOR_SCOPES, PARTNER_SCOPES, Actor, ActorKind, Scope
from coalition.jobs.laws import BY_QUERY, every_law, laws_by_hand
from coalition.jobs.seals import SEALED
from coalition.kit.database import EVERYTHING, Addresses, Database, Sight, administering
from coalition.members import Enrolment, IdentifierKind, MemberRef, enrol_member, identifier
from coalition.partners import Office, Partner
from coalition.partners.apply import Applied, apply_file
from coalition.partners.file import LoadedFile, load_file

from .applied import Kept, names_files
from .brands import Brand, a_bakery, a_grocer, a_programme, partners_file

Place = tuple[int, int]
Snapshot = dict[str, list[str]]

# Periods that are open hold no value by themselves, and may be opened at any time.
_NOT_OPEN = {
    "period": "WHERE state <> 'open'",
    "seal": "WHERE table_name <> 'period' OR key IN (SELECT id::text FROM period"
    " WHERE state <> 'open')",
}
_NO_ENVIRONMENT: Mapping[str, str] = MappingProxyType({})


_ANY_ROW = "SELECT " + " OR ".join(f"EXISTS ({one.query})" for one in BY_QUERY)


# Files that were read before, by their text. To read one takes longer than most tests' postings.
_read: dict[str, LoadedFile] = {}


def _loaded(path: Path) -> LoadedFile:
    text = path.read_text()
    if names_files(text):
        return load_file(path)
    if text not in _read:
        _read[text] = load_file(path)
    return replace(_read[text], path=path)


@dataclass(frozen=True, slots=True)
class Person:
    """A member by the card that it shows."""

    name: str
    member_id: int
    card: str

    @property
    def ref(self) -> MemberRef:
        return MemberRef("CARD", self.card)


class World:
    """`now` is the moment of every verb. Verbs raise what refuses them."""

    def __init__(
        self,
        addresses: Addresses,
        database: Database,
        superuser: "asyncpg.Connection[asyncpg.Record]",
        folder: Path,
        owner: AsyncEngine | None = None,
    ) -> None:
        """`owner`: connections of the owner that are kept; without it each is made anew."""
        self.addresses = addresses
        self._owner = owner
        self.database = database
        self.superuser = superuser
        self.office = Office(database)
        self.now = datetime(2026, 3, 15, 12, tzinfo=UTC)
        self._folder = folder
        self._partners: dict[str, Partner] = {}
        self._numbers = count(1)
        # Only the first file meets an empty coalition.
        self._kept = Kept(superuser) if owner else None

    def clock(self) -> datetime:
        return self.now

    # Terms

    def write(self, content: Mapping[str, object] | str) -> Path:
        """A partners' file with this content: as JSON, which is YAML too, or text as it is."""
        path = self._folder / f"partners-{next(self._numbers)}.yaml"
        path.write_text(
            content
            if isinstance(content, str)
            else json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
        )
        return path

    async def apply(
        self,
        *,
        brands: Sequence[Brand] | None = None,
        operators: Sequence[dict[str, object]] | None = None,
        promotions: Sequence[dict[str, object]] = (),
        environment: Mapping[str, str] = _NO_ENVIRONMENT,
        **programme: object,
    ) -> Applied:
        """Apply a file with these brands (a bakery and a grocer) and this programme."""
        if brands is None:
            brands = [a_bakery(), a_grocer()]
        content = partners_file(
            brands,
            programme=a_programme(**programme),
            operators=operators,
            promotions=promotions,
        )
        return await self.apply_file(self.write(content), environment)

    async def apply_file(
        self, path: Path, environment: Mapping[str, str] = _NO_ENVIRONMENT
    ) -> Applied:
        file = _loaded(path)
        kept = self._kept
        applied = await kept.put_back(file, environment) if kept else None
        if applied is None:
            async with self.administering() as connection:
                applied = await apply_file(connection, file, environment)
            if kept:
                await kept.keep(file, environment, applied)
        self._kept = None
        await self.office.read_terms()
        self._partners = {one.code: one for one in (await self.office.terms()).partners}
        return applied

    @asynccontextmanager
    async def administering(self) -> AsyncIterator[AsyncConnection]:
        """One transaction as the owner."""
        if self._owner is None:
            async with administering(self.addresses) as connection:
                yield connection
        else:
            async with self._owner.begin() as connection:
                yield connection

    async def let_go(self) -> None:
        """Of every connection but the superuser's."""
        await self.database.close()
        if self._owner is not None:
            await self._owner.dispose()

    def partner(self, brand: str) -> Partner:
        return self._partners[brand]

    # Who acts

    def actor(self, brand: str, *scopes: Scope) -> Actor:
        """A brand's till, with every scope that a partner may have unless some are named."""
        return Actor(
            ActorKind.PARTNER,
            f"{brand}-till",
            frozenset(scopes) or PARTNER_SCOPES,
            partner_id=self.partner(brand).id,
        )

    def operator(self, *scopes: Scope, client: str = "operator") -> Actor:
        return Actor(ActorKind.OPERATOR, client, frozenset(scopes) or OPERATOR_SCOPES)

    # What members and brands do

    async def enrol(
        self, name: str, *, card: str | None = None, brand: str | None = None
    ) -> Person:
        """A new member, by a brand (the first one)."""
        number = next(self._numbers)
        shown = card or f"7000{number:06}"
        enrolled = await enrol_member(
            self.office,
            actor=self.actor(brand or next(iter(self._partners))),
            idempotency_key=f"enrol-{number}",
            enrolment=Enrolment(
                [identifier(IdentifierKind.CARD, shown, ("identifiers", "0"))], given_name=name
            ),
        )
        return Person(name, enrolled.member_id, shown)

    def purchase(
        self,
        brand: str,
        amount: str,
        *,
        reference: str | None = None,
        at: datetime | None = None,
        promotion: str | None = None,
    ) -> earning.Purchase:
        return earning.Purchase(
            reference or f"purchase-{next(self._numbers)}",
            at or self.now,
            Decimal(amount),
            self.partner(brand).currency,
            promotion=promotion,
        )

    async def award(
        self,
        brand: str,
        who: Person,
        amount: str,
        *,
        reference: str | None = None,
        at: datetime | None = None,
        key: str | None = None,
        promotion: str | None = None,
    ) -> earning.AwardOutcome:
        """The award for a purchase of `amount` in the brand's own currency."""
        bought = self.purchase(brand, amount, reference=reference, at=at, promotion=promotion)
        (outcome,) = await earning.award_points(
            self.office,
            actor=self.actor(brand),
            requests=[earning.AwardRequest(self._key(key), who.ref, bought)],
            now=self.now,
        )
        if outcome.refusal is not None:
            raise outcome.refusal
        return outcome

    async def bring_back(
        self,
        brand: str,
        award: Place | None,
        amount: str | None = None,
        *,
        key: str | None = None,
        at: datetime | None = None,
    ) -> earning.Reversal:
        """Return a purchase, or part of it, to the brand."""
        return await earning.reverse_award(
            self.office,
            actor=self.actor(brand),
            request=earning.ReturnRequest(
                self._key(key),
                award,
                None,
                None if amount is None else Decimal(amount),
                self.partner(brand).currency,
                "came back",
                at,
            ),
            now=self.now,
        )

    async def hold(
        self,
        brand: str,
        who: Person,
        points: int,
        *,
        seconds: int | None = None,
        key: str | None = None,
    ) -> Place:
        spent = await redemption.hold_points(
            self.office,
            actor=self.actor(brand),
            request=redemption.SpendRequest(self._key(key), who.ref, points, "basket"),
            expires_in_seconds=seconds,
            now=self.now,
        )
        return spent.place

    async def capture(
        self, brand: str, hold: Place, points: int | None = None, *, key: str | None = None
    ) -> Place:
        captured = await redemption.capture_hold(
            self.office,
            actor=self.actor(brand),
            idempotency_key=self._key(key),
            hold=hold,
            points=points,
            occurred_at=None,
            now=self.now,
        )
        return captured.redemption

    async def release(self, brand: str, hold: Place, *, key: str | None = None) -> None:
        await redemption.release_hold(
            self.office,
            actor=self.actor(brand),
            idempotency_key=self._key(key),
            hold=hold,
            now=self.now,
        )

    async def redeem(
        self,
        brand: str,
        who: Person,
        points: int,
        *,
        key: str | None = None,
        at: datetime | None = None,
    ) -> Place:
        spent = await redemption.redeem_points(
            self.office,
            actor=self.actor(brand),
            request=redemption.SpendRequest(
                self._key(key), who.ref, points, "basket", occurred_at=at
            ),
            now=self.now,
        )
        return spent.place

    async def refund(
        self,
        brand: str,
        spent: Place,
        points: int | None = None,
        *,
        key: str | None = None,
        at: datetime | None = None,
    ) -> redemption.Refunded:
        return await redemption.refund_redemption(
            self.office,
            actor=self.actor(brand),
            request=redemption.RefundRequest(self._key(key), spent, points, "came back", at),
            now=self.now,
        )

    async def sweep(self) -> int:
        """Post the end of every hold past its time; how many there were."""
        return sum(
            [released async for released in redemption.sweep_holds(self.office, now=self.now)]
        )

    async def expire(self) -> int:
        """Post the end of every lot past its day; how many points ended."""
        ended = [one async for one in earning.expire_points(self.office, now=self.now)]
        return sum(one.points for one in ended)

    async def balance(self, who: Person) -> ledger.Balance:
        programme = (await self.office.terms()).programme
        return await ledger.balance_of(
            self.database, who.member_id, now=self.now, today=programme.today(self.now)
        )

    # Settlement

    async def close(self, label: str, *, calendar: str | None = None) -> settlement.Closed:
        return await settlement.close_period(
            self.office, actor=self.operator(), label=label, calendar=calendar, now=self.now
        )

    async def approve(self, label: str, *, by: str = "approver") -> settlement.Approved:
        """By somebody else than who closes."""
        return await settlement.approve_period(
            self.office, actor=self.operator(client=by), label=label, now=self.now
        )

    async def period(self, label: str, *, calendar: str | None = None) -> ledger.Period:
        """As it stands now."""
        own = (await self.office.terms()).programme.calendar.name
        async with self.database.reading(EVERYTHING) as connection:
            found = await ledger.period_named(connection, calendar or own, label)
        assert found is not None, f"{label} was never opened"
        return found

    async def statements(
        self, label: str, *, calendar: str | None = None
    ) -> dict[str, settlement.StatementRecord]:
        """The statements of a period of a calendar (the programme's), by brand."""
        codes = {partner.id: code for code, partner in self._partners.items()}
        period = await self.period(label, calendar=calendar)
        async with self.database.reading(EVERYTHING) as connection:
            found = await settlement.list_statements(
                connection, settlement.StatementFilter(period_id=period.id)
            )
        return {codes[one.partner_id]: one for one in found}

    async def seen_by(self, brand: str) -> dict[str, settlement.StatementRecord]:
        """The statements that a brand sees, by number."""
        async with self.database.reading(Sight(partner_id=self.partner(brand).id)) as connection:
            found = await settlement.list_statements(connection, settlement.StatementFilter())
        return {one.number: one for one in found}

    # What the tests look at

    async def rows(self, query: str, *arguments: object) -> list[tuple[object, ...]]:
        """As superuser: everything is seen."""
        return [tuple(row) for row in await self.superuser.fetch(query, *arguments)]

    async def corrupt(self, *statements: str) -> None:
        """What no role of ours can do: change the books with their guards off."""
        async with self.superuser.transaction():
            await self.superuser.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await self.superuser.execute(statement)

    async def repair(self, table: str, change: str) -> None:
        """What two people do who may do everything: change rows, and seal the table again."""
        await self.corrupt(f"UPDATE {table} SET {change}")
        await self.superuser.fetch("SELECT seal_table($1, VARIADIC $2)", table, SEALED[table])

    async def with_gate(self, brand: str, label: str, state: str, subject: str, items: int) -> None:
        """What stands in the way of a state of a period, as its capability says it."""
        async with self.superuser.transaction():
            await self.superuser.execute("SET LOCAL ROLE coalition_owner")
            await self.superuser.execute(
                "SELECT books.set_gate((SELECT id FROM period WHERE label = $1), $2, $3, $4, $5)",
                label, state, self.partner(brand).id, subject, items,
            )  # fmt: skip

    async def until_told(self) -> None:
        """Until every event so far is shown: a transaction of another test, on the same server,
        may hold the feed up for a moment.
        """
        last = await self.superuser.fetchval("SELECT pg_current_xact_id()::text::bigint")
        shown = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > $1"
        while not await self.superuser.fetchval(shown, last):  # noqa: ASYNC110 - of the server
            await asyncio.sleep(0.01)

    async def snapshot(self) -> Snapshot:
        """Every row of every table, but for periods that are open.
        In which part of an allowance units lie means nothing: they are summed.
        """
        tables = await self.superuser.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'coalition'::regnamespace"
            " AND relkind = 'r' AND relname <> 'schema_version' ORDER BY relname"
        )
        found: Snapshot = {}
        for (table,) in tables:
            only = _NOT_OPEN.get(table, "")
            source = table
            if table == "allowance_part":
                source = (
                    "(SELECT partner_id, kind, sum(units) AS units FROM allowance_part"
                    " GROUP BY 1, 2)"
                )
            rows = await self.superuser.fetch(
                f"SELECT to_jsonb(t)::text FROM {source} t {only} ORDER BY 1"
            )
            if rows:
                found[table] = [row[0] for row in rows]
        return found

    def _key(self, key: str | None) -> str:
        return key or f"key-{next(self._numbers)}"


@asynccontextmanager
async def nothing_moves(world: World, *, besides: Collection[str] = ()) -> AsyncIterator[None]:
    """Not one row of any table is another one afterwards. `besides`: tables in which it is noted
    that somebody asked.
    """
    before = await world.snapshot()
    yield
    after = await world.snapshot()
    for table in besides:
        before.pop(table, None)
        after.pop(table, None)
    assert after == before


async def broken_laws(world: World) -> dict[str, tuple[str, ...]]:
    """The rows that break a law of the books, by the law."""
    found: dict[str, tuple[str, ...]] = {}
    if await _all_hold(world):
        return found
    async for one in every_law(world.office):
        if one.rows:
            law = f"{one.check.invariant} {one.check.law}"
            found[law] = (*found.get(law, ()), *one.rows)
    return found


async def _all_hold(world: World) -> bool:
    """Whether no law is broken, asked as briefly as it can be: most tests end with it."""
    async with world.database.reading(EVERYTHING) as connection:
        rows = await connection.exec_driver_sql(_ANY_ROW)
        if rows.scalar():
            return False
    return not [one async for one in laws_by_hand(world.office) if one.rows]


async def assert_books_balance(world: World) -> None:
    broken = await broken_laws(world)
    assert not broken, json.dumps(broken, indent=2)
