"""Whoever leads a period is killed between two states and inside each step, before it is written
and after: the next one goes on where it stood, and in the end every statement, hash, position and
row of the money book is that of a twin that nobody disturbed.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from coalition import settlement
from coalition.kit.database import Database
from coalition.kit.embedded import EmbeddedCluster
from coalition.settlement import GivenRate, State
from tests.durability.lead_period import leading
from tests.support import World, a_bakery, a_florist, a_grocer, assert_books_balance
from tests.support.server import addresses_of, fresh_database, superuser

NEW_YORK = ZoneInfo("America/New_York")
JANUARY = "2026-01"
AS_OF = "2026-02-02T17:00:00"


@dataclass(frozen=True)
class Kill:
    """Where whoever leads the period towards `to` is killed, and the state it then stands in.

    `inside`: right after a row of this table was written (where `when` holds), with the rest of
    the step `written` by the server all the same, or undone. `before`: as it wants to read this
    table, between two steps.
    """

    to: State
    stands: State
    inside: str = ""
    when: str = "true"
    written: bool = False
    before: str = ""


def _step(to: State, stands: State, step: State, *, written: bool) -> Kill:
    return Kill(to, stands, "period_step", f"NEW.state = '{step}'", written)


C, F = State.CLOSED, State.FINAL
KILLS = [
    Kill(C, State.OPEN, before="lot_use"),
    _step(C, State.OPEN, State.CLOSING, written=False),
    _step(C, State.CLOSING, State.CLOSING, written=True),
    _step(C, State.CLOSING, State.RECONCILING, written=False),
    _step(C, State.RECONCILING, State.RECONCILING, written=True),
    Kill(C, State.RECONCILING, before="adjustment"),
    Kill(C, State.RECONCILING, "money_entry"),
    Kill(C, State.CALCULATED, "period_head", written=True),
    Kill(C, State.CALCULATED, before="net_position"),
    Kill(C, State.CALCULATED, "event", "NEW.kind = 11"),
    _step(C, State.CLOSED, State.CLOSED, written=True),
    Kill(F, State.CLOSED, before="fx_rate"),
    Kill(F, State.CLOSED, "net_position"),
    _step(F, State.FINAL, State.FINAL, written=True),
    _step(State.INSTRUCTED, State.FINAL, State.INSTRUCTED, written=False),
    _step(State.INSTRUCTED, State.INSTRUCTED, State.INSTRUCTED, written=True),
    _step(State.SETTLED, State.INSTRUCTED, State.SETTLED, written=False),
    _step(State.SETTLED, State.SETTLED, State.SETTLED, written=True),
    _step(State.LOCKED, State.LOCKED, State.LOCKED, written=True),
]
# Makes whoever writes such a row wait for the test in the middle of that step.
GATE = """
CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(77, 7);
  RETURN NEW;
