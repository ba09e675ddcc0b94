"""Several workers, long files, and what stops one in the middle."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from coalition.access import person_of_request
from coalition.api.bulk_rows import row_reader
from coalition.bulk import take_turn
from coalition.kit.database import Database
from coalition.partners import Office as Desk
from tests.bulk.support import CANCEL, Office, a_row, bench_of, ndjson, work_off
from tests.support import Person, assert_books_balance, nothing_moves
from tests.support.edge import codes
from tests.support.staff import a_person_of


async def test_two_workers_at_once_share_the_files_and_repeat_nothing(
    office: Office, ada: Person
) -> None:
    world = office.world
    bakery = replace(office, client="bakery-till")
    files = {}
    for number, sender in enumerate([office, bakery, office]):
        rows = (a_row(number * 10_000 + row, ada.card) for row in range(1500))
        files[await sender.send(ndjson(rows), idempotencyKey=f"k-{number}")] = sender
    databases = [Database(world.addresses, connections=4) for _ in range(2)]

    async def work(database: Database) -> int:
        turns = 0
        while await take_turn(replace(bench_of(world), office=Desk(database))):
            turns += 1
        return turns

    turns = await asyncio.gather(*map(work, databases))
    assert all(turns), "both had something to do"
    # Who found nothing because the other one had it has ended; what is left is done now.
    await work_off(world)
    for bulk_id, sender in files.items():
        ended = await sender.watch(bulk_id)
        assert (ended["state"], ended["awarded"]) == ("DONE", 1500)
        assert len(await sender.results(bulk_id)) == 1500
    assert (await world.balance(ada)).available == 15_000 + 30_000 + 15_000
    await assert_books_balance(world)
    for database in databases:
        await database.close()


async def test_a_file_is_nobody_elses_while_its_lease_lasts(office: Office, ada: Person) -> None:
    """A worker that stands still loses its file, and finds out before it posts a row twice."""
    world = office.world
    bulk_id = await office.send(ndjson(a_row(number, ada.card) for number in range(1500)))
    await take_turn(bench_of(world))
    stood_still, go_on = asyncio.Event(), asyncio.Event()

    class SlowDesk(Desk):
        async def open_periods(self, instants: object) -> None:
            stood_still.set()
            await go_on.wait()
            await super().open_periods(instants)  # type: ignore[arg-type]  # passed on as it came

    slow = replace(bench_of(world), office=SlowDesk(world.database))
    turn = asyncio.create_task(take_turn(slow))
    await stood_still.wait()
    assert await take_turn(bench_of(world)) is None
    await world.corrupt("UPDATE bulk_award SET leased_until = now()")
    await work_off(world)
    assert (await office.watch(bulk_id))["state"] == "DONE"
    async with nothing_moves(world):
        go_on.set()
        done = await turn
    assert done is not None
    assert done.rows == 0
    assert (await world.balance(ada)).available == 15_000
    await assert_books_balance(world)


async def test_what_was_cancelled_in_the_middle_awards_no_further_row(
    office: Office, ada: Person
) -> None:
    world = office.world
    bulk_id = await office.send(ndjson(a_row(number, ada.card) for number in range(2500)))
    await take_turn(bench_of(world))
    await take_turn(bench_of(world, stops=True))  # a worker that is told to stop ends its batch
    cancelled = await office.edge.ask("grocer-till", CANCEL, input={"bulkAwardId": bulk_id})
    assert cancelled["bulkAward"] == {"state": "CANCELLED", "awarded": 1000}
    async with nothing_moves(world):
        await work_off(world)
        again = await office.edge.ask("grocer-till", CANCEL, input={"bulkAwardId": bulk_id})
    assert (codes(again), again["alreadyCancelled"]) == ([], True)
    assert len(await office.results(bulk_id)) == 1000
    assert await world.rows("SELECT * FROM bulk_chunk") == [], "what is cancelled is not kept"
    assert (await world.balance(ada)).available == 10_000
    await assert_books_balance(world)


async def test_a_cancel_while_a_batch_is_at_work_waits_for_it(office: Office, ada: Person) -> None:
    world = office.world
    bulk_id = await office.send(ndjson(a_row(number, ada.card) for number in range(3000)))
    await take_turn(bench_of(world))
    turn, cancelled = await asyncio.gather(
        take_turn(bench_of(world)),
        office.edge.ask("grocer-till", CANCEL, input={"bulkAwardId": bulk_id}),
    )
    ended = await office.watch(bulk_id)
    assert turn is not None
    if codes(cancelled):
        assert (codes(cancelled), ended["state"]) == (["BULK_AWARD_ENDED"], "DONE")
    else:
        assert ended["state"] == "CANCELLED"
    results = await office.results(bulk_id)
    assert len(results) == ended["done"] == ended["awarded"]
    assert (await world.balance(ada)).available == 10 * len(results)
    await assert_books_balance(world)


async def test_what_has_ended_is_not_cancelled(office: Office, ada: Person) -> None:
    ended = await office.through(ndjson([a_row(1, ada.card)]))
    async with nothing_moves(office.world):
        refused = await office.edge.ask("grocer-till", CANCEL, input={"bulkAwardId": ended["id"]})
    assert codes(refused) == ["BULK_AWARD_ENDED"]


STOPS = {
    "CLIENT_ENDED": (
        "UPDATE client SET status = 'revoked' WHERE id = 'grocer-till'",
        "UPDATE client SET status = 'active' WHERE id = 'grocer-till'",
    ),
    "PARTNER_SUSPENDED": (
        "UPDATE partner SET status = 'suspended' WHERE code = 'grocer'",
        "UPDATE partner SET status = 'active' WHERE code = 'grocer'",
    ),
}


@pytest.mark.parametrize("code", STOPS)
async def test_a_file_whose_sender_may_not_award_any_more_waits_and_goes_on(
    code: str, office: Office, ada: Person
) -> None:
    world = office.world
    operator = replace(office, client="operator")
    stop, go_on = STOPS[code]
    bulk_id = await office.send(ndjson(a_row(number, ada.card) for number in range(1500)))
    await take_turn(bench_of(world))
    await take_turn(bench_of(world, stops=True))
    await world.corrupt(stop)
    await world.office.read_terms()
    await work_off(world)
    waits = await operator.watch(bulk_id)
    assert (waits["state"], waits["done"], waits["reason"]["code"]) == ("AWARDING", 1000, code)
    await world.corrupt(go_on)
    await world.office.read_terms()
    await work_off(world)
    assert (await operator.watch(bulk_id))["done"] == 1000, "it is not tried at once again"
    await world.corrupt("UPDATE bulk_award SET not_before = now()")
    await work_off(world)
    ended = await operator.watch(bulk_id)
    assert (ended["state"], ended["awarded"], ended["reason"]) == ("DONE", 1500, None)
    await assert_books_balance(world)


CLOSED = "closed", "UPDATE login SET status = 'closed'", "UPDATE login SET status = 'active'"
OTHER_ROLES = (
    "other",
    "UPDATE login SET roles = '{finance}'",
    "UPDATE login SET roles = '{cashier}'",
)


@pytest.mark.parametrize(("what", "stop", "go_on"), [CLOSED, OTHER_ROLES])
async def test_a_file_waits_for_the_person_that_had_it_sent(
    what: str, stop: str, go_on: str, office: Office, ada: Person
) -> None:
    world = office.world
    cashier = await a_person_of(world, "grocer", "owner")
    watching = await office.edge.token("grocer-till")
    office.edge.bear("grocer-till", cashier.token)
    bulk_id = await office.send(ndjson([a_row(1, ada.card)]))
    office.edge.bear("grocer-till", watching)
    await take_turn(bench_of(world))
    await world.superuser.execute(stop)
    await work_off(world)
    waits = await office.watch(bulk_id)
    assert (waits["done"], waits["reason"]["code"]) == (0, "CLIENT_ENDED"), what
    assert await world.rows("SELECT count(*) FROM event WHERE kind = 1") == [(0,)]
    await world.superuser.execute(go_on)
    await world.superuser.execute("UPDATE bulk_award SET not_before = now()")
    await work_off(world)
    assert (await office.watch(bulk_id))["awarded"] == 1
    # The turn that posted it is a request of its own, and names the person too.
    ((request_id,),) = await world.rows("SELECT request_id FROM event WHERE kind = 1")
    assert isinstance(request_id, UUID)
    person = await person_of_request(world.database, request_id)
    assert person is not None
    assert person.email == cashier.email
    await assert_books_balance(world)


async def test_a_long_file_lets_a_short_one_have_its_turn(office: Office, ada: Person) -> None:
    world = office.world
    rows = (a_row(number, ada.card) for number in range(100, 1101))
    long = await office.send(ndjson(rows))
    short = await office.send(ndjson([a_row(2, ada.card)]), idempotencyKey="k-2")
    bench = replace(bench_of(world), batches=1)
    for _ in range(2):
        await take_turn(bench)  # both are checked
    turn = await take_turn(bench)
    assert turn is not None
    assert turn.rows == 1000
    assert (await office.watch(long))["state"] == "AWARDING"
    await take_turn(bench)
    assert (await office.watch(short))["state"] == "DONE"
    await take_turn(bench)
    assert (await office.watch(long))["state"] == "DONE"


async def test_a_fault_of_ours_puts_a_file_off_and_says_so(office: Office, ada: Person) -> None:
    world = office.world
    bulk_id = await office.send(ndjson([a_row(1, ada.card)]))

    def broken(keys: object) -> object:
        del keys

        def read(said: object) -> object:
            raise ZeroDivisionError(str(said))

        return read

    # It breaks, whatever it returns.
    bench = replace(bench_of(world), read_row_of=broken)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        await take_turn(bench)
    waits = await office.watch(bulk_id)
    assert waits["reason"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "Zero" not in waits["reason"]["message"]
    assert await take_turn(replace(bench, read_row_of=row_reader)) is None
    await world.corrupt("UPDATE bulk_award SET not_before = now()")
    await work_off(world)
    assert (await office.watch(bulk_id))["awarded"] == 1
