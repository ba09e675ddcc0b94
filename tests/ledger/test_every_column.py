"""No column is forgotten: an edit of any value, a row that is removed and a row that is added
behind the application's back are found, or it is said here why they change nothing that is owed.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition import documents, settlement
from coalition.access import ServerKeys, load_keys
from coalition.jobs.laws import BY_QUERY
from coalition.jobs.seals import SEALED, SEALS_HOLD, unsealed_rows
from coalition.partners import Office
from tests.ledger.every_table import a_whole_coalition
from tests.support import World, assert_books_balance
from tests.support.one_transaction import OneTransaction, one_transaction

_WHO_ASKS = "says who may ask, not what anybody owes"
_WORK = "work that is going on: what came of it is in the books"
_TELLS = "tells what is in the books, without figures"
_CARES = "says what a member is told and lets be done, not what anybody owes"
# Tables that are no books.
_NO_BOOKS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("client", "client_secret", "device_request", "login", "oauth_code", "oauth_grant",
         "passkey", "passkey_challenge", "person_request", "refresh_token", "session",
         "sign_in_attempt", "used_assertion", "web_session"), _WHO_ASKS),
    **dict.fromkeys(
        ("bulk_award", "bulk_chunk", "bulk_result", "job", "opening_row", "reconciliation_rest",
         "reconciliation_row"), _WORK),
    **dict.fromkeys(
        ("webhook_attempt", "webhook_cursor", "webhook_delivery", "webhook_endpoint",
         "webhook_secret", "webhook_subscription"), _TELLS),
    **dict.fromkeys(
        ("card_code", "consent", "consent_text", "data_copy", "erasure", "expiry_reminder",
         "known_device", "mail", "mail_cursor", "mail_preference", "quiet_hours", "verification"),
        _CARES),
    "event": f"{_TELLS}; that each posting has its own is law NW5",
    "enrolment": "a request that was answered: who was enrolled is in member and identifier",
    "member_change": "a request that was answered: what it changed is in member and identifier",
    "member_partner": "says who may see a member",
    **dict.fromkeys(
        ("missing_purchase", "missing_receipt", "missing_step"),
        "a request that was answered: what it was given is in award"),
    "partner_logo": "a picture of a brand",
    "payment_card": "what its holder knows it by: whose it is stands in identifier",
    "programme_help": "what members read; what was agreed with brands is elsewhere",
    "reward_image": "shows what a reward looks like",
    "reward_code": "read by nobody: how many there are, and whose, is counted (RE9)",
    "prize_seed": "read by nobody: another seed does not have the hash that was shown",
    "member_wish": "what somebody saves for moves nothing",
    "till_token": "good for a minute; the hold that is made of it is in the books",
    "schema_version": "says which migrations have run",
    "secret": "another one seals ids otherwise, and no figure",
    "seal": "each is compared with its row: an edit of either is one of both",
    "signing_key": "what another one signs is not signed by the coalition (docs/proof.md)",
}  # fmt: skip
# Columns of books, and additions and removals, that no law finds.
_OWES_NOTHING: Final[Mapping[str, Mapping[str, str]]] = {
    "allowance_part": {"part": "in which part of an allowance units lie means nothing"},
}  # fmt: skip
# Which rows of a table are of different kinds: one of each is edited.
_KINDS: Final = ("kind", "state", "source_kind", "outcome", "side", "method", "type_code", "debit")
_ROWS: Final = 20
_ADDED, _REMOVED = "a row added", "a row removed"
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), a.attnotnull, a.attnum = ANY (k.conkey),
       (SELECT string_agg(pg_get_constraintdef(o.oid), ' ') FROM pg_constraint o
         WHERE o.conrelid = c.oid AND o.contype = 'c' AND o.conkey = ARRAY[a.attnum]),
       a.attgenerated <> ''
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
 WHERE c.relnamespace = 'coalition'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition
 ORDER BY c.relname, a.attnum
"""
# Whoever has all rights may do this first: what remains would only ask for two edits at once.
_OUT_OF_THE_WAY = """
SELECT format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', attrelid::regclass, attname)
  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
 WHERE c.relnamespace = 'coalition'::regnamespace AND attidentity <> '' AND NOT c.relispartition
UNION ALL
(SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
  FROM pg_constraint
 WHERE connamespace = 'coalition'::regnamespace AND conparentid = 0 AND conislocal
   AND (contype IN ('f', 'u', 'x') OR contype = 'c' AND cardinality(conkey) > 1)
 ORDER BY contype)
UNION ALL
SELECT format('DROP INDEX %s', i.indexrelid::regclass)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE c.relnamespace = 'coalition'::regnamespace AND i.indisunique AND NOT EXISTS (
   SELECT 1 FROM pg_constraint o WHERE o.conindid = i.indexrelid)
"""
_OTHER_VALUES: Mapping[str, Sequence[str]] = {
    "timestamp with time zone": ("{c} + interval '1 hour'", "{c} - interval '1 hour'", "now()"),
    "date": ("{c} + 1", "{c} - 1", "'2026-01-09'"),
    "boolean": ("NOT {c}", "true"),
    "bytea": ("sha256('mine')",),
    "uuid": ("gen_random_uuid()",),
    "jsonb": ("'[\"mine\"]'",),
    "text": ("{c} || 'x'", "'x'", "'CHF'"),
    "text[]": ("{c} || '{{x}}'", "'{{}}'", "'{{tax}}'"),
    "integer[]": ("{c} || 9", "'{{9}}'"),
}
_OF_NUMBERS = ("{c} + 1", "{c} - 1", "{c} + 1000", "1")
_ONE_ROW = {"programme"}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    nullable: bool
    is_key: bool
    allowed: tuple[str, ...]

    def others(self) -> Iterator[str]:
        """Expressions of another value."""
        yield from (f"'{one}'" for one in self.allowed)
        for one in _OTHER_VALUES.get(self.type, _OF_NUMBERS):
            yield one.format(c=self.name)


