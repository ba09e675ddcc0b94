"""What happens is told, signed, until it is received; what is not received is kept."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import pytest

from coalition.webhooks import PATIENCE
from coalition.webhooks.schedule import WAITS
from tests.support import Person, assert_books_balance, nothing_moves
from tests.support.edge import codes

from .listening import CHANGE, DELETE, REPLAY, RESEND, ROTATE, TEST, Listening
from .receiver import Received, said


@pytest.fixture
async def ada(listening: Listening) -> Person:
    return await listening.world.enrol("Ada")


async def test_the_bakery_is_told_of_its_award_once(listening: Listening, ada: Person) -> None:
    made = await listening.register()
    await listening.world.award("bakery", ada, "50.00", reference="till-1")
    done = await listening.round()
    assert (done.queued, done.delivered) == (1, 1)
    (told,) = listening.receiver.received
    assert told.content["type"] == "award.recorded"
    assert told.content["sequence"] == 1
    assert told.content["data"]["award"]["purchaseReference"] == "till-1"
    assert told.content["data"]["id"] == told.content["id"]
    assert (await listening.round()).delivered == 0
    assert len(listening.receiver.received) == 1
    (delivery,) = await listening.deliveries(made["webhookEndpoint"]["id"])
    assert (delivery["id"], delivery["state"]) == (told.id, "DELIVERED")
    (attempt,) = delivery["attempts"]
    assert (attempt["number"], attempt["status"], attempt["error"]) == (1, 204, None)
    await assert_books_balance(listening.world)


async def test_events_are_numbered_in_the_order_of_the_books(
    listening: Listening, ada: Person
) -> None:
    world = listening.world
    await listening.register(
        events=[{"event": one} for one in ("AWARD_RECORDED", "POINTS_HELD", "REDEMPTION_RECORDED")]
    )
    await world.award("bakery", ada, "500.00")
    held = await world.hold("bakery", ada, 10)
    await world.capture("bakery", held)
    await world.award("grocer", ada, "5.00")
    await world.redeem("bakery", ada, 20)
    await listening.round()
    told = sorted(
        (one.content["sequence"], one.content["type"]) for one in listening.receiver.received
    )
    assert told == [
        (1, "award.recorded"), (2, "points.held"), (3, "redemption.recorded"),
        (4, "redemption.recorded"),
    ]  # fmt: skip
    ids = {one.content["id"] for one in listening.receiver.received}
    assert len(ids) == 4


async def test_what_happened_before_the_endpoint_was_there_is_not_told_by_itself(
    listening: Listening, ada: Person
) -> None:
    await listening.world.award("bakery", ada, "5.00")
    await listening.register()
    await listening.world.award("bakery", ada, "6.00")
    await listening.round()
    assert len(listening.receiver.received) == 1


async def test_an_endpoint_that_was_down_for_six_hours_is_told_of_all_once_it_is_up(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register()
    listening.receiver.answer = lambda _: said(500, "down")
    for number in range(5):
        await listening.world.award("bakery", ada, "50.00", reference=f"till-{number}")
    for _ in range(12):
        assert (await listening.later(minutes=30)).delivered == 0
    listening.receiver.answer = lambda _: said(204)
    listening.receiver.received.clear()
    for _ in range(20):
        await listening.later(minutes=30)
    assert len(set(listening.receiver.ids())) == len(listening.receiver.ids()) == 5
    for one in await listening.deliveries(made["webhookEndpoint"]["id"]):
        assert one["state"] == "DELIVERED"
        assert [each["status"] for each in one["attempts"]][-1] == 204
        assert {each["response"] for each in one["attempts"][:-1]} == {"down"}


async def test_ten_tries_over_three_days_and_then_it_is_dead(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register()
    listening.receiver.answer = lambda _: said(503, "later", Retry_After="1")
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    for wait in WAITS[1:]:
        just_before = wait - timedelta(seconds=1)
        listening.world.now += just_before
        assert (await listening.round()).to_retry == 0, "not before its time"
        listening.world.now += wait * 0.1 + timedelta(seconds=1)
        done = await listening.round()
        assert done.to_retry + done.dead == 1
    assert done.dead == 1
    assert len(listening.receiver.received) == len(WAITS) == 10
    assert len(set(listening.receiver.ids())) == 1, "one id for all attempts"
    endpoint = made["webhookEndpoint"]["id"]
    (delivery,) = await listening.deliveries(endpoint, states=["DEAD"])
    assert (delivery["deadReason"], delivery["nextAttemptAt"]) == ("TRIES_USED_UP", None)
    assert len(delivery["attempts"]) == 10
    assert await listening.deliveries(endpoint, states=["WAITING", "DELIVERED"]) == []
    # Dead, and not lost.
    listening.receiver.answer = lambda _: said(200)
    begin = listening.world.now - timedelta(days=30)
    queued = await listening.ask(
        REPLAY, webhookEndpointId=endpoint, since=begin.isoformat(), onlyDead=True
    )
    assert (queued["queued"], queued["goOnAfter"]) == (1, None)
    assert (await listening.round()).delivered == 1
    assert len(set(listening.receiver.ids())) == 1


@pytest.mark.parametrize("way", ["seconds", "date"])
async def test_a_receiver_may_ask_for_more_patience(
    way: str, listening: Listening, ada: Person
) -> None:
    await listening.register()
    until = listening.world.now + timedelta(hours=1)
    how = "3600" if way == "seconds" else format_datetime(until, usegmt=True)
    listening.receiver.answer = lambda _: said(429, Retry_After=how)
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    assert (await listening.later(minutes=59)).to_retry == 0
    assert (await listening.later(minutes=2)).to_retry == 1


async def test_who_answers_410_is_told_nothing_more(listening: Listening, ada: Person) -> None:
    made = await listening.register()
    listening.receiver.answer = lambda _: said(410)
    await listening.world.award("bakery", ada, "50.00")
    assert (await listening.round()).dead == 1
    await listening.world.award("bakery", ada, "50.00")
    await listening.later(days=2)
    assert len(listening.receiver.received) == 1
    (delivery,) = await listening.deliveries(made["webhookEndpoint"]["id"])
    assert delivery["deadReason"] == "GONE"
    endpoint = made["webhookEndpoint"]["id"]
    changed = await listening.ask(CHANGE, webhookEndpointId=endpoint)
    assert changed["webhookEndpoint"]["status"] == "DISABLED"
    assert changed["webhookEndpoint"]["disabledReason"] == "GONE"
    refused = await listening.ask(RESEND, deliveryId=delivery["id"])
    assert codes(refused) == ["WEBHOOK_DISABLED"]
    # Switched on again it is told of the new, and by a replay of what it has missed.
    listening.receiver.answer = lambda _: said(200)
    await listening.ask(CHANGE, webhookEndpointId=endpoint, enabled=True)
    since = (listening.world.now - timedelta(days=9)).isoformat()
    assert (await listening.ask(REPLAY, webhookEndpointId=endpoint, since=since))["queued"] == 2
    assert (await listening.round()).delivered == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(
    listening: Listening, ada: Person, status: int
) -> None:
    """Security checklist, line 39."""
    made = await listening.register()
    elsewhere = listening.receiver.url("/elsewhere")
    listening.receiver.answer = lambda _: said(status, Location=elsewhere)
    await listening.world.award("bakery", ada, "50.00")
    assert (await listening.round()).to_retry == 1
    assert [one.path for one in listening.receiver.received] == ["/hooks"]
    (delivery,) = await listening.deliveries(made["webhookEndpoint"]["id"])
    assert delivery["attempts"][0]["error"] == f"The receiver answered {status}."


async def test_an_endpoint_that_failed_for_five_days_is_switched_off(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register()
    endpoint = made["webhookEndpoint"]["id"]
    listening.receiver.answer = lambda _: said(500)
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    for _ in range(PATIENCE.days + 1):
        await listening.world.award("bakery", ada, "50.00")
        await listening.later(days=1)
    (mine,) = await listening.edge.ask(
        "bakery-till", "{ webhookEndpoints { status disabledReason failingSince } }"
    )
    assert (mine["status"], mine["disabledReason"]) == ("DISABLED", "FAILING")
    heard = len(listening.receiver.received)
    await listening.later(days=1)
    assert len(listening.receiver.received) == heard
    # What waited is not lost.
    waiting = await listening.deliveries(endpoint, states=["WAITING"])
    assert waiting
    listening.receiver.answer = lambda _: said(200)
    await listening.ask(CHANGE, webhookEndpointId=endpoint, enabled=True)
    assert (await listening.round()).delivered == len(waiting)


async def test_one_success_ends_the_count_of_failing_days(
    listening: Listening, ada: Person
) -> None:
    await listening.register()
    for status in (500, 500, 200, 500, 500, 500):
        # The loop's value, not its last.
        listening.receiver.answer = lambda _, status=status: said(status)  # type: ignore[misc]
        await listening.world.award("bakery", ada, "50.00")
        await listening.later(days=2)
    (mine,) = await listening.edge.ask(
        "bakery-till", "{ webhookEndpoints { status failingSince } }"
    )
    assert mine["status"] == "ACTIVE"
    assert mine["failingSince"] is not None


async def test_what_a_stranger_answers_is_cut_and_cannot_be_printed_by_mistake(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register()
    listening.receiver.answer = lambda _: said(500, b"\x1b[2J<script>\xff\x00" + b"x" * 100_000)
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    (delivery,) = await listening.deliveries(made["webhookEndpoint"]["id"])
    kept = delivery["attempts"][0]["response"]
    assert kept.startswith(r"\x1b[2J<script>\xff\x00xxx")
    assert len(kept) < 1100


async def test_a_receiver_that_is_not_there_is_a_failed_attempt(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register(url="http://127.0.0.1:1/nobody")
    await listening.world.award("bakery", ada, "50.00")
    assert (await listening.round()).to_retry == 1
    (delivery,) = await listening.deliveries(made["webhookEndpoint"]["id"])
    (attempt,) = delivery["attempts"]
    assert attempt["status"] is None
    assert attempt["error"].startswith("No connection")


async def test_a_slow_endpoint_holds_up_no_other(listening: Listening, ada: Person) -> None:
    world, receiver = listening.world, listening.receiver
    await listening.register("bakery-till", key="slow", url=receiver.url("/slow"))
    await listening.register("bakery-till", key="quick", url=receiver.url("/quick"))
    for _ in range(20):
        await world.award("bakery", ada, "50.00")
    receiver.open_for.clear()
    working = asyncio.create_task(listening.round())
    for _ in range(8):
        await receiver.arrived.acquire()
    assert sorted(one.path for one in receiver.received) == ["/quick"] * 4 + ["/slow"] * 4
    receiver.open_for.set()
    assert (await working).delivered == 40
    assert receiver.most_at_once <= 8


async def test_a_test_event_arrives_and_is_asked_for_once(listening: Listening) -> None:
    made = await listening.register()
    endpoint = made["webhookEndpoint"]["id"]
    asked = {"idempotencyKey": "try-1", "webhookEndpointId": endpoint}
    queued = await listening.ask(TEST, **asked)
    assert (queued["delivery"]["event"], queued["replayed"]) == (None, False)
    again = await listening.ask(TEST, **asked)
    assert again["replayed"] is True
    assert again["delivery"]["id"] == queued["delivery"]["id"]
    assert (await listening.round()).delivered == 1
    (told,) = listening.receiver.received
    assert told.content["type"] == "webhook.test"
    assert told.content["data"] == {"webhookEndpoint": {"id": endpoint}}
    assert told.id == queued["delivery"]["id"]


async def test_one_delivery_is_sent_again_under_its_id(listening: Listening, ada: Person) -> None:
    await listening.register()
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    (first,) = listening.receiver.received
    assert codes(await listening.ask(RESEND, deliveryId=first.id)) == []
    assert (await listening.round()).delivered == 1
    assert listening.receiver.ids() == [first.id, first.id]


async def test_a_replay_goes_on_behind_a_cursor_and_ends_at_a_moment(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register()
    endpoint = made["webhookEndpoint"]["id"]
    for number in range(4):
        await listening.world.award("bakery", ada, "50.00", reference=f"till-{number}")
    await listening.round()
    told = sorted(listening.receiver.received, key=lambda one: one.content["sequence"])
    listening.receiver.received.clear()
    done = await listening.ask(
        REPLAY, webhookEndpointId=endpoint, after=told[1].content["cursor"],
        until=told[3].content["timestamp"],
    )  # fmt: skip
    assert (done["queued"], done["goOnAfter"]) == (1, None)
    await listening.round()
    assert listening.receiver.ids() == [told[2].id]
    done = await listening.ask(
        REPLAY, webhookEndpointId=endpoint, since=told[2].content["timestamp"]
    )
    assert done["queued"] == 2


async def test_a_replay_tells_of_what_was_missed(listening: Listening, ada: Person) -> None:
    world = listening.world
    since = (world.now - timedelta(hours=1)).isoformat()
    await world.award("bakery", ada, "50.00", reference="before")
    made = await listening.register()
    endpoint = made["webhookEndpoint"]["id"]
    await world.award("bakery", ada, "50.00", reference="while on")
    await listening.round()
    await listening.ask(CHANGE, webhookEndpointId=endpoint, enabled=False)
    await world.award("bakery", ada, "50.00", reference="while off")
    assert (await listening.round()).queued == 0
    await listening.ask(CHANGE, webhookEndpointId=endpoint, enabled=True)
    listening.receiver.received.clear()
    assert (await listening.ask(REPLAY, webhookEndpointId=endpoint, since=since))["queued"] == 3
    await listening.round()
    assert sorted(_references(listening)) == ["before", "while off", "while on"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"after": "cur_nothing"},
        {"after": "cur_aaaaaaaaaaaaaaaaaaaaaaaaaa", "since": "2026-01-01T00:00:00Z"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
    ],
)
async def test_a_replay_says_where_to_begin(listening: Listening, asked: dict[str, str]) -> None:
    made = await listening.register()
    async with nothing_moves(listening.world):
        refused = await listening.ask(
            REPLAY, webhookEndpointId=made["webhookEndpoint"]["id"], **asked
        )
    assert codes(refused) == ["WEBHOOK_REPLAY_NOT_ALLOWED"]


async def test_an_endpoint_that_has_ended_is_told_nothing_and_keeps_its_history(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register()
    endpoint = made["webhookEndpoint"]["id"]
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    listening.receiver.answer = lambda _: said(500)
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    gone = await listening.ask(DELETE, webhookEndpointId=endpoint)
    assert gone["webhookEndpoint"]["status"] == "DELETED"
    heard = len(listening.receiver.received)
    await listening.later(days=1)
    assert len(listening.receiver.received) == heard
    states = [(one["state"], one["deadReason"]) for one in await listening.deliveries(endpoint)]
    assert states == [("DELIVERED", None), ("DEAD", "DELETED")]
    assert await listening.edge.ask("bakery-till", "{ webhookEndpoints { id } }") == []
    assert await listening.world.rows("SELECT count(secret) FROM webhook_secret") == [(0,)]
    for document in (DELETE, CHANGE, ROTATE, TEST, REPLAY):
        more = {ROTATE: {"idempotencyKey": "k"}, TEST: {"idempotencyKey": "k"},
                REPLAY: {"since": "2026-01-01T00:00:00Z"}}.get(document, {})  # fmt: skip
        refused = await listening.ask(document, webhookEndpointId=endpoint, **more)
        assert codes(refused) == ["WEBHOOK_NOT_FOUND"]


async def test_an_event_that_is_not_wanted_any_more_is_not_told(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register()
    listening.receiver.answer = lambda _: said(500)
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    endpoint = made["webhookEndpoint"]["id"]
    await listening.ask(CHANGE, webhookEndpointId=endpoint, events=[{"event": "POINTS_HELD"}])
    assert (await listening.later(hours=1)).dead == 1
    (delivery,) = await listening.deliveries(endpoint)
    assert delivery["deadReason"] == "UNSUBSCRIBED"
    assert len(listening.receiver.received) == 1


async def test_deliveries_are_read_page_by_page(listening: Listening, ada: Person) -> None:
    made = await listening.register()
    for _ in range(5):
        await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    endpoint = made["webhookEndpoint"]["id"]
    seen: list[int] = []
    after = None
    while True:
        page = (await listening.edge.ask("bakery-till", _PAGE, id=endpoint, after=after))[
            "deliveries"
        ]
        seen += [one["sequence"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [5, 4, 3, 2, 1]


_PAGE = """query ($id: ID!, $after: String) { node(id: $id) { ... on WebhookEndpoint {
  deliveries(first: 2, after: $after) {
    nodes { sequence } pageInfo { hasNextPage endCursor } } } } }"""


def _references(listening: Listening) -> list[str]:
    return [_reference(one) for one in listening.receiver.received]


def _reference(told: Received) -> str:
    found: str = told.content["data"]["award"]["purchaseReference"]
    return found
