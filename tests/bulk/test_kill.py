"""A worker is killed, at points that nobody chose, and another one goes on: nothing is lost and
nothing is done twice.
"""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.bulk.support import Office, a_row, ndjson, packed
from tests.support import World, assert_books_balance

ROWS = 4000
KILLS = 3


async def _worker(world: World, log: Path, **more: str) -> asyncio.subprocess.Process:
    environment: Mapping[str, str] = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("COALITION_") and name != "PYTHONDONTWRITEBYTECODE"
    } | {"COALITION_DATABASE_URL": world.addresses.login, "COALITION_LEASE_SECONDS": "1", **more}
    with log.open("ab") as writing:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "coalition", "worker", "--only", "award-bulk",
            env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=writing, stderr=writing,
        )  # fmt: skip


async def _place_passes(world: World, place: int) -> int:
    """Until so many rows are done, or the file is; which row is next then."""
    while True:
        ((state, next_place),) = await world.rows("SELECT state, next_place FROM bulk_award")
        if state == "DONE" or int(str(next_place)) > place:
            return int(str(next_place))
        await asyncio.sleep(0.01)


@pytest.mark.long
async def test_a_killed_worker_loses_and_repeats_nothing(office: Office, tmp_path: Path) -> None:
    world = office.world
    people = [await world.enrol(f"Member {number}") for number in range(20)]
    # Some name nobody; one purchase comes again and again, with its key and of another member.
    rows = [
        a_row(number, "nobody")
        if number % 40 == 0
        else a_row(0 if number % 50 == 1 else number, people[number % 20].card)
        for number in range(1, ROWS + 1)
    ]
    unlike = len({json.dumps(row) for row in rows if row["member"]["card"] != "nobody"})
    bulk_id = await office.send(packed(ndjson(rows)), compression="GZIP")
    choice, log = random.Random(), tmp_path / "worker.log"  # noqa: S311 - any points will do
    done, middles = 0, []
    for turn in range(KILLS):
        process = await _worker(world, log)
        # Somewhere in what is left, and at no moment between two batches in particular.
        left = (ROWS - done) // (KILLS - turn + 1)
        await _place_passes(world, done + choice.randrange(1, max(left, 2)))
        await asyncio.sleep(choice.random() / 20)
        process.kill()
        await process.wait()
        done = await _place_passes(world, 0) - 1
        middles.append(done)
    assert middles[0] < ROWS, "it was killed in the middle"
    if done < ROWS:
        process = await _worker(world, log)
        await _place_passes(world, ROWS)
        process.terminate()
        # What the killed one had sent may have been all: then this one is told to end as it begins.
        assert await process.wait() in {0, -signal.SIGTERM}, log.read_text()

    ended = await office.watch(bulk_id)
    assert (ended["state"], ended["rows"], ended["done"]) == ("DONE", ROWS, ROWS)
    results = await office.results(bulk_id)
    assert [one["row"] for one in results] == list(range(1, ROWS + 1))
    told = Counter(one["outcome"] for one in results)
    assert [told[name] for name in ("AWARDED", "REPLAYED", "REJECTED")] == [
        ended[name] for name in ("awarded", "replayed", "rejected")
    ]
    # Of the purchase that came again, one member's row counts and another one's is refused.
    assert told["AWARDED"] == unlike - 1
    awards = {one["awardId"] for one in results if one["outcome"] == "AWARDED"}
    assert len(awards) == ended["awarded"]
    assert await world.rows("SELECT count(*), sum(points) FROM award") == [
        (ended["awarded"], int(ended["points"]))
    ]
    balances = [(await world.balance(who)).available for who in people]
    assert sum(balances) == int(ended["points"]) == 10 * ended["awarded"]
    await assert_books_balance(world)
