"""The worker compares what partners have sent, and leaves nothing overdue without an owner."""

from datetime import UTC, datetime, timedelta

from coalition import reconciliation
from coalition.jobs.job import Desk
from coalition.jobs.own_overdue import own_overdue
from coalition.jobs.reconcile import reconcile
from coalition.kit.config import Settings
from coalition.kit.database import EVERYTHING
from tests.reconciliation.books import items, send, true_file
from tests.support import World, a_bakery, a_grocer, nothing_moves


async def test_files_are_compared_by_the_worker_and_differences_grow_old_with_an_owner(
    world: World,
) -> None:
    await world.apply(
        brands=[a_bakery(), a_grocer(reconciliation={"owner": "Kim", "sla_days": "5"})]
    )
    world.now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "500")
    await world.award("bakery", ada, "10")
    taken = await send(world, (await true_file(world)).but(rows=[]))
    await send(world, await true_file(world, "bakery"), brand="bakery")
    desk = Desk(world.office, Settings(), world.clock)
    assert await reconcile(desk) == "2 files compared"
    async with nothing_moves(world):
        assert await reconcile(desk) == ""
        assert await own_overdue(desk) == ""
    (item,) = await items(world, taken.file_id)
    assert (item.action, item.owner) == ("ASK", None)
    world.now += timedelta(days=5)
    (aged,) = await _ageing(world)
    assert (aged.items, aged.overdue, aged.unowned) == (1, 1, 1)
    assert [(one.from_days, one.items, one.value.minor) for one in aged.bands] == [
        (0, 0, 0), (2, 1, 500), (7, 0, 0), (30, 0, 0),
    ]  # fmt: skip
    assert await own_overdue(desk) == "1 overdue differences given an owner, 1 questions over"
    (item,) = await items(world, taken.file_id)
    assert (item.action, item.owner) == ("BILL", "Kim")
    assert [(one.overdue, one.unowned) for one in await _ageing(world)] == [(1, 0)]
    assert await world.rows("SELECT partner_id FROM event WHERE kind = 32") == [
        (world.partner("grocer").id,)
    ]
    async with nothing_moves(world):
        assert await own_overdue(desk) == ""


async def test_a_file_of_each_day_tells_the_period_so_far(world: World) -> None:
    """A difference is found on its day, grows old while files follow, and ends with the one in
    which it is put right.
    """
    await world.apply()
    ada = await world.enrol("Ada")
    desk = Desk(world.office, Settings(), world.clock)
    world.now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    await world.award("grocer", ada, "100", reference="first")
    for day in range(4):
        world.now = datetime(2026, 3, 20 + day, 12, tzinfo=UTC)
        await world.award("grocer", ada, "10", reference=f"of-day-{day}")
        file = await true_file(world)
        told = [row for row in file.rows if row["reference"] != "first" or day == 3]
        await send(world, file.but(rows=told, sequence=day + 1))
        assert await reconcile(desk) == "1 files compared"
        found = await _ageing(world)
        if day < 3:
            (aged,) = found
            assert (aged.items, aged.oldest_at) == (1, datetime(2026, 3, 20, 12, tzinfo=UTC))
            assert [one.items for one in aged.bands] == [int(day < 2), int(day >= 2), 0, 0]
    assert found == []
    states = await world.rows("SELECT state, count(*)::int FROM reconciliation_file GROUP BY 1")
    assert sorted(states) == [("RECONCILED", 1), ("SUPERSEDED", 3)]


async def _ageing(world: World) -> list[reconciliation.Ageing]:
    async with world.database.reading(EVERYTHING) as connection:
        return await reconciliation.ageing_of(connection, now=world.now)
