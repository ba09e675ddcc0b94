"""The coalition that is measured: a durable cluster of its own, made anew by every run.

Members and old lots are written straight into the tables, as a superuser with the triggers off;
they obey every law of the books, and the run ends with `books check` to prove it.
"""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from ruamel.yaml import YAML

from coalition import ledger, settlement
from coalition.access import OPERATOR_SCOPES, PARTNER_SCOPES, Actor, ActorKind
from coalition.kit.config import Settings
from coalition.kit.database import Addresses, Database, Role, administering
from coalition.kit.embedded import EmbeddedCluster
from coalition.kit.home import embedded_cluster
from coalition.members import MemberRef
from coalition.migrate import migrate
from coalition.partners import Office, Partner
from coalition.partners.apply import apply_file
from coalition.partners.file import load_file

CLUSTER = "bench"
URL = "http://127.0.0.1:8000"
PARTNERS = 20
CURRENCY = "USD"
# The pools must not be what is measured: as many connections as the largest number of callers.
CONNECTIONS = 64

_MEMBERS = """
INSERT INTO member (member_id, status) OVERRIDING SYSTEM VALUE
  SELECT g, 'active' FROM generate_series($1::bigint, $2::bigint) g;
INSERT INTO identifier (kind, partner_id, value, member_id)
  SELECT 'CARD', 0, 'B' || lpad(g::text, 9, '0'), g
    FROM generate_series($1::bigint, $2::bigint) g;
INSERT INTO balance (member_id) SELECT g FROM generate_series($1::bigint, $2::bigint) g;
SELECT setval('member_member_id_seq', $2::bigint + 1);
"""

# The awards of a member take the places behind its last one.
_AWARDS = """
CREATE TEMP TABLE given AS
SELECT b.member_id, (b.seq + s)::int AS seq, a.partner_id, a.id AS agreement_id,
       coalesce($4::bigint, 1 + (b.member_id * 31 + s * 17) % 400) AS points,
       $5::timestamptz + ($6::timestamptz - $5::timestamptz) * (s - 0.5) / $3::int AS at,
       $7::int AS period_id
  FROM balance b CROSS JOIN generate_series(1, $3::int) s
  JOIN agreement a
    ON a.partner_id = coalesce($8::int, 1 + (b.member_id + s) % (SELECT count(*) FROM partner))
 WHERE b.member_id >= $1::bigint AND b.member_id < $1::bigint + $2::bigint
 ORDER BY s, b.member_id;
INSERT INTO award (member_id, seq, partner_id, agreement_id, claim, request_hash, reference,
                   purchased_at, amount, basis, points, spendable_from, expires_on, recorded_at)
  SELECT member_id, seq, partner_id, agreement_id, md5('c' || member_id || '-' || seq)::uuid,
         md5('h' || member_id || '-' || seq)::uuid, 'old-' || member_id || '-' || seq, at,
         points * 100, points * 100, points, at, (at + interval '24 months')::date, at FROM given;
INSERT INTO lot (member_id, seq, issuer_id, agreement_id, points, remaining, earned_at, expires_on)
  SELECT member_id, seq, partner_id, agreement_id, points, points, at,
         (at + interval '24 months')::date FROM given;
INSERT INTO entry (member_id, seq, period_id, kind, debit, credit, points, partner_id,
                   agreement_id, occurred_at, recorded_at, hash)
  SELECT g.member_id, g.seq, period_id, 1, 10, 20, g.points, partner_id, agreement_id, at, at,
         books.chained(b.head, books.entry_text(g.member_id, g.seq, period_id, 1::smallint,
           10::smallint, 20::smallint, g.points, partner_id, agreement_id, NULL, NULL, NULL, at,
           at, at, NULL, (at + interval '24 months')::date, books.purchase_text(
             md5('c' || g.member_id || '-' || g.seq)::uuid,
             md5('h' || g.member_id || '-' || g.seq)::uuid, 'old-' || g.member_id || '-' || g.seq,
             g.points * 100, g.points * 100, at, NULL, NULL, NULL, NULL)))
           OVER (PARTITION BY g.member_id ORDER BY g.seq)
    FROM given g JOIN balance b ON b.member_id = g.member_id;
UPDATE balance b SET points = b.points + g.points, seq = b.seq + g.entries, head = e.hash
  FROM (SELECT member_id, sum(points) AS points, count(*) AS entries FROM given GROUP BY 1) g
  JOIN entry e ON e.member_id = g.member_id AND e.period_id = $7::int
 WHERE b.member_id = g.member_id AND e.seq = b.seq + g.entries;
DROP TABLE given;
"""

