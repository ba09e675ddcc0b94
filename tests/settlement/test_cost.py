"""What a close costs is what its own period holds: counted in rows that the server read, so that no
clock has a say.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from coalition import settlement
from coalition.kit.database import Database
from coalition.partners import Office
from tests.support import World, a_bakery, a_florist, a_grocer, assert_books_balance

NEW_YORK = ZoneInfo("America/New_York")
# Of each part of the books: rows that a scan or an index fetched, and blocks of the table.
READ = """
SELECT t.relname, coalesce(t.seq_tup_read, 0) + coalesce(t.idx_tup_fetch, 0),
       io.heap_blks_read + io.heap_blks_hit
  FROM pg_stat_user_tables t JOIN pg_statio_user_tables io USING (relid)
 WHERE t.relname ~ '^(entry|lot_use)_of_[0-9]+$' ORDER BY 1
"""
OTHERS = """SELECT count(*) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()"""


async def _a_month(world: World, month: int) -> None:
    """Two purchases and two baskets in each, half of them paid with a hybrid brand's points."""
    world.now = datetime(2026, month, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "500")
    await world.award("florist", ada, "300")
    await world.redeem("bakery", ada, 700)
    await world.redeem("grocer", ada, 200)


async def _read_by_closing(world: World, label: str, calendar: str | None = None) -> dict[str, int]:
    """Rows read of each part of the books while a period is closed by connections of its own,
    which tell what they read when they end.
    """
    await world.let_go()
    await _all_told(world)
    before = {name: rows + blocks for name, rows, blocks in await world.superuser.fetch(READ)}
    database = Database(world.addresses)
    await settlement.close_period(
        Office(database), actor=world.operator(), label=label, calendar=calendar, now=world.now
    )
    await database.close()
    await _all_told(world)
    after = {name: rows + blocks for name, rows, blocks in await world.superuser.fetch(READ)}
    return {name: read - before.get(name, 0) for name, read in after.items()}


async def _all_told(world: World) -> None:
    while await world.superuser.fetchval(OTHERS):
        pass
    await world.superuser.execute("SELECT pg_stat_force_next_flush()")
    await world.superuser.execute("SELECT pg_stat_clear_snapshot()")


async def _parts_of(world: World, label: str) -> set[str]:
    period = await world.period(label)
    return {f"entry_of_{period.id}", f"lot_use_of_{period.id}"}


async def test_a_close_reads_its_own_part_of_the_books_and_no_other(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery(), a_florist(paid_at_issuance="0.4")])
    for month in (1, 2, 3, 4):
        await _a_month(world, month)
    world.now = datetime(2026, 5, 2, 12, tzinfo=NEW_YORK)
    for label in ("2026-01", "2026-02"):
        await world.close(label)
    read = await _read_by_closing(world, "2026-03")
    own = await _parts_of(world, "2026-03")
    assert {name: rows for name, rows in read.items() if rows}.keys() == own
    await assert_books_balance(world)


@pytest.mark.long
async def test_history_makes_no_close_dearer(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_bakery(), a_florist(paid_at_issuance="0.4")])
    costs = []
    for month in (1, 2, 3, 4):
        await _a_month(world, month)
        world.now = datetime(2026, month + 1, 2, 12, tzinfo=NEW_YORK)
        costs.append(sum((await _read_by_closing(world, f"2026-{month:02}")).values()))
    # A month's own rows are thirty at least; a block more or less is the server's own business.
    assert max(costs) - min(costs) < 10, costs
    await assert_books_balance(world)
