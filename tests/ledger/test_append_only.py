"""What stands in the books stays there, whoever asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from coalition import consents
from coalition.kit.database import Role
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves

APPEND_ONLY = [
    "agreement", "award", "award_reversal", "consent", "enrolment", "entry", "entry_of_1",
    "lot_use", "lot_use_of_1", "money_entry", "person_request", "redemption", "refund",
    "statement", "statement_line",
]  # fmt: skip
NEVER_REMOVED = ["balance", "hold", "lot", "member", "member_change", "partner", "period"]
FROZEN = [
    ("lot", "points = points + 1"),
    ("lot", "issuer_id = 2"),
    ("lot", "earned_at = now()"),
    ("hold", "points = points + 1"),
    ("hold", "expires_at = now()"),
    ("hold", "asked_at = now()"),
    ("member_change", "what = 'another'"),
]


@asynccontextmanager
async def _as(world: World, role: Role) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(world.addresses.of(role).render_as_string())
    try:
        await connection.execute("SET search_path = coalition, pg_temp")
        yield connection
    finally:
        await connection.close()


@pytest.fixture
async def used(world: World) -> World:
    """A coalition that has a row in every table of the books."""
    await world.apply(brands=[a_grocer(), a_bakery()])
    ada = await world.enrol("Ada")
    first = await world.award("grocer", ada, "1000")
    spent = await world.redeem("bakery", ada, 200)
    await world.refund("bakery", spent, 50)
    await world.bring_back("grocer", first.place, "10")
    await world.hold("bakery", ada, 30)
    await consents.give_consent(
        world.office,
        actor=world.operator(),
        choice=consents.Choice(consents.Purpose.MARKETING, "bakery", 1),
        member_id=ada.member_id,
        now=world.now,
    )
    return world


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_even_the_owner_changes_and_removes_nothing(used: World, table: str) -> None:
    """Security checklist, line 40."""
    async with nothing_moves(used), _as(used, Role.OWNER) as owner:
        column = await owner.fetchval(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1"
            " AND attidentity = '' UNION ALL SELECT 'partner_id' LIMIT 1",
            table,
        )
        for statement in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
                await owner.execute(statement)
    await assert_books_balance(used)


@pytest.mark.parametrize("table", NEVER_REMOVED)
async def test_what_the_books_name_is_never_removed(used: World, table: str) -> None:
    async with nothing_moves(used), _as(used, Role.OWNER) as owner:
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
                await owner.execute(statement)


@pytest.mark.parametrize(("table", "change"), FROZEN)
async def test_who_issued_what_when_does_not_change(used: World, table: str, change: str) -> None:
    async with nothing_moves(used), _as(used, Role.OWNER) as owner:
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute(f"UPDATE {table} SET {change}")


async def test_nothing_is_added_to_the_part_of_a_closed_period(used: World) -> None:
    used.now = used.now.replace(month=4)
    await used.close("2026-03")
    async with nothing_moves(used), _as(used, Role.OWNER) as owner:
        for table in ("entry", "lot_use"):
            with pytest.raises(asyncpg.RestrictViolationError, match="is closed"):
                await owner.execute(
                    f"INSERT INTO {table} SELECT (jsonb_populate_record(t,"
                    f" jsonb_build_object('seq', 99))).* FROM {table} t LIMIT 1"
                )
    await assert_books_balance(used)


async def test_an_entry_moves_only_between_the_accounts_of_its_kind(used: World) -> None:
    async with nothing_moves(used), _as(used, Role.OWNER) as owner:
        for change in ({"credit": 40}, {"debit": 20}, {"points": 0}, {"points": -1}, {"kind": 10}):
            with pytest.raises(asyncpg.CheckViolationError):
                await owner.execute(
                    "INSERT INTO entry SELECT (jsonb_populate_record(t, '{\"seq\": 99}'::jsonb"
                    f" || jsonb_build_object('{next(iter(change))}', {next(iter(change.values()))}"
                    "))).* FROM entry t WHERE kind = 1 LIMIT 1"
                )


@pytest.mark.parametrize("role", [Role.APPLICATION, Role.READER])
async def test_no_table_is_written_but_by_a_verb(used: World, role: Role) -> None:
    tables = [
        row[0]
        for row in await used.rows(
            "SELECT relname FROM pg_class WHERE relnamespace = 'coalition'::regnamespace"
            " AND relkind IN ('r', 'p')"
        )
    ]
    async with nothing_moves(used), _as(used, role) as connection:
        for table in tables:
            for statement in (
                f"INSERT INTO {table} DEFAULT VALUES",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
            assert not await connection.fetchval(
                "SELECT has_any_column_privilege($1::regclass, 'INSERT, UPDATE, REFERENCES')", table
            )


async def test_the_application_runs_verbs_and_not_the_steps_inside_them(used: World) -> None:
    functions = await used.rows(
        "SELECT pronamespace::regnamespace::text, oid::regprocedure::text,"
        " has_function_privilege('coalition_app', oid, 'EXECUTE'),"
        " has_function_privilege('coalition_reader', oid, 'EXECUTE') FROM pg_proc"
        " WHERE pronamespace IN ('books'::regnamespace, 'verbs'::regnamespace)"
    )
    assert {schema for schema, *_ in functions} == {"books", "verbs"}
    assert [name for schema, name, app, _ in functions if app is not (schema == "verbs")] == []
    assert [name for _, name, _, reader in functions if reader] == []
    async with nothing_moves(used), _as(used, Role.APPLICATION) as application:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute("SELECT books.period_of(now())")


@pytest.mark.parametrize("role", Role)
async def test_no_role_of_ours_is_more_than_it_must_be(world: World, role: Role) -> None:
    (rights,) = await world.rows(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles"
        " WHERE rolname = $1",
        role.value,
    )
    assert rights == (False,) * 5
    owned = await world.rows(
        "SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
        " WHERE r.rolname = $1 AND r.rolname <> 'coalition_owner'",
        role.value,
    )
    assert owned == []
