"""Deliveries whose time is over go with their attempts; nothing else does."""

from datetime import timedelta

import asyncpg
import pytest

from coalition.jobs.clean import clean
from coalition.jobs.job import Desk
from coalition.kit.database import Role
from coalition.webhooks import clean_webhooks
from tests.support import World, assert_books_balance, nothing_moves

from .listening import DELETE, REPLAY, Listening
from .receiver import said

_KEEP = timedelta(days=90)


async def _clean(world: World, at_once: int = 5000) -> list[int]:
    rounds = clean_webhooks(world.database, now=world.now, keep=_KEEP, at_once=at_once)
    return [removed async for removed in rounds]


async def test_what_was_told_or_given_up_goes_after_ninety_days_and_what_waits_stays(
    listening: Listening,
) -> None:
    world = listening.world
    ada = await world.enrol("Ada")
    made, other = await listening.register(), await listening.register(key="other")
    await world.award("bakery", ada, "50.00")
    assert (await listening.round()).delivered == 2
    await listening.ask(DELETE, webhookEndpointId=other["webhookEndpoint"]["id"])
    listening.receiver.answer = lambda _: said(503)
    await world.award("bakery", ada, "60.00")
    assert (await listening.later(days=1)).to_retry == 1
    world.now += timedelta(days=88)
    async with nothing_moves(world):
        assert await _clean(world) == []
    world.now += timedelta(days=2)
    told = await clean(Desk(world.office, listening.settings, clock=world.clock))
    assert told == "2 rows removed"
    (waiting,) = await listening.deliveries(made["webhookEndpoint"]["id"])
    assert (waiting["state"], len(waiting["attempts"])) == ("WAITING", 1)
    assert await world.rows("SELECT count(*) FROM webhook_attempt") == [(1,)]
    # The events are there for ever: what was told once can be told again.
    listening.receiver.answer = lambda _: said(200)
    before = len(listening.receiver.received)
    again = await listening.ask(
        REPLAY,
        webhookEndpointId=made["webhookEndpoint"]["id"],
        since=(world.now - timedelta(days=100)).isoformat(),
    )
    assert again["queued"] == 2
    assert (await listening.round()).delivered == 2
    assert len(listening.receiver.received) == before + 2
    await assert_books_balance(world)


async def test_they_go_a_few_at_a_time(listening: Listening) -> None:
    world = listening.world
    ada = await world.enrol("Ada")
    await listening.register()
    for _ in range(5):
        await world.award("bakery", ada, "50.00")
    assert (await listening.round()).delivered == 5
    world.now += timedelta(days=91)
    await world.superuser.execute(
        "UPDATE webhook_delivery SET lease = gen_random_uuid(), leased_until = $1 WHERE id ="
        " (SELECT min(id) FROM webhook_delivery)",
        world.now + timedelta(seconds=60),
    )
    assert await _clean(world, at_once=2) == [2, 2], "not the one that is in somebody's hands"


async def test_an_attempt_is_not_changed_and_goes_with_its_delivery_only(
    listening: Listening,
) -> None:
    world = listening.world
    await listening.register()
    await world.award("bakery", await world.enrol("Ada"), "50.00")
    await listening.round()
    connection = await asyncpg.connect(world.addresses.of(Role.OWNER).render_as_string())
    try:
        async with nothing_moves(world):
            for statement in (
                "UPDATE coalition.webhook_attempt SET status = 200",
                "DELETE FROM coalition.webhook_attempt",
                "TRUNCATE coalition.webhook_attempt",
            ):
                with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
                    await connection.execute(statement)
    finally:
        await connection.close()