END $$;
CREATE TRIGGER wait_for_the_test AFTER INSERT ON coalition.{table}
  FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION wait_for_the_test()"""
WAITING = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
# All that a period leaves, without what says when: by names, since undone steps use up numbers.
LEFT = {
    "statements": """SELECT number, currency, issued, redeemed, fees, breakage, adjusted, net,
        vat_issued, vat_redeemed, taxes::text, encode(hash, 'hex'), version, issued_at
        FROM statement ORDER BY number""",
    "lines": """SELECT s.number, l.line, l.kind, l.description, l.points, l.price, l.share,
        l.amount, l.entries FROM statement_line l JOIN statement s ON s.id = l.statement_id
        ORDER BY 1, 2""",
    "journal": """SELECT s.number, m.line, m.partner_id, m.debit, m.credit, m.amount, m.currency,
        m.source_kind FROM money_entry m LEFT JOIN statement s ON s.id = m.statement_id
        ORDER BY 8, 1, 2, 3, 4, 5, 7, 6""",
    "netting": """SELECT partner_id, currency, net, vat, amount, billed, settled_currency, settled,
        fx_rate_id FROM net_position ORDER BY 2, 1""",
    "runs": """SELECT kind, legal_entity_id, version, entries, encode(hash, 'hex')
        FROM settlement_run ORDER BY 1, 2""",
    "heads": "SELECT period_id, entries, encode(previous, 'hex'), encode(head, 'hex')"
    " FROM period_head",
    "rolls": "SELECT * FROM issuer_roll ORDER BY 1, 2",
    "invoices": "SELECT number, currency, total FROM invoice ORDER BY 1",
    "told": """SELECT e.kind, s.number FROM event e JOIN statement s ON s.id = e.statement_id
        ORDER BY 2""",
    "steps": "SELECT state, person FROM period_step ORDER BY id",
}


@asynccontextmanager
async def _world_on(server: EmbeddedCluster, name: str, folder: Path) -> AsyncIterator[World]:
    addresses = addresses_of(server, name)
    database = Database(addresses)
    connection = await asyncpg.connect(
        addresses.login, server_settings={"search_path": "coalition, pg_temp"}
    )
    try:
        yield World(addresses, database, connection, folder)
    finally:
        await connection.close()
        await database.close()


async def _a_january(world: World) -> None:
    vat = {"vat_mode": "standard", "vat_rate": "0.21"}
    await world.apply(
        brands=[a_bakery(**vat), a_grocer(**vat), a_florist(paid_at_issuance="0.4")],
        settlement={"netting": "USD", "fx_source": "bank"},
    )
    rate = GivenRate(date(2026, 1, 31), "EUR", "USD", Decimal("1.0873"))
    await settlement.load_rates(world.office, actor=world.operator(), source="bank", rates=[rate])
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await world.award("grocer", ada, "500")
    await world.award("florist", bo, "333")
    await world.redeem("bakery", ada, 120)
    await world.redeem("grocer", bo, 77)
    await world.bring_back("grocer", (await world.award("grocer", bo, "41")).place)


@asynccontextmanager
async def _held_at(world: World, kill: Kill) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """While it lasts nobody gets past that point."""
    holder = await asyncpg.connect(world.addresses.login)
    if kill.before:
        await holder.execute(f"BEGIN; LOCK TABLE coalition.{kill.before}")
    else:
        await holder.execute("SELECT pg_advisory_lock(77, 7)")
        await world.superuser.execute(GATE.format(table=kill.inside, when=kill.when))
    try:
        yield holder
    finally:
        await holder.close()
        await world.superuser.execute("DROP FUNCTION IF EXISTS wait_for_the_test() CASCADE")


async def _killed(world: World, kill: Kill) -> None:
    async with _held_at(world, kill) as holder:
        process = leading(world.addresses, kill.to, JANUARY, AS_OF)
        process.start()
        while not (waiting := await world.superuser.fetch(WAITING, holder.get_server_pid())):
            assert process.exitcode is None, kill
            await asyncio.sleep(0.02)
        process.kill()
        await asyncio.to_thread(process.join)
        assert process.exitcode == -signal.SIGKILL
        (pid,) = waiting[0]
        if not kill.written:
            # The server notices that nobody is there any more, and undoes what was begun.
            await world.superuser.execute("SELECT pg_terminate_backend($1)", pid)
        else:
            await holder.execute("SELECT pg_advisory_unlock(77, 7)")
        while await world.superuser.fetchval(  # noqa: ASYNC110 - of the server
            "SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid
        ):
            await asyncio.sleep(0.02)


async def _led(world: World, to: State) -> None:
    process = leading(world.addresses, to, JANUARY, AS_OF)
    process.start()
    await asyncio.to_thread(process.join)
    assert process.exitcode == 0
    assert (await world.period(JANUARY)).state == to


async def _all_that_is_left(world: World) -> dict[str, list[tuple[object, ...]]]:
    return {name: await world.rows(query) for name, query in LEFT.items()}


@pytest.mark.long
async def test_a_period_whose_leaders_are_killed_anywhere_ends_like_one_left_in_peace(
    server: EmbeddedCluster, worker_id: str, tmp_path: Path
) -> None:
    killed, peace = f"killed_{worker_id}", f"peace_{worker_id}"
    await fresh_database(server, killed)
    async with _world_on(server, killed, tmp_path) as world:
        await _a_january(world)
    async with superuser(server) as connection:
        await connection.execute(f"DROP DATABASE IF EXISTS {peace} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {peace} TEMPLATE {killed} STRATEGY = FILE_COPY")
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(_world_on(server, killed, tmp_path))
        for place, kill in enumerate(KILLS):
            await _killed(world, kill)
            assert (await world.period(JANUARY)).state == kill.stands, kill
            if place + 1 == len(KILLS) or KILLS[place + 1].to is not kill.to:
                # The same again, in peace.
                await _led(world, kill.to)
        twin = await stack.enter_async_context(_world_on(server, peace, tmp_path))
        for to in (C, F, State.INSTRUCTED, State.SETTLED, State.LOCKED):
            await _led(twin, to)
        left, expected = await _all_that_is_left(world), await _all_that_is_left(twin)
        for name, rows in expected.items():
            assert rows, name
            assert left[name] == rows, name
        for one in (world, twin):
            await assert_books_balance(one)
