"""What a worker's log says of webhooks, to whoever looks after it."""

import json
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from coalition.api import Server
from coalition.api.webhook_messages import MessageMaker
from coalition.webhooks import Deliverer, Sender, fan_out_webhooks

from .listening import Listening
from .receiver import said

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def logged() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


async def test_an_attempt_that_failed_says_why_and_nothing_secret(
    listening: Listening, logged: Lines
) -> None:
    made = await listening.register(url=listening.receiver.url("/hooks?token=hush"))
    listening.receiver.answer = lambda _: said(503, "not for the log")
    await listening.world.award("bakery", await listening.world.enrol("Ada"), "50.00")
    await listening.round()
    (failed,) = _of(logged, "webhook")
    assert (failed["status"], failed["error"]) == (503, "The receiver answered 503.")
    for secret in (made["secret"], "hush", "not for the log"):
        assert secret not in json.dumps(failed)
    listening.receiver.answer = lambda _: said(204)
    await listening.later(minutes=1)
    _, received = _of(logged, "webhook")
    assert (received["status"], received["error"]) == (204, None)


async def test_a_long_round_says_how_far_it_is(listening: Listening, logged: Lines) -> None:
    await listening.register()
    world = listening.world
    ada = await world.enrol("Ada")
    for _ in range(3):
        await world.award("bakery", ada, "5.00")
    await world.until_told()
    server = Server(world.database, listening.settings, world.clock)
    await fan_out_webhooks(world.database, now=world.now)
    sender = Sender(server.reach)
    try:
        deliverer = Deliverer(
            world.database, sender, MessageMaker(server), world.clock, tell_every=0
        )
        assert (await deliverer.deliver())["DELIVERED"] == 3
    finally:
        await sender.close()
    told = _of(logged, "webhooks under way")
    assert (told[-1]["delivered"], told[-1]["under_way"]) == (3, 0)
    await world.award("bakery", ada, "5.00")
    assert (await listening.round()).delivered == 1
    assert _of(logged, "webhooks under way") == told, "a short round says nothing"


def _of(logged: Lines, event: str) -> Lines:
    return [one for one in logged if one["event"] == event]
