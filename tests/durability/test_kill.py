"""The server is killed, again and again, while people earn and spend: what was acknowledged stands
once, what was not is found out by asking again with the same key.
"""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import asyncpg
import pytest

from coalition.kit.config import Settings
from coalition.kit.database import EVERYTHING, Addresses, Database
from coalition.kit.embedded import EmbeddedCluster
from coalition.kit.errors import Unavailable
from coalition.ledger import all_periods
from coalition.migrate import migrate
from coalition.redemption.errors import NotEnoughPoints
from tests.kit.embedded.support import is_alive, wait_until
from tests.support import Person, World, assert_books_balance
from tests.support.server import addresses_of, superuser

KILLS = 3
TILLS = 8
Place = tuple[int, int]


class Victim:
    """A server whose data must last, and what kills it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cluster = EmbeddedCluster(root, "durable", binaries=Settings().binaries)

    async def kill(self) -> None:
        """As the kernel does when memory runs out: without a word to anybody."""
        pid = int((self.root / "durable" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        # Until then it would be taken for a server that runs.
        await asyncio.to_thread(wait_until, lambda: not is_alive(pid))

    async def kill_with_its_sessions(self) -> None:
        """Until the last of its processes has seen that it is an orphan, and ended."""
        async with superuser(self.cluster) as connection:
            pids = [row[0] for row in await connection.fetch("SELECT pid FROM pg_stat_activity")]
        await self.kill()
        await asyncio.to_thread(wait_until, lambda: not any(is_alive(pid) for pid in pids))

    async def kill_a_session(self) -> None:
        async with superuser(self.cluster) as connection:
            pid = await connection.fetchval(
                "SELECT pid FROM pg_stat_activity WHERE usename = 'coalition_app' LIMIT 1"
            )
        os.kill(pid, signal.SIGKILL)

    async def bring_back(self) -> None:
        await asyncio.to_thread(self.cluster.ensure_running)


@pytest.fixture(scope="module")
def victim() -> Iterator[Victim]:
    # A short path that the server's own user can enter, on a disk: this server writes through.
    root = Path(tempfile.mkdtemp(prefix="ct-kill-"))
    root.chmod(0o755)
    made = Victim(root)
    try:
        with made.cluster:
            yield made
    finally:
        made.cluster.destroy()
        shutil.rmtree(root)


@pytest.fixture(scope="module")
async def addresses_there(victim: Victim) -> Addresses:
    async with superuser(victim.cluster) as connection:
        await connection.execute("CREATE DATABASE coalition")
    there = addresses_of(victim.cluster, "coalition")
    await migrate(there)
    return there


@pytest.fixture(scope="module")
async def world_there(
    addresses_there: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Its own connection as superuser dies with the server, so only the verbs are used."""
    database = Database(addresses_there)
    connection = await asyncpg.connect(addresses_there.login)
    world = World(addresses_there, database, connection, tmp_path_factory.mktemp("kill"))
    await world.apply()
    yield world
    await database.close()
    connection.terminate()


class Tills:
    """Each serves one member, step by step under known keys, and asks until it is answered."""

    def __init__(self, world: World, people: Sequence[Person]) -> None:
        self.world = world
        self.people = people
        self.acknowledged: dict[str, Place] = {}
        self.unknown = 0
        self.is_over = False
        self._progress = asyncio.Semaphore(0)

    async def serve(self, number: int) -> None:
        step = 0
        while not self.is_over:
            step += 1
            place = await self._until_answered(f"till-{number}-{step}")
            if place is not None:
                self.acknowledged[f"till-{number}-{step}"] = place
                self._progress.release()

    async def more(self, answers: int) -> None:
        """Wait for so many more answers."""
        for _ in range(answers):
            await self._progress.acquire()

    async def ask(self, key: str) -> Place | None:
        """An award or, under every third key, a redemption. None: too few points for that."""
        _, number, step = key.split("-")
        # Two tills serve each member, so that they also wait for each other.
        who = self.people[int(number) % len(self.people)]
        if int(step) % 3:
            return (await self.world.award("grocer", who, "10", reference=key, key=key)).place
        try:
            return await self.world.redeem("bakery", who, 15, key=key)
        except NotEnoughPoints:
            return None

    async def _until_answered(self, key: str) -> Place | None:
        while True:
            try:
                return await self.ask(key)
            except Unavailable:
                self.unknown += 1
                await asyncio.sleep(0.02)


@pytest.mark.long
async def test_what_was_acknowledged_stands_once_whatever_was_killed(
    victim: Victim, world_there: World
) -> None:
    """Security checklist, line 32."""
    world = world_there
    people = [await world.enrol(f"Member {number}") for number in range(TILLS // 2)]
    tills = Tills(world, people)

    async def killer() -> None:
        for turn in range(KILLS + 1):
            await tills.more(60)
            # The last time only one of its processes: the server then recovers by itself.
            await (victim.kill() if turn < KILLS else victim.kill_a_session())
            await victim.bring_back()
        await tills.more(60)
        tills.is_over = True

    # A group: when one of them fails, the others must not go on killing.
    async with asyncio.TaskGroup() as group:
        group.create_task(killer())
        for number in range(TILLS):
            group.create_task(tills.serve(number))
    assert tills.unknown > KILLS
    async with superuser(victim.cluster, "coalition") as connection:
        stands = await connection.fetch(
            "SELECT member_id, seq FROM coalition.award"
            " UNION ALL SELECT member_id, seq FROM coalition.redemption"
        )
    assert sorted(tuple(row) for row in stands) == sorted(tills.acknowledged.values())
    # Asked again, each key is answered with the place that it was given before.
    for key, place in list(tills.acknowledged.items())[::5]:
        assert await tills.ask(key) == place
    await assert_books_balance(world)


async def test_while_the_server_is_down_every_way_in_says_so_and_recovers_by_itself(
    victim: Victim, world_there: World
) -> None:
    world = world_there
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    async with world.database.reading(EVERYTHING) as connection:
        await all_periods(connection)

    await victim.kill_with_its_sessions()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await world.award("grocer", ada, "10", key="while-down", reference="while down")
        with pytest.raises(Unavailable):
            await world.balance(ada)
        with pytest.raises(Unavailable):
            await world.office.read_terms()
        with pytest.raises(Unavailable):
            async with world.database.reading(EVERYTHING) as connection:
                await all_periods(connection)

    await victim.bring_back()
    await world.award("grocer", ada, "10", key="while-down", reference="while down")
    await world.office.read_terms()
    assert (await world.balance(ada)).available == 110
    await assert_books_balance(world)


async def test_the_first_calls_after_a_restart_do_not_fail_on_connections_of_before(
    victim: Victim, world_there: World
) -> None:
    world = world_there
    ada = await world.enrol("Ada")
    await asyncio.gather(*(world.award("grocer", ada, "10") for _ in range(20)))
    await victim.kill_with_its_sessions()
    await victim.bring_back()
    await asyncio.gather(*(world.award("grocer", ada, "10") for _ in range(20)))
    assert (await world.balance(ada)).available == 400
    await assert_books_balance(world)