# One redemption by each member, of its first $3 open lots, whole.
_REDEMPTIONS = """
CREATE TEMP TABLE taken AS
SELECT l.member_id, l.seq AS lot_seq, l.points, l.issuer_id, (b.seq + 1)::int AS seq,
       (1 + l.member_id % (SELECT count(*) FROM partner))::int AS partner_id,
       $4::timestamptz + ($5::timestamptz - $4::timestamptz) * 0.9 AS at, $6::int AS period_id
  FROM balance b CROSS JOIN LATERAL (
    SELECT * FROM lot WHERE lot.member_id = b.member_id AND lot.remaining > 0
     ORDER BY lot.expires_on, lot.earned_at, lot.seq LIMIT $3::int) l
 WHERE b.member_id >= $1::bigint AND b.member_id < $1::bigint + $2::bigint;
CREATE TEMP TABLE spent AS
SELECT t.member_id, t.seq, t.partner_id, a.id AS agreement_id, t.at, t.period_id,
       sum(t.points)::bigint AS points
  FROM taken t JOIN agreement a ON a.partner_id = t.partner_id GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO redemption (member_id, seq, partner_id, agreement_id, claim, request_hash, points,
                        reference, redeemed_at, asked_at, recorded_at)
  SELECT member_id, seq, partner_id, agreement_id, md5('d' || member_id || '-' || seq)::uuid,
         md5('h' || member_id || '-' || seq)::uuid, points, 'old', at, at, at FROM spent;
INSERT INTO entry (member_id, seq, period_id, kind, debit, credit, points, partner_id,
                   agreement_id, occurred_at, recorded_at, hash)
  SELECT s.member_id, s.seq, period_id, 6, 20, 30, s.points, partner_id, agreement_id, at, at,
         books.chain_entry(NULL, b.head, books.entry_text(s.member_id, s.seq, period_id,
           6::smallint, 20::smallint, 30::smallint, s.points, partner_id, agreement_id, NULL, NULL,
           NULL, at, at))
    FROM spent s JOIN balance b ON b.member_id = s.member_id;
INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                     partner_id, issuer_period_id)
  SELECT member_id, seq, lot_seq, period_id, 20, 30, points, issuer_id, partner_id, period_id
    FROM taken;
UPDATE lot l SET remaining = 0 FROM taken t WHERE l.member_id = t.member_id AND l.seq = t.lot_seq;
UPDATE balance b SET points = b.points - s.points, seq = s.seq, head = e.hash
  FROM spent s JOIN entry e ON e.member_id = s.member_id AND e.seq = s.seq
 WHERE b.member_id = s.member_id;
DROP TABLE taken, spent;
"""


@dataclass(frozen=True, slots=True)
class Span:
    """A period that is open, by its number."""

    period_id: int
    label: str
    starts_at: datetime
    ends_at: datetime


@dataclass
class World:
    """One database of the cluster with a coalition in it."""

    cluster: EmbeddedCluster
    addresses: Addresses
    database: Database
    office: Office
    superuser: "asyncpg.Connection[asyncpg.Record]"
    partners: tuple[Partner, ...]
    secrets: Mapping[str, str]
    members: int = 0

    def till(self, partner: Partner) -> Actor:
        return Actor(ActorKind.PARTNER, partner.code, PARTNER_SCOPES, partner_id=partner.id)

    @property
    def operator(self) -> Actor:
        return Actor(ActorKind.OPERATOR, "operator", OPERATOR_SCOPES)

    async def have_members(self, count: int, *, first: int = 1) -> None:
        """So many members; those from 1 on are the ones that `members` counts."""
        await self._load(_MEMBERS, first, first + count - 1)
        if first == 1:
            self.members = count

    async def have_awards(
        self, span: Span, *, first: int, members: int, each: int, points: int | None = None,
        partner_id: int | None = None,
    ) -> None:  # fmt: skip
        """`each` awards for every one of `members` members, in a period; by one partner, or by
        all of them in turn.
        """
        await self._load(
            _AWARDS, first, members, each, points, span.starts_at, span.ends_at, span.period_id,
            partner_id,
        )  # fmt: skip

    async def have_redemptions(self, span: Span, *, first: int, members: int, lots: int) -> None:
        """One redemption by every member, of its first `lots` lots."""
        await self._load(
            _REDEMPTIONS, first, members, lots, span.starts_at, span.ends_at, span.period_id
        )

    async def month_back(self, months: int) -> Span:
        """The month that many months ago, opened."""
        at = datetime.now(UTC).replace(day=15, hour=12)
        for _ in range(months):
            at = (at.replace(day=1) - timedelta(days=1)).replace(day=15)
        await self.office.open_periods([at])
        row = await self.superuser.fetchrow(
            "SELECT id, label, starts_at, ends_at FROM period"
            " WHERE starts_at <= $1 AND ends_at > $1",
            at,
        )
        assert row is not None
        return Span(*row)

    async def settle_down(self) -> None:
        """Statistics and a checkpoint, so that neither falls into a measurement."""
        await self.superuser.execute("VACUUM ANALYZE")
        await self.superuser.execute("CHECKPOINT")

    async def broken_laws(self) -> list[str]:
        """The laws of the books that do not hold; none, if the run was a true one."""
        checks = [*ledger.CHECKS, *settlement.SETTLEMENT_CHECKS]
        found = [one async for one in ledger.broken_laws(self.database, checks)]
        found.append(await settlement.unreproducible_statements(self.office))
        return [f"{one.check.invariant}: {row}" for one in found for row in one.rows]

    async def _load(self, script: str, *values: object) -> None:
        async with self.superuser.transaction():
            await self.superuser.execute("SET LOCAL session_replication_role = replica")
            for statement in script.split(";\n"):
                if not statement.strip():
                    continue
                await self.superuser.execute(_written_in(statement, values))