@dataclass(slots=True)
class _Books:
    connection: AsyncConnection
    office: Office
    keys: ServerKeys
    tables: dict[str, list[_Column]] = field(default_factory=dict)

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in await self.connection.exec_driver_sql(query)]

    async def try_(self, *statements: str) -> bool:
        """Whether the tables admit it; false where nothing is another than before."""
        try:
            for statement in statements:
                done = await self.connection.exec_driver_sql(statement)
        except sa.exc.DBAPIError:
            await self.back()
            return False
        return done.rowcount > 0

    async def back(self) -> None:
        await self.connection.exec_driver_sql("ROLLBACK TO edited")

    async def is_found(self, table: str) -> bool:
        """Whether a law names anything. First those that are quick to ask and read the table."""
        named = re.compile(rf"\b{table}\b")
        queries = [unsealed_rows(table)] if table in SEALED else []
        queries += [one.query for one in BY_QUERY if one != SEALS_HOLD and named.search(one.query)]
        for query in queries:
            if await self.rows(f"SELECT 1 FROM ({query}) AS broken LIMIT 1"):
                return True
        if (await settlement.unreproducible_statements(self.office)).rows:
            return True
        return bool((await documents.altered_documents(self.office.database, self.keys)).rows)

    async def places(self, table: str) -> list[str]:
        """Where a row of each kind is; a seal is of any row in the same way, so one is enough."""
        columns = [] if table in SEALED else self.tables[table]
        kinds = [one.name for one in columns if one.name in _KINDS]
        by = ", ".join(kinds)
        distinct, order = (f"DISTINCT ON ({by})", f"ORDER BY {by}, ctid") if kinds else ("", "")
        found = await self.rows(
            f"SELECT {distinct} tableoid, ctid::text FROM {table} {order}"
            f" LIMIT {_ROWS if kinds else 1}"
        )
        return [f"tableoid = {row[0]} AND ctid = '{row[1]}'" for row in found]


@asynccontextmanager
async def _books(world: World) -> AsyncIterator[_Books]:
    async with one_transaction(world.addresses) as connection:
        database = OneTransaction(world.addresses, connection)
        books = _Books(connection, Office(database), await load_keys(world.database))
        for (statement,) in await books.rows(_OUT_OF_THE_WAY):
            await connection.exec_driver_sql(str(statement))
        for table, name, type_, is_filled, is_key, check, generated in await books.rows(_COLUMNS):
            if not generated:
                allowed = re.findall(r"'([^']+)'::text", str(check or ""))
                column = _Column(str(name), str(type_), not is_filled, bool(is_key), tuple(allowed))
                books.tables.setdefault(str(table), []).append(column)
        await connection.exec_driver_sql("SAVEPOINT edited")
        yield books


async def _missed_edits(books: _Books, table: str, column: _Column, where: str) -> bool:
    """Another value, and none at all: a law that compares with <> says nothing of a null."""
    for values in (column.others(), ("NULL",) if column.nullable else ()):
        for value in values:
            if await books.try_(
                "SET LOCAL session_replication_role = replica",
                f"UPDATE {table} SET {column.name} = {value} WHERE {where}"
                f" AND ({value}) IS DISTINCT FROM {column.name}",
            ):
                found = await books.is_found(table)
                await books.back()
                if not found:
                    return True
                break
    return False


async def _missed_removal(books: _Books, table: str, where: str) -> bool:
    removed = await books.try_(
        "SET LOCAL session_replication_role = replica", f"DELETE FROM {table} WHERE {where}"
    )
    found = removed and await books.is_found(table)
    await books.back()
    return not found


async def _missed_addition(books: _Books, table: str, where: str) -> bool:
    """A copy of a row under another key, written with every trigger on."""
    columns = books.tables[table]
    names = ", ".join(one.name for one in columns)
    for key in (one for one in columns if one.is_key):
        for other in key.others():
            values = ", ".join(other if one is key else one.name for one in columns)
            if await books.try_(
                f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {where}"
            ):
                found = await books.is_found(table)
                await books.back()
                return not found
    assert table in _ONE_ROW, f"No row can be added to {table}, not even by a superuser."
    return False


@pytest.mark.long
async def test_no_edit_of_any_table_goes_unnoticed(world: World) -> None:
    await a_whole_coalition(world)
    await assert_books_balance(world)
    missed: dict[str, set[str]] = {}
    async with _books(world) as books:
        assert set(_NO_BOOKS) <= set(books.tables)
        for table in books.tables.keys() - _NO_BOOKS.keys():
            assert not await books.is_found(table), table
            places = await books.places(table)
            assert places, f"There is no row in {table} to edit: see tests/ledger/every_table.py."
            found = [one for where in places async for one in _missed(books, table, where)]
            missed |= {table: set(found)} if found else {}
    # Whoever adds a table or a column decides: a law that finds an edit of it, or a reason here.
    assert missed == {table: set(own) for table, own in _OWES_NOTHING.items()}


async def _missed(books: _Books, table: str, where: str) -> AsyncIterator[str]:
    """The columns whose edit is not found in the row there, its removal and its addition."""
    for column in books.tables[table]:
        if await _missed_edits(books, table, column, where):
            yield column.name
    if await _missed_removal(books, table, where):
        yield _REMOVED
    if await _missed_addition(books, table, where):
        yield _ADDED
