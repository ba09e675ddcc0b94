"""What has had its time is removed, and what has not stays."""

from datetime import timedelta

from coalition.bulk import clean_bulk
from tests.bulk.support import Office, a_row, ndjson
from tests.support import Person, World


async def _clean(world: World) -> None:
    rounds = clean_bulk(
        world.database,
        now=world.now,
        files_for=timedelta(days=7),
        results_for=timedelta(days=90),
    )
    async for _ in rounds:
        pass


async def test_files_go_after_a_week_and_results_after_ninety_days(
    office: Office, ada: Person
) -> None:
    world = office.world
    ended = await office.through(ndjson([a_row(1, ada.card)]))
    under_way = await office.send(ndjson([a_row(2, ada.card)]), idempotencyKey="k-2")
    for days, chunks, results in ((6, 2, 1), (2, 1, 1), (83, 1, 0)):
        world.now += timedelta(days=days)
        await _clean(world)
        assert await world.rows("SELECT count(*) FROM bulk_chunk") == [(chunks,)]
        assert await world.rows("SELECT count(*) FROM bulk_result") == [(results,)]
    gone = await office.fetch(ended["id"])
    assert gone.status_code == 410
    assert gone.json()["errors"][0]["extensions"]["code"] == "RESULTS_GONE"
    assert (await office.watch(ended["id"]))["awarded"] == 1
    assert (await office.fetch(under_way)).status_code == 200


async def test_what_no_file_came_for_is_ended(office: Office) -> None:
    world = office.world
    bulk_id = await office.open()
    world.now += timedelta(days=6)
    await _clean(world)
    assert (await office.watch(bulk_id))["state"] == "UPLOADING"
    world.now += timedelta(days=2)
    await _clean(world)
    ended = await office.watch(bulk_id)
    assert (ended["state"], ended["reason"]["code"]) == ("CANCELLED", "UPLOAD_ABANDONED")
    assert (await office.put(bulk_id, b"{}")).status_code == 409
