"""Whoever takes a guard of the books away is found, and what was taken away is named."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

import coalition.jobs
from coalition.jobs.guards import altered_guards, guards_of, written_down
from tests.support import World
from tests.support.one_transaction import OneTransaction, one_transaction

# Two months, of which the first is cut off.
_MONTHS = (
    "SELECT verbs.open_period('monthly', '2026-01', '2026-01-01', '2026-02-01')",
    "SELECT verbs.open_period('monthly', '2026-02', '2026-02-01', '2026-03-01')",
    (
        "SELECT verbs.begin_close('monthly', '2026-01', '2026-02-02', 'nobody', NULL,"
        " gen_random_uuid())"
    ),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """`{closed}` and `{open}` are numbers of periods."""

    statement: str
    named: str


TAKEN = [
    Taken("DROP TRIGGER append_only ON statement",
          "table statement, trigger append_only: it is missing; it was BEFORE DELETE OR UPDATE OR"
          " TRUNCATE FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"),
    Taken("ALTER TABLE statement DISABLE TRIGGER append_only",
          "table statement, trigger append_only: it is switched off"),
    Taken("ALTER TABLE lot ENABLE REPLICA TRIGGER frozen",
          "table lot, trigger frozen: it is switched off"),
    Taken("ALTER TABLE statement_line DISABLE TRIGGER ALL",
          "table statement_line, what checks constraint statement_line_statement_id_fkey: it was"
          " not installed: switched off"),
    Taken("DROP TRIGGER sealed ON payment", "table payment, trigger sealed: it is missing"),
    Taken("CREATE OR REPLACE TRIGGER sealed AFTER INSERT ON payment FOR EACH ROW WHEN (false)"
          " EXECUTE FUNCTION seal_row('id')",
          "table payment, trigger sealed: it is AFTER INSERT FOR EACH ROW WHEN (false)"),
    Taken("CREATE TRIGGER mine BEFORE INSERT ON money_entry FOR EACH ROW EXECUTE FUNCTION"
          " seal_row('id')", "table money_entry, trigger mine: it was not installed"),
    Taken("DROP TRIGGER append_only ON entry_of_{open}",
          "table entry_of_{open}, trigger append_only: it is missing"),
    Taken("DROP TRIGGER closed ON entry_of_{closed}",
          "table entry_of_{closed}, trigger closed: it is missing"),
    Taken("ALTER TABLE lot_use_of_{closed} DISABLE TRIGGER closed",
          "table lot_use_of_{closed}, trigger closed: it is switched off"),
    Taken("ALTER TABLE bank_entry DROP CONSTRAINT bank_entry_kind_check",
          "table bank_entry, constraint bank_entry_kind_check: it is missing; it was CHECK"),
    Taken("ALTER TABLE statement_line DROP CONSTRAINT statement_line_statement_id_fkey",
          "table statement_line, constraint statement_line_statement_id_fkey: it is missing"),
    Taken("ALTER TABLE statement ALTER COLUMN hash DROP NOT NULL",
          "table statement, columns that are never empty: it is"),
    Taken("DROP INDEX dispute_once", "table dispute, unique index dispute_once: it is missing"),
    Taken("ALTER TABLE award DISABLE ROW LEVEL SECURITY",
          "table award: it is owned by coalition_owner; what was installed is owned by"
          " coalition_owner; row-level security"),
    Taken("ALTER TABLE entry_of_{open} DISABLE ROW LEVEL SECURITY",
          "table entry_of_{open}: it is owned by"),
    Taken("ALTER TABLE award OWNER TO coalition_app", "table award: it is owned by coalition_app"),
    Taken("DROP POLICY sees ON award", "table award, policy sees: it is missing"),
    Taken("ALTER POLICY sees ON award USING (true)",
          "table award, policy sees: it is SELECT; to coalition_app; using true"),
    Taken("CREATE POLICY mine ON award FOR SELECT TO coalition_app USING (true)",
          "table award, policy mine: it was not installed: SELECT; to coalition_app; using true"),
    Taken("CREATE RULE mine AS ON INSERT TO event DO INSTEAD NOTHING",
          "table event, rule mine: it was not installed"),
    Taken("GRANT INSERT ON entry TO coalition_app",
          "table entry, rights of coalition_app: it is INSERT, SELECT; what was installed is"
          " SELECT"),
    Taken("GRANT SELECT ON entry_of_{open} TO PUBLIC",
          "table entry_of_{open}, rights of PUBLIC: it was not installed: SELECT"),
    Taken("GRANT UPDATE (points) ON lot TO coalition_app",
          "table lot, column points, rights of coalition_app: it was not installed: UPDATE"),
    Taken("GRANT USAGE ON SCHEMA books TO PUBLIC",
          "schema books, rights of PUBLIC: it was not installed: USAGE"),
    Taken("GRANT EXECUTE ON FUNCTION books.post_entry TO coalition_app",
          "function books.post_entry: it is not the one that was installed"),
    Taken("CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
          " 'BEGIN RETURN NULL; END'",
          "function coalition.refuse_change: it is not the one that was installed"),
    Taken("CREATE OR REPLACE FUNCTION verbs.line_points(p_statement bigint, p_line int)"
          " RETURNS TABLE (weight bigint, entries bigint) LANGUAGE sql SECURITY DEFINER"
          " AS 'SELECT 1::bigint, 1::bigint'",
          "function verbs.line_points: it is not the one that was installed"),
    Taken("ALTER FUNCTION verbs.redeem_points RESET search_path",
          "function verbs.redeem_points: it is not the one that was installed"),
    Taken("DROP FUNCTION verbs.redeem_points", "function verbs.redeem_points: it is missing"),
    Taken("CREATE FUNCTION verbs.redeem_points(p int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
          "function verbs.redeem_points: it was not installed"),
    Taken("CREATE OR REPLACE AGGREGATE books.chained(bytea, text) (SFUNC = books.mine,"
          " STYPE = bytea)", "function books.chained: it is not the one that was installed"),
    Taken("ALTER ROLE coalition_app BYPASSRLS",
          "role coalition_app: it was not installed: bypasses row-level security"),
    Taken("GRANT coalition_owner TO coalition_app",
          "role coalition_app: it was not installed: a member of coalition_owner"),
    Taken("ALTER ROLE coalition_owner SET session_replication_role = replica",
          "setting session_replication_role: it was not installed: replica of coalition_owner"),
]  # fmt: skip
_MINE = "CREATE FUNCTION books.mine(bytea, bytea, text) RETURNS bytea LANGUAGE sql AS 'SELECT $2'"


@asynccontextmanager
async def _two_months(world: World) -> AsyncIterator[tuple[AsyncConnection, dict[str, int]]]:
    """And the numbers of the period that was cut off, and of the one that was not."""
    async with one_transaction(world.addresses) as connection:
        for statement in _MONTHS:
            await connection.exec_driver_sql(statement)
        rows = await connection.exec_driver_sql(
            "SELECT CASE state WHEN 'open' THEN 'open' ELSE 'closed' END AS state, id FROM period"
        )
        yield connection, {row.state: row.id for row in rows}


@pytest.mark.usefixtures("no_parts")
async def test_what_was_taken_away_is_named(world: World) -> None:
    missed = {}
    async with _two_months(world) as (connection, periods):
        database = OneTransaction(world.addresses, connection)
        untouched = await altered_guards(database)
        assert untouched.rows == ()
        for taken in TAKEN:
            savepoint = await connection.begin_nested()
            if "books.mine" in taken.statement:
                await connection.exec_driver_sql(_MINE)
            await connection.exec_driver_sql(taken.statement.format(**periods))
            told = (await altered_guards(database)).rows
            if not any(one.startswith(taken.named.format(**periods)) for one in told):
                missed[taken.statement] = told
            await savepoint.rollback()
    assert missed == {}


@pytest.mark.usefixtures("no_parts")
async def test_the_list_of_guards_is_what_the_migrations_make(world: World) -> None:
    """Whoever changes a migration writes it anew: `make guards`."""
    async with _two_months(world) as (connection, _):
        found = written_down(await guards_of(connection))
    assert (Path(coalition.jobs.__file__).parent / "guards.txt").read_text() == found
