"""The worker: each job once when it is due, however many workers there are and whatever happens."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from coalition.jobs.job import Always, Desk, Every, Job, JobFailed, Nightly
from coalition.jobs.schedule import JOBS
from coalition.jobs.status import jobs_as_they_stand
from coalition.jobs.worker import Worker
from coalition.kit.config import Settings
from coalition.kit.database import Addresses, Database
from coalition.kit.errors import Unavailable
from coalition.partners import Office
from tests.support import World, assert_books_balance, nothing_moves

NEW_YORK = ZoneInfo("America/New_York")


@dataclass
class Spy:
    """A job that notes when it is run; `acts`: what it does instead, each time the next."""

    world: World
    when: Every | Nightly | Always = field(default_factory=lambda: Every(timedelta(minutes=5)))
    acts: list[Callable[[Desk], Awaitable[str]]] = field(default_factory=list)
    ran: list[datetime] = field(default_factory=list)

    async def work(self, desk: Desk) -> str:
        self.ran.append(desk.clock())
        return await self.acts.pop(0)(desk) if self.acts else "ran"

    @property
    def job(self) -> Job:
        return Job("spy", "Notes when it is run.", self.when, self.work)

    def worker(self, database: Database | None = None, *, lease: int = 60) -> Worker:
        desk = Desk(
            Office(database or self.world.database),
            Settings(lease_seconds=lease),
            self.world.clock,
        )
        return Worker(desk, [self.job])

    async def row(self) -> tuple[object, ...]:
        (row,) = await self.world.rows("SELECT outcome, detail, failures, next_at FROM job")
        return row


@pytest.fixture
async def spy(world: World) -> Spy:
    await world.apply()
    return Spy(world)


async def test_a_job_is_run_when_it_is_due_and_not_before(spy: Spy) -> None:
    world = spy.world
    for _ in range(3):
        assert await spy.worker().run_once() == []
    assert spy.ran == [world.now]
    world.now += timedelta(minutes=5)
    await spy.worker().run_once()
    assert len(spy.ran) == 2


async def test_two_workers_run_each_job_once_a_time(spy: Spy) -> None:
    world = spy.world
    databases = [Database(world.addresses, connections=4) for _ in range(2)]
    both = asyncio.Barrier(2)

    async def is_slow(desk: Desk) -> str:
        del desk
        await both.wait()
        return "slow"

    spy.acts = [is_slow]
    workers = [spy.worker(database) for database in databases]

    async def late() -> list[str]:
        while not spy.ran:  # noqa: ASYNC110 - of the other worker
            await asyncio.sleep(0.001)
        failed = await workers[1].run_once()
        await both.wait()
        return failed

    await asyncio.gather(workers[0].run_once(), late())
    assert len(spy.ran) == 1
    for number in range(1, 4):
        world.now += timedelta(minutes=5)
        await asyncio.gather(*(worker.run_once() for worker in workers))
        assert len(spy.ran) == 1 + number
    for database in databases:
        await database.close()


async def test_nights_that_were_missed_are_made_up_once(spy: Spy) -> None:
    world = spy.world
    world.now = datetime(2026, 3, 15, 12, tzinfo=UTC)
    spy.when = Nightly(time(3))
    await spy.worker().run_once()
    assert spy.ran == [], "a night that nobody missed"
    assert (await spy.row())[3] == datetime(2026, 3, 16, 7, tzinfo=UTC)
    world.now = datetime(2026, 3, 20, 15, tzinfo=UTC)
    for _ in range(3):
        await spy.worker().run_once()
    assert len(spy.ran) == 1
    assert (await spy.row())[3] == datetime(2026, 3, 21, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-07T12:00-05:00", "2026-03-08T07:30Z"),  # 02:30 is jumped over that night
        ("2026-03-08T12:00-04:00", "2026-03-09T06:30Z"),
        ("2026-10-31T12:00-04:00", "2026-11-01T07:30Z"),
        ("2026-11-01T12:00-05:00", "2026-11-02T07:30Z"),
        ("2026-06-01T02:30-04:00", "2026-06-02T06:30Z"),  # now is not later than now
        ("2026-06-01T02:29-04:00", "2026-06-01T06:30Z"),
    ],
)
def test_a_night_has_one_time_in_the_programmes_zone(now: str, due: str) -> None:
    night = Nightly(time(2, 30))
    found = night.after(datetime.fromisoformat(now).astimezone(UTC), NEW_YORK)
    assert found == datetime.fromisoformat(due)


async def test_a_job_that_fails_is_tried_again_later_each_time_and_stops_no_other(
    spy: Spy,
) -> None:
    world = spy.world

    async def fails(desk: Desk) -> str:
        del desk
        raise JobFailed("the books do not balance")

    async def breaks(desk: Desk) -> str:
        del desk
        raise ZeroDivisionError("password=hunter2")

    spy.acts = [fails, breaks, fails]
    other = Spy(world)
    waits = []
    for _ in range(4):
        desk = Desk(world.office, Settings(), world.clock)
        jobs = [spy.job, Job("other", "", Every(timedelta(seconds=1)), other.work)]
        await Worker(desk, jobs).run_once()
        rows = await world.rows(
            "SELECT outcome, detail, failures, next_at FROM job WHERE name='spy'"
        )
        ((outcome, detail, failures, next_at),) = rows
        waits.append((outcome, detail, failures))
        assert isinstance(next_at, datetime)
        world.now = next_at
    assert waits == [
        ("FAILED", "the books do not balance", 1),
        ("FAILED", "ZeroDivisionError: see the log", 2),
        ("FAILED", "the books do not balance", 3),
        ("DONE", "ran", 0),
    ]
    assert [later - earlier for earlier, later in zip(spy.ran, spy.ran[1:], strict=False)] == [
        timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120),
    ]  # fmt: skip
    assert len(other.ran) == 4


async def test_a_job_of_a_worker_that_was_killed_is_another_ones_after_the_lease(
    spy: Spy,
) -> None:
    stands_still = asyncio.Event()

    async def forever(desk: Desk) -> str:
        del desk
        stands_still.set()
        await asyncio.Event().wait()
        return ""

    spy.acts = [forever]
    killed = asyncio.create_task(spy.worker().run_once())
    await stands_still.wait()
    await spy.worker().run_once()
    assert len(spy.ran) == 1, "its lease lasts"
    await spy.world.corrupt("UPDATE job SET leased_until = now()")
    await spy.worker().run_once()
    assert len(spy.ran) == 2
    killed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await killed


async def test_a_long_job_keeps_its_lease_and_who_lost_it_stops(spy: Spy) -> None:
    begun = asyncio.Event()

    async def is_long(desk: Desk) -> str:
        del desk
        begun.set()
        await asyncio.Event().wait()
        return ""

    spy.acts = [is_long]
    running = asyncio.create_task(spy.worker(lease=1).run_once())
    await begun.wait()
    ((first,),) = await spy.world.rows("SELECT leased_until FROM job")
    # The lease is renewed in the database.
    while await spy.world.rows("SELECT leased_until FROM job") == [(first,)]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    # Somebody else has it: the one that runs gives up and changes nothing.
    await spy.world.corrupt("UPDATE job SET holder = gen_random_uuid(), outcome = NULL")
    assert await asyncio.wait_for(running, 5) == ["spy"]
    assert (await spy.row())[0] is None


async def test_a_job_that_every_worker_does_goes_on_while_there_is_something(spy: Spy) -> None:
    async def something(desk: Desk) -> str:
        del desk
        return "something"

    async def nothing(desk: Desk) -> str:
        del desk
        return ""

    spy.when = Always(timedelta(seconds=2))
    spy.acts = [something, something, nothing]
    await spy.worker().run_once()
    assert len(spy.ran) == 3
    assert (await spy.row())[:2] == ("DONE", "something")


async def test_a_worker_waits_for_a_database_that_went_away(spy: Spy) -> None:
    async def loses_it(desk: Desk) -> str:
        del desk
        raise Unavailable("gone")

    spy.when = Always(timedelta(seconds=2))
    spy.acts = [loses_it]
    worker = spy.worker()
    running = asyncio.create_task(worker.run())
    while len(spy.ran) < 2:  # noqa: ASYNC110 - of the worker
        await asyncio.sleep(0.05)
    worker._desk.stopping.set()
    await asyncio.wait_for(running, 5)


async def test_what_time_ends_is_posted_by_the_jobs(world: World) -> None:
    await world.apply(expiry={"kind": "rolling", "months": "1"})
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    await world.hold("grocer", ada, 100, seconds=60)
    desk = Desk(world.office, Settings(), world.clock)
    await Worker(desk, JOBS).run_once()
    world.now += timedelta(days=40)
    assert await Worker(desk, JOBS).run_once() == []
    stands = {one.name: one.detail for one in await jobs_as_they_stand(world.database, JOBS)}
    assert stands["sweep-holds"] == "1 holds released"
    assert stands["expire-points"] == "1,000 points of 1 awards ended"
    assert "laws hold" in (stands["check-books"] or "")
    async with nothing_moves(world):
        assert await world.sweep() == await world.expire() == 0
    await assert_books_balance(world)


async def test_broken_books_are_told_loudly(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    desk = Desk(world.office, Settings(), world.clock)
    await Worker(desk, JOBS).run_once()
    await world.corrupt("UPDATE balance SET points = points + 1")
    world.now += timedelta(days=1)
    assert await Worker(desk, JOBS).run_once() == ["check-books"]
    (books,) = [
        one for one in await jobs_as_they_stand(world.database, JOBS) if one.name == "check-books"
    ]
    assert books.outcome == "FAILED"
    assert "do not balance" in (books.detail or "")


async def _command(addresses: Addresses, *words: str) -> asyncio.subprocess.Process:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("COALITION_") and name != "PYTHONDONTWRITEBYTECODE"
    } | {"COALITION_DATABASE_URL": addresses.login, "COLUMNS": "200", "NO_COLOR": "1"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "coalition", *words, env=environment,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.long
async def test_the_commands_run_list_and_end_in_good_order(
    world: World, addresses: Addresses
) -> None:
    await world.apply()
    once = await _command(addresses, "worker", "--once")
    _, told = await once.communicate()
    assert once.returncode == 0, told.decode()
    listed, unknown, running = await asyncio.gather(
        _command(addresses, "jobs", "--json"),
        _command(addresses, "worker", "--only", "nothing"),
        _command(addresses, "worker"),
    )
    out, _ = await listed.communicate()
    assert {one["name"]: one["outcome"] for one in json.loads(out)}["sweep-holds"] == "DONE"
    _, told = await unknown.communicate()
    assert (unknown.returncode, b"There is no job 'nothing'" in told) == (1, True)
    assert running.stderr is not None
    assert b"worker started" in await running.stderr.readline()
    running.send_signal(signal.SIGTERM)
    _, told = await asyncio.wait_for(running.communicate(), 20)
    assert running.returncode == 0, told.decode()
    assert b"worker ended" in told
