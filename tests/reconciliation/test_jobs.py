"""The worker compares what partners have sent, and leaves nothing overdue without an owner."""

from datetime import UTC, datetime, timedelta

from coalition.jobs.job import Desk
from coalition.jobs.own_overdue import own_overdue
from coalition.jobs.reconcile import reconcile
from coalition.kit.config import Settings
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
    assert await own_overdue(desk) == "1 overdue differences given an owner, 1 questions over"
    (item,) = await items(world, taken.file_id)
    assert (item.action, item.owner) == ("BILL", "Kim")
    async with nothing_moves(world):
        assert await own_overdue(desk) == ""
