"""Whoever leads a period is killed in every state, before its step is written or after: the next
one goes on where it stood, and each step, statement and cent is there once.
"""

import asyncio
import dataclasses
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

from coalition.settlement import State
from coalition.settlement.states import NEXT
from tests.support import World, a_bakery, a_grocer, assert_books_balance

NEW_YORK = ZoneInfo("America/New_York")
JANUARY = "2026-01"
TOP = Path(__file__).parents[2]
# (the state in whose step it is killed, whether the server writes the step all the same)
KILLS = [
    (State.CLOSING, False), (State.RECONCILING, True), (State.CALCULATED, False),
    (State.CLOSED, True), (State.FINAL, False), (State.FINAL, True), (State.INSTRUCTED, True),
    (State.SETTLED, False), (State.SETTLED, True), (State.LOCKED, True),
]  # fmt: skip
_BEFORE = {after: before for before, after in NEXT.items() if before is not State.DISPUTED}
_CLOSES = {State.CLOSING, State.RECONCILING, State.CALCULATED, State.CLOSED}
# Makes whoever leads a period into one state wait for the test in the middle of that step.
GATE = """
CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(77, 7);
  RETURN NEW;
END $$;
CREATE TRIGGER wait_for_the_test AFTER INSERT ON coalition.period_step
  FOR EACH ROW WHEN (NEW.state = '{state}') EXECUTE FUNCTION wait_for_the_test()"""
WAITING = """SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.classid = 77 AND NOT l.granted"""


@asynccontextmanager
async def _held_at(
    world: World, state: State
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """While it lasts nobody gets through the step into this state."""
    holder = await asyncpg.connect(world.addresses.login)
    await holder.execute("SELECT pg_advisory_lock(77, 7)")
    await world.superuser.execute(GATE.format(state=state))
    try:
        yield holder
    finally:
        await holder.close()
        await world.superuser.execute("DROP FUNCTION wait_for_the_test() CASCADE")


async def _lead(world: World, state: State) -> asyncio.subprocess.Process:
    towards = State.CLOSED if state in _CLOSES else state
    client = "closer" if state in _CLOSES else "approver"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.durability.lead_period",
        json.dumps(dataclasses.asdict(world.addresses)), towards.value, JANUARY,
        world.now.isoformat(), client, cwd=TOP,
    )  # fmt: skip


async def _killed_in(world: World, state: State, *, written: bool) -> None:
    async with _held_at(world, state) as holder:
        process = await _lead(world, state)
        while not (waiting := await world.superuser.fetch(WAITING)):
            assert process.returncode is None
            await asyncio.sleep(0.02)
        process.kill()
        await process.wait()
        (pid,) = waiting[0]
        if not written:
            # The server notices that nobody is there any more, and undoes what was begun.
            await world.superuser.execute("SELECT pg_terminate_backend($1)", pid)
        await holder.execute("SELECT pg_advisory_unlock(77, 7)")
        while await world.superuser.fetchval(  # noqa: ASYNC110 - of the server
            "SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid
        ):
            await asyncio.sleep(0.02)


async def test_a_close_killed_in_any_state_is_finished_by_the_next(world: World) -> None:
    await world.apply(brands=[a_bakery(), a_grocer()])
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "500")
    await world.redeem("bakery", ada, 120)
    world.now = datetime(2026, 2, 2, 12, tzinfo=NEW_YORK)
    for state, written in KILLS:
        await _killed_in(world, state, written=written)
        stands = (await world.period(JANUARY)).state
        # Undone, it stands where the steps before that one have led it.
        assert stands == (state if written else _BEFORE[state]), (state, written)
        # Whoever earns meanwhile is not held up by what was left behind.
        await asyncio.wait_for(world.award("grocer", ada, "1"), timeout=5)
    steps = await world.rows("SELECT state, person FROM period_step ORDER BY id")
    assert steps == [
        *((state, "client closer") for state in ("closing", "reconciling", "calculated", "closed")),
        *((state, "client approver") for state in ("final", "instructed", "settled", "locked")),
    ]
    assert {code: one.net.minor for code, one in (await world.statements(JANUARY)).items()} == {
        "grocer": 500, "bakery": -90,
    }  # fmt: skip
    assert await world.rows("SELECT kind, count(*) FROM settlement_run GROUP BY 1 ORDER BY 1") == [
        ("NETTING", 1), ("STATEMENTS", 2),
    ]  # fmt: skip
    assert await world.rows("SELECT count(*) FROM event WHERE kind = 11") == [(2,)]
    await assert_books_balance(world)