def card(member: int) -> str:
    return f"B{member:09}"


def ref(member: int) -> MemberRef:
    return MemberRef("CARD", card(member))


def bench_settings() -> Settings:
    return Settings().model_copy(update={"cluster": CLUSTER, "database_url": None, "url": URL})


@asynccontextmanager
async def new_cluster() -> AsyncIterator[EmbeddedCluster]:
    """The cluster `bench` with nothing in it; its files are deleted at the end as well."""
    cluster = embedded_cluster(bench_settings())
    cluster.destroy()
    cluster.join()
    try:
        yield cluster
    finally:
        cluster.destroy()


@asynccontextmanager
async def new_world(cluster: EmbeddedCluster, name: str) -> AsyncIterator[World]:
    """A coalition of twenty brands in a new database of the cluster."""
    await make_database(cluster, name)
    addresses = Addresses(
        login=cluster.url(database=name),
        owner=cluster.url(user=Role.OWNER.value, database=name),
        application=cluster.url(user=Role.APPLICATION.value, database=name),
        assume_role=False,
    )
    await migrate(addresses)
    with tempfile.TemporaryDirectory() as folder:
        file = load_file(_partners_file(Path(folder)))
    async with administering(addresses) as connection:
        applied = await apply_file(connection, file, {})
    database = Database(addresses, connections=CONNECTIONS)
    office = Office(database)
    superuser = await asyncpg.connect(
        cluster.url(database=name), server_settings={"search_path": "coalition, pg_temp"}
    )
    try:
        terms = await office.terms()
        yield World(
            cluster, addresses, database, office, superuser, terms.partners, applied.new_secrets
        )
    finally:
        await superuser.close()
        await database.close()


async def make_database(cluster: EmbeddedCluster, name: str) -> None:
    connection = await asyncpg.connect(cluster.url())
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


def _partners_file(folder: Path) -> Path:
    codes = [f"brand-{number:02}" for number in range(1, PARTNERS + 1)]
    content = {
        "programme": {
            "name": "Bench", "point_name": "points", "point_value": "0.0050",
            "currency": CURRENCY, "time_zone": "Europe/Madrid", "settlement_calendar": "monthly",
            "late_purchase_days": "3650", "expiry": {"kind": "rolling", "months": "24"},
            "returns": {"clawback": "within_balance", "shortfall_payer": "issuer"},
        },
        "legal_entities": [{"code": "all", "name": "All Inc.", "country": "US"}],
        "partners": [
            {
                "code": code, "name": code, "legal_entity": "all", "currency": CURRENCY,
                "agreements": [
                    {"valid_from": "2020-01-01", "points_per_unit": "1",
                     "issue_price": "0.0100", "redeem_price": "0.0080"}
                ],
                "clients": [
                    {"id": code, "name": code,
                     "scopes": ["members:read", "points:award", "points:redeem"]}
                ],
            }
            for code in codes
        ],
        "operator": {
            "clients": [{"id": "operator", "name": "office", "scopes": ["operator:read"]}]
        },
    }  # fmt: skip
    path = folder / "partners.yaml"
    YAML(typ="safe").dump(content, path)
    return path


def _written_in(statement: str, values: tuple[object, ...]) -> str:
    """The statement with its numbers and instants in place: a temporary table takes no others."""
    for place, value in reversed(list(enumerate(values, start=1))):
        match value:
            case None:
                text = "NULL"
            case int():
                text = str(value)
            case datetime():
                text = f"'{value.isoformat()}'"
            case _:
                raise TypeError(f"{value!r} is neither a number nor an instant.")
        statement = statement.replace(f"${place}", text)
    return statement
