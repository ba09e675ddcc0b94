"""A webhook is told what its client may see, and whose endpoint it is, nobody else learns."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from coalition.access import revoke_client
from coalition.access.logins import change_roles, close_login
from coalition.access.records import client
from coalition.kit.database import administering
from coalition.partners.records import partner
from coalition.webhooks import MOST_ENDPOINTS
from tests.support import Person, World, a_bakery, a_client, a_grocer, nothing_moves
from tests.support.edge import codes
from tests.support.staff import a_person_of

from .listening import (
    AWARDS,
    CHANGE,
    CREATE,
    DELETE,
    DELIVERIES,
    ENDPOINTS,
    REPLAY,
    RESEND,
    ROTATE,
    TEST,
    Listening,
    a_listener,
)
from .receiver import said

SECRETS_OF_MEMBERS = (
    """subscription { awardRecorded { award { member { balance { available } } } } }"""
)
_EVENTS = "WEBHOOK_EVENTS_NOT_ALLOWED"


@pytest.fixture
async def ada(listening: Listening) -> Person:
    return await listening.world.enrol("Ada")


async def test_a_document_of_its_own_says_what_is_told(listening: Listening, ada: Person) -> None:
    document = "subscription { given: awardRecorded { award { points member { status } } } }"
    await listening.register(events=[{"event": "AWARD_RECORDED", "document": document}])
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    (told,) = listening.receiver.received
    assert told.content["data"] == {"award": {"points": "100", "member": {"status": "ACTIVE"}}}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (SECRETS_OF_MEMBERS, "Balance.available is for a token of the member or operator"),
        ("subscription { pointsHeld { id } }", "tells of something else: pointsHeld"),
        ("{ viewer { kind } }", "Only subscriptions"),
        ("subscription { awardRecorded { nothing } }", "Cannot query field"),
        ("subscription { awardRecorded { id } statementIssued { id } }", "only one"),
        ("subscription { awardRecorded {", "Syntax Error"),
        ("subscription { balanceChanged { id } }", "is for a token of"),
        ("subscription ($a: String!) { awardRecorded(after: $a) { id } }", "$a"),
        ("subscription { awardRecorded { id } } #" + "x" * 4000, "4000 are allowed"),
        ("", "Syntax Error"),
    ],
)
async def test_a_document_that_asks_too_much_is_refused_and_nothing_moves(
    listening: Listening, document: str, said: str
) -> None:
    async with nothing_moves(listening.world):
        refused = await listening.ask(
            CREATE, idempotencyKey="too-much", url=listening.receiver.url(),
            events=[{"event": "AWARD_RECORDED", "document": document}],
        )  # fmt: skip
    assert codes(refused) == [_EVENTS]
    assert said in refused["userErrors"][0]["message"]
    assert refused["userErrors"][0]["field"] == ["events", "0", "document"]
    assert refused["secret"] is None


async def test_a_scope_that_is_missing_keeps_an_event_away(listening: Listening) -> None:
    events = [{"event": "STATEMENT_ISSUED"}]
    asked = {"idempotencyKey": "few", "url": listening.receiver.url(), "events": events}
    async with nothing_moves(listening.world):
        answer = await listening.edge.post(
            "bakery-till", CREATE, {"input": asked}, scope="webhooks:manage points:award"
        )
    refused = answer.json()["data"]["createWebhookEndpoint"]
    assert codes(refused) == [_EVENTS]
    assert "settlement:read" in refused["userErrors"][0]["message"]


@pytest.mark.parametrize("events", [[], [*AWARDS, *AWARDS]])
async def test_events_are_named_once_each(
    listening: Listening, events: list[dict[str, str]]
) -> None:
    async with nothing_moves(listening.world):
        refused = await listening.ask(
            CREATE, idempotencyKey="e", url=listening.receiver.url(), events=events
        )
    assert codes(refused) == [_EVENTS]


async def test_without_the_scope_there_are_no_webhooks(listening: Listening) -> None:
    answer = await listening.edge.post("bakery-till", ENDPOINTS, scope="points:award")
    assert answer.json()["errors"][0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"


async def test_what_a_person_had_told_ends_with_its_login_until_another_takes_it_on(
    listening: Listening, ada: Person
) -> None:
    world = listening.world
    boss, other = await a_person_of(world, "bakery"), await a_person_of(world, "bakery")
    listening.edge.bear("bakery-till", boss.token)
    made = await listening.register()
    await world.award("bakery", ada, "50.00")
    assert (await listening.round()).delivered == 1
    async with administering(world.addresses) as connection:
        await close_login(connection, boss.email)
    await world.award("bakery", ada, "50.00")
    done = await listening.later(days=1)
    assert (done.queued, done.delivered, done.to_retry, done.dead) == (1, 0, 0, 0)
    listening.edge.bear("bakery-till", other.token)
    changed = await listening.ask(
        CHANGE, webhookEndpointId=made["webhookEndpoint"]["id"], events=AWARDS
    )
    assert codes(changed) == []
    assert (await listening.round()).delivered == 1, "what waited is told"


async def test_an_endpoint_is_told_no_more_than_the_roles_of_its_person_hold(
    listening: Listening, ada: Person
) -> None:
    world = listening.world
    boss = await a_person_of(world, "bakery")
    listening.edge.bear("bakery-till", boss.token)
    made = await listening.register()
    async with administering(world.addresses) as connection:
        await change_roles(connection, boss.email, ["developer"])
    await world.award("bakery", ada, "50.00")
    assert (await listening.round()).dead == 1
    assert listening.receiver.received == []
    listening.edge.bear("bakery-till", (await a_person_of(world, "bakery")).token)
    (told,) = await listening.deliveries(made["webhookEndpoint"]["id"])
    assert told["deadReason"] == "NOT_ALLOWED"


async def test_the_operator_sees_endpoints_and_makes_none(listening: Listening) -> None:
    made = await listening.register()
    for brand in ("bakery-till", "operator"):
        (seen,) = await listening.edge.ask(brand, ENDPOINTS)
        assert seen["id"] == made["webhookEndpoint"]["id"]
    asked = {"idempotencyKey": "o", "url": listening.receiver.url(), "events": AWARDS}
    answer = await listening.edge.post("operator", CREATE, {"input": asked})
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_client_that_lost_a_scope_is_not_told_what_needed_it(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register()
    await listening.world.award("bakery", ada, "50.00")
    async with administering(listening.world.addresses) as connection:
        await connection.execute(
            sa.update(client).where(client.c.id == "bakery-till").values(scopes=["webhooks:manage"])
        )
    assert (await listening.round()).dead == 1
    assert listening.receiver.received == []
    (delivery,) = await listening.deliveries(made["webhookEndpoint"]["id"])
    assert (delivery["deadReason"], delivery["attempts"]) == ("NOT_ALLOWED", [])


async def test_a_revoked_client_pauses_its_endpoints(listening: Listening, ada: Person) -> None:
    await listening.register()
    await listening.world.award("bakery", ada, "50.00")
    async with administering(listening.world.addresses) as connection:
        await revoke_client(connection, "bakery-till")
    done = await listening.round()
    assert (done.queued, done.delivered, done.dead) == (1, 0, 0)
    async with administering(listening.world.addresses) as connection:
        await connection.execute(
            sa.update(client).where(client.c.id == "bakery-till").values(status="active")
        )
    assert (await listening.round()).delivered == 1


async def test_a_suspended_brand_is_told_nothing_until_it_is_back(
    listening: Listening, ada: Person
) -> None:
    await listening.register()
    await listening.world.award("bakery", ada, "50.00")
    await _set_status(listening, "suspended")
    assert (await listening.round()).delivered == 0
    assert listening.receiver.received == []
    await _set_status(listening, "active")
    assert (await listening.round()).delivered == 1


async def test_a_suspended_brand_makes_no_endpoint(listening: Listening) -> None:
    await _set_status(listening, "suspended")
    async with nothing_moves(listening.world):
        refused = await listening.ask(
            CREATE, idempotencyKey="s", url=listening.receiver.url(), events=AWARDS
        )
    assert codes(refused) == ["PARTNER_SUSPENDED"]


async def _set_status(listening: Listening, status: str) -> None:
    async with administering(listening.world.addresses) as connection:
        await connection.execute(
            sa.update(partner).where(partner.c.code == "bakery").values(status=status)
        )
    await listening.world.office.read_terms()


async def test_another_brand_sees_nothing_and_is_told_nothing(
    listening: Listening, ada: Person
) -> None:
    made = await listening.register("bakery-till")
    endpoint = made["webhookEndpoint"]["id"]
    await listening.register("grocer-till", url=listening.receiver.url("/grocer"))
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    (told,) = listening.receiver.received
    assert told.path == "/hooks"
    unknown = "whk_" + "a" * 26
    for one in (endpoint, told.id, unknown, "dlv_" + "a" * 26):
        assert await listening.edge.ask("grocer-till", DELIVERIES, id=one) is None
    listed = await listening.edge.ask("grocer-till", ENDPOINTS)
    assert [one["url"] for one in listed] == [listening.receiver.url("/grocer")]
    assert listed[0]["deliveries"]["nodes"] == []
    key = {"idempotencyKey": "strange"}
    for document, more in (
        (CHANGE, {"enabled": False}), (DELETE, {}), (ROTATE, key), (TEST, key),
        (REPLAY, {"since": "2026-01-01T00:00:00Z"}),
    ):  # fmt: skip
        async with nothing_moves(listening.world):
            answers = [
                await listening.ask(document, "grocer-till", webhookEndpointId=one, **more)
                for one in (endpoint, unknown, "nonsense")
            ]
        assert codes(answers[0]) == ["WEBHOOK_NOT_FOUND"]
        assert answers[0] == answers[1] == answers[2]
    async with nothing_moves(listening.world):
        answers = [
            await listening.ask(RESEND, "grocer-till", deliveryId=one)
            for one in (told.id, "dlv_" + "a" * 26)
        ]
    assert codes(answers[0]) == ["WEBHOOK_DELIVERY_NOT_FOUND"]
    assert answers[0] == answers[1]


async def test_who_changes_an_endpoint_lends_it_its_own_rights(
    world_with_two_clients: Listening,
) -> None:
    """Otherwise a client with few rights could lead to itself what another one may see."""
    listening = world_with_two_clients
    made = await listening.register("bakery-till")
    endpoint = made["webhookEndpoint"]["id"]
    async with nothing_moves(listening.world):
        refused = await listening.ask(
            CHANGE, "bakery-hooks", webhookEndpointId=endpoint,
            url=listening.receiver.url("/elsewhere"),
        )  # fmt: skip
    assert codes(refused) == [_EVENTS]
    changed = await listening.ask(
        CHANGE, "bakery-hooks", webhookEndpointId=endpoint, url=listening.receiver.url("/else"),
        events=[{"event": "MEMBER_ENROLLED"}],
    )  # fmt: skip
    assert codes(changed) == []
    assert changed["webhookEndpoint"]["client"] == "bakery-hooks"
    await listening.world.enrol("Ada", brand="bakery")
    await listening.round()
    assert [one.path for one in listening.receiver.received] == ["/else"]


@pytest.fixture
async def world_with_two_clients(world: World) -> AsyncIterator[Listening]:
    hooks = a_client("bakery-hooks", scopes=["webhooks:manage", "members:enrol"])
    brands = [a_bakery(clients=[a_client("bakery-till"), hooks]), a_grocer()]
    async with a_listener(world, brands=brands) as made:
        yield made


async def test_the_same_key_makes_one_endpoint_and_shows_its_secret_once(
    listening: Listening,
) -> None:
    made = await listening.register()
    assert made["secret"].startswith("whsec_")
    async with nothing_moves(listening.world):
        again = await listening.register()
        assert (again["secret"], again["replayed"]) == (None, True)
        assert again["webhookEndpoint"]["id"] == made["webhookEndpoint"]["id"]
        other = await listening.ask(
            CREATE, idempotencyKey="endpoint", url=listening.receiver.url("/b"), events=AWARDS
        )
    assert codes(other) == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_secret_is_in_no_answer_and_in_no_log(
    listening: Listening, ada: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await listening.register()
    listening.receiver.answer = lambda _: said(500, "sorry")
    await listening.world.award("bakery", ada, "50.00", reference="till-1")
    await listening.round()
    endpoint = made["webhookEndpoint"]["id"]
    seen = await listening.edge.ask("bakery-till", DELIVERIES, id=endpoint)
    written = capsys.readouterr()
    everything = str(seen) + written.out + written.err
    assert made["secret"] not in everything
    assert made["secret"].removeprefix("whsec_") not in everything
    assert "till-1" not in everything
    assert "outcome=RETRY" in written.out + written.err


async def test_a_brand_has_twenty_endpoints_at_most(listening: Listening) -> None:
    for number in range(MOST_ENDPOINTS):
        last = await listening.register(key=f"k-{number}")
    async with nothing_moves(listening.world):
        refused = await listening.ask(
            CREATE, idempotencyKey="one-more", url=listening.receiver.url(), events=AWARDS
        )
    assert codes(refused) == ["TOO_MANY_WEBHOOKS"]
    await listening.ask(DELETE, webhookEndpointId=last["webhookEndpoint"]["id"])
    await listening.register(key="one-more")
