"""Workers side by side, and workers that are killed: each message is sent, and nothing is lost."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from coalition.jobs.deliver_webhooks import WebhookWorker
from coalition.kit.database import Addresses, Database
from coalition.webhooks import fan_out_webhooks
from tests.support import World, assert_books_balance
from tests.support.edge import URL, codes

from .listening import LOCAL, TEST, Listening

COALITION = Path(sys.executable).parent / "coalition"


async def test_two_workers_at_once_send_each_message_once(
    listening: Listening, addresses: Addresses
) -> None:
    world = listening.world
    people = [await world.enrol(f"Member {number}") for number in range(5)]
    await listening.register()
    for _ in range(6):
        await asyncio.gather(*(world.award("bakery", one, "5.00") for one in people))
    await world.until_told()
    databases = [Database(addresses, connections=4) for _ in range(3)]
    workers = [WebhookWorker(one, LOCAL, world.clock) for one in databases]
    rounds = await asyncio.gather(*(one.round() for one in workers))
    assert sum(one.queued for one in rounds) == sum(one.delivered for one in rounds) == 30
    assert Counter(listening.receiver.ids()).most_common(1)[0][1] == 1
    assert sorted(one.content["sequence"] for one in listening.receiver.received) == [*range(1, 31)]
    for worker, database in zip(workers, databases, strict=True):
        await worker.close()
        await database.close()


async def test_a_brand_whose_receivers_are_slow_leaves_room_for_others(
    listening: Listening,
) -> None:
    """Security checklist, line 27."""
    world, now = listening.world, listening.world.now
    for number in range(6):
        made = await listening.register(key=f"slow-{number}")
        for turn in range(4):
            tried = await listening.ask(
                TEST, idempotencyKey=f"{number}-{turn}",
                webhookEndpointId=made["webhookEndpoint"]["id"],
            )  # fmt: skip
            assert codes(tried) == []
    quick = await listening.register("grocer-till", key="quick")
    await listening.ask(
        TEST,
        "grocer-till",
        idempotencyKey="quick",
        webhookEndpointId=quick["webhookEndpoint"]["id"],
    )
    claimed = await world.database.call(
        "claim_webhooks", now, now + timedelta(minutes=1), uuid4(), 64, 4, 16, []
    )
    partners = Counter(row["partner_id"] for row in claimed)
    assert partners == {world.partner("bakery").id: 16, world.partner("grocer").id: 1}
    more = await world.database.call(
        "claim_webhooks", now, now + timedelta(minutes=1), uuid4(), 64, 4, 16, []
    )
    assert more == [], "so many are under way"


async def test_while_people_buy_every_event_is_queued_once(listening: Listening) -> None:
    """The feed is read while it is written: no event is passed over, none is told twice."""
    world = listening.world
    people = [await world.enrol(f"Member {number}") for number in range(8)]
    await listening.register()
    buying = True

    async def read() -> None:
        while buying:
            await fan_out_webhooks(world.database, now=world.now)

    readers = [asyncio.create_task(read()) for _ in range(3)]
    for _ in range(8):
        await asyncio.gather(*(world.award("bakery", one, "5.00") for one in people))
    buying = False
    await asyncio.gather(*readers)
    await world.until_told()
    await fan_out_webhooks(world.database, now=world.now)
    queued = await world.rows("SELECT sequence, event_id FROM webhook_delivery ORDER BY sequence")
    assert [one for one, _ in queued] == list(range(1, 65))
    told = await world.rows("SELECT id FROM event WHERE kind = 1 ORDER BY transaction_id, id")
    assert [(event,) for _, event in queued] == told


async def test_a_worker_that_is_killed_while_it_sends_loses_nothing(
    listening: Listening, addresses: Addresses
) -> None:
    world, receiver = listening.world, listening.receiver
    world.now = datetime.now(UTC)
    ada = await world.enrol("Ada")
    await listening.register()
    for _ in range(2):
        await world.award("bakery", ada, "50.00")
    await world.until_told()
    receiver.open_for.clear()
    worker = await _a_worker(addresses)
    for _ in range(2):
        await asyncio.wait_for(receiver.arrived.acquire(), 120)
    os.kill(worker.pid, signal.SIGKILL)
    await worker.communicate()
    receiver.open_for.set()
    # Its claim holds for a minute: nobody sends twice what may still be under way.
    assert (await listening.round()).delivered == 0
    world.now = datetime.now(UTC) + timedelta(seconds=61)
    assert (await listening.round()).delivered == 2
    assert sorted(Counter(receiver.ids()).values()) == [2, 2], "twice under the same two ids"
    assert (await listening.round()).delivered == 0
    await assert_books_balance(world)


@pytest.mark.long
async def test_the_command_delivers_and_tells_what_it_did(
    listening: Listening, addresses: Addresses
) -> None:
    world = listening.world
    world.now = datetime.now(UTC)
    ada = await world.enrol("Ada")
    await listening.register()
    await world.award("bakery", ada, "50.00")
    await world.until_told()
    worker = await _a_worker(addresses, "--json")
    written, errors = await worker.communicate()
    assert worker.returncode == 0, errors.decode()
    assert json.loads(written) == {
        "events": 1, "queued": 1, "delivered": 1, "toRetry": 0, "dead": 0, "heldUp": 0,
    }  # fmt: skip
    assert listening.receiver.types() == ["award.recorded"]
    shown = await _run(addresses, "webhooks", "list", "--json")
    (row,) = json.loads(shown)
    assert row["partner"] == "bakery"
    assert row["url"] == listening.receiver.url()
    assert (row["status"], row["waiting"], row["dead"]) == ("active", 0, 0)


async def test_without_any_endpoint_a_round_does_nothing(world: World) -> None:
    await world.apply()
    await world.enrol("Ada")
    async with WebhookWorker(world.database, LOCAL, world.clock) as worker:
        done = await worker.round()
    assert (done.events, done.queued, done.delivered) == (0, 0, 0)


async def test_a_database_that_begins_anew_tells_what_is_new(listening: Listening) -> None:
    """Restored from a dump into another cluster, transactions are numbered from the start."""
    world = listening.world
    ada = await world.enrol("Ada")
    await listening.register()
    await world.award("bakery", ada, "5.00")
    await listening.round()
    await world.corrupt("UPDATE webhook_cursor SET transaction_id = 1000000000000")
    await listening.round()
    await world.award("bakery", ada, "6.00")
    await listening.round()
    assert len(listening.receiver.received) == len(set(listening.receiver.ids())) == 2


async def test_a_fault_of_one_message_stops_no_other(listening: Listening) -> None:
    world = listening.world
    ada = await world.enrol("Ada")
    await listening.register()
    await world.award("bakery", ada, "5.00")
    await world.award("bakery", ada, "6.00")
    await world.until_told()
    await fan_out_webhooks(world.database, now=world.now)
    await world.corrupt("UPDATE event SET seq = 77 WHERE kind = 1 AND seq = 1")
    done = await listening.round()
    assert (done.delivered, done.dead) == (1, 1)
    dead = await world.rows("SELECT reason FROM webhook_delivery WHERE state = 'dead'")
    assert dead == [("NOT_MADE",)]


async def test_a_message_that_is_too_large_is_not_sent(listening: Listening) -> None:
    world = listening.world
    made = await listening.register(events=[{"event": "AWARD_RECORDED", "document": _LARGE}])
    ada = await world.enrol("Ada")
    for number in range(4):
        await world.award("bakery", ada, "5.00", reference=f"{number}" * 200)
    assert (await listening.round()).dead == 4
    assert listening.receiver.received == []
    found = await listening.deliveries(made["webhookEndpoint"]["id"])
    assert {one["deadReason"] for one in found} == {"TOO_LARGE"}


_MANY = " ".join(f"a{number}: purchaseReference" for number in range(29))
_LARGE = (
    "subscription { awardRecorded { award { member { awards(first: 10) { nodes { "
    + _MANY
    + " } } } } } }"
)


async def _a_worker(addresses: Addresses, *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        str(COALITION), "webhooks", "deliver", *options,
        env=_environment(addresses), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _run(addresses: Addresses, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        str(COALITION), *words, env=_environment(addresses), stdout=asyncio.subprocess.PIPE
    )
    written, _ = await process.communicate()
    assert process.returncode == 0
    return written.decode()


def _environment(addresses: Addresses) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "COALITION_URL": URL,
        "COALITION_DATABASE_URL": addresses.login,
        "COALITION_WEBHOOK_ALLOW": "127.0.0.1/32",
    }
