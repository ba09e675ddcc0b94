"""What a member's own app may ask: itself, its ledger under filters, and what a purchase brings."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from coalition.access import Scope
from tests.oauth.conftest import brands
from tests.oauth.people import Browser, a_code, a_login, exchange
from tests.support import Person, World, assert_books_balance, nothing_moves
from tests.support.edge import Edge, Json, edge_of

SELF = """{ viewer { member { profile { givenName locale timeZone cards }
  balance { pending becoming { spendableFrom points } } } } }"""
HISTORY = """query ($partner: ID, $kinds: [EntryKind!], $from: DateTime, $until: DateTime,
  $after: String, $first: Int = 50) { viewer { member { history(first: $first, after: $after,
  partner: $partner, kinds: $kinds, occurredFrom: $from, occurredUntil: $until) {
    nodes { kind points pointsAfter award { points } redemption { points } }
    pageInfo { hasNextPage endCursor } } } } }"""
PROGRAMME = """{ programme { name pointName pointValue currency timeZone pendingDays
  partners { id code } offers { pointsPerUnit excludes minimumRedemption
    partner { code } promotions { name } } } }"""
ESTIMATE = """query ($partner: ID!, $amount: MoneyInput!) {
  estimateEarning(partner: $partner, amount: $amount) {
    points value { amount currency } explanation { points } spendableFrom expiresOn
    partner { code } } }"""


@dataclass
class App:
    """Mia's own app, with her leave to see her points."""

    edge: Edge

    async def ask(self, document: str, **variables: object) -> Json:
        answer = await self.edge.post("mia", document, variables)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        assert "errors" not in body, body
        data: Json = body["data"]
        return data

    async def refused(self, document: str, **variables: object) -> str:
        body = (await self.edge.post("mia", document, variables)).json()
        code: str = body["errors"][0]["extensions"]["code"]
        return code


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply(brands=brands(), pending_days="14")
    async with edge_of(world, applied.new_secrets) as made:
        yield made


@pytest.fixture
async def mia(world: World, edge: Edge) -> Person:
    del edge
    return await world.enrol("Mia", card="7001")


@pytest.fixture
async def app(world: World, edge: Edge, mia: Person) -> App:
    await a_login(world, "mia@example.com", member=mia)
    browser = Browser(edge.http)
    await browser.enter(world, "mia@example.com")
    code, challenge = await a_code(browser)
    token = (await exchange(edge, code, challenge)).json()["access_token"]
    edge.bear("mia", token)
    return App(edge)


async def test_a_member_sees_itself_and_when_points_come(
    app: App, world: World, mia: Person
) -> None:
    await world.award("grocer", mia, "30.00")
    await world.award("bakery", mia, "10.00", at=world.now - timedelta(days=3))
    member = (await app.ask(SELF))["viewer"]["member"]
    assert member["profile"] == {
        "givenName": "Mia", "locale": None, "timeZone": None, "cards": ["7001"],
    }  # fmt: skip
    assert member["balance"] == {
        "pending": "50",
        "becoming": [
            {"spendableFrom": "2026-03-26T12:00:00Z", "points": "20"},
            {"spendableFrom": "2026-03-29T12:00:00Z", "points": "30"},
        ],
    }


async def test_the_soonest_days_on_which_points_end_are_answered_if_no_more_are_asked_for(
    app: App, world: World, mia: Person
) -> None:
    await world.apply(brands=brands(), expiry={"kind": "rolling", "months": "12"})
    for days in (3, 2, 1):
        await world.award("grocer", mia, "30.00", at=world.now - timedelta(days=days))
    asked = (
        "{ viewer { member { balance { all: expiring { on } some: expiring(first: 2) { on } } } } }"
    )
    balance = (await app.ask(asked))["viewer"]["member"]["balance"]
    assert [one["on"] for one in balance["all"]] == ["2027-03-12", "2027-03-13", "2027-03-14"]
    assert balance["some"] == balance["all"][:2]
    none = await app.edge.post("mia", asked.replace("first: 2", "first: 0"))
    assert "first must be 1 to 100, not 0." in none.text


async def test_history_is_filtered_and_each_entry_knows_what_there_was_after_it(
    app: App, world: World, mia: Person
) -> None:
    old = world.now - timedelta(days=60)
    await world.award("grocer", mia, "100.00", at=old)
    await world.award("bakery", mia, "50.00", at=old)
    await world.redeem("grocer", mia, 30)
    hold = await world.hold("grocer", mia, 20)
    await world.release("grocer", hold)

    async def shown(**asked: object) -> list[tuple[str, str, str]]:
        data = await app.ask(HISTORY, **asked)
        nodes = data["viewer"]["member"]["history"]["nodes"]
        return [(one["kind"], one["points"], one["pointsAfter"]) for one in nodes]

    everything = await shown()
    assert everything == [
        ("HOLD_RELEASE", "20", "170"), ("HOLD", "-20", "150"), ("REDEMPTION", "-30", "170"),
        ("AWARD", "100", "200"), ("AWARD", "100", "100"),
    ]  # fmt: skip
    partners = (await app.ask(PROGRAMME))["programme"]["partners"]
    numbers = {one["code"]: one["id"] for one in partners}
    assert await shown(partner=numbers["bakery"]) == [("AWARD", "100", "200")]
    assert await shown(kinds=["REDEMPTION", "HOLD"]) == everything[1:3]
    assert await shown(**{"from": world.now.isoformat()}) == everything[:3]
    assert await shown(until=world.now.isoformat()) == everything[3:]
    assert await shown(kinds=[]) == []
    for nobody in ("prt_nothing", "mbr_x", ""):
        assert await shown(partner=nobody) == []
    page = (await app.ask(HISTORY, first=1, kinds=["AWARD"]))["viewer"]["member"]["history"]
    assert page["pageInfo"]["hasNextPage"]
    rest = await shown(after=page["pageInfo"]["endCursor"], kinds=["AWARD"])
    assert rest == [("AWARD", "100", "100")]
    await assert_books_balance(world)


async def test_a_member_sees_what_it_earns_where_and_no_price(app: App) -> None:
    found = (await app.ask(PROGRAMME))["programme"]
    assert (found["name"], found["pendingDays"], found["pointValue"]) == (
        "Market Street", 14, "0.005",
    )  # fmt: skip
    assert [(one["partner"]["code"], one["pointsPerUnit"]) for one in found["offers"]] == [
        ("grocer", "1"), ("bakery", "2"),
    ]  # fmt: skip
    prices = "{ programme { offers { partner { agreements { issuePrice } } } } }"
    assert await app.refused(prices) == "FORBIDDEN"


async def test_a_brand_that_is_suspended_offers_nothing(app: App, world: World) -> None:
    """Asked at a server that has just begun: another one knows it within seconds."""
    await world.apply(brands=[*brands()[:1], brands()[1] | {"status": "suspended"}])
    async with edge_of(world, {}) as newly_begun:
        newly_begun.bear("mia", await app.edge.token("mia"))
        found = (await App(newly_begun).ask(PROGRAMME))["programme"]
    assert [one["partner"]["code"] for one in found["offers"]] == ["grocer"]
    assert [one["code"] for one in found["partners"]] == ["grocer", "bakery"]


async def test_an_estimate_is_what_the_award_gives_and_moves_nothing(
    app: App, world: World, mia: Person
) -> None:
    partners = (await app.ask(PROGRAMME))["programme"]["partners"]
    bakery = next(one["id"] for one in partners if one["code"] == "bakery")

    def money(amount: str, currency: str = "USD") -> Json:
        return {"amount": amount, "currency": currency}

    async with nothing_moves(world):
        found = (await app.ask(ESTIMATE, partner=bakery, amount=money("12.34")))["estimateEarning"]
        assert found == {
            "points": "24", "value": {"amount": "0.12", "currency": "USD"},
            "explanation": [{"points": "24"}], "spendableFrom": "2026-03-29T12:00:00Z",
            "expiresOn": None, "partner": {"code": "bakery"},
        }  # fmt: skip
        for asked, code in (
            ({"partner": bakery, "amount": money("0.10")}, "NOTHING_EARNED"),
            ({"partner": bakery, "amount": money("-1")}, "AMOUNT_NOT_POSITIVE"),
            ({"partner": bakery, "amount": money("1", "EUR")}, "CURRENCY_NOT_AGREED"),
            ({"partner": "prt_nothing", "amount": money("1")}, "NO_AGREEMENT_ON_DATE"),
        ):
            assert await app.refused(ESTIMATE, **asked) == code
    await world.award("bakery", mia, "12.34")
    assert (await world.balance(mia)).pending == 24


async def test_brands_see_none_of_it(edge: Edge, world: World, app: App) -> None:
    """Security checklist, line 6."""
    del world, app
    for document in (
        "{ programme { offers { pointsPerUnit } } }",
        '{ estimateEarning(partner: "x", amount: {amount: "1", currency: "USD"}) { points } }',
        '{ member(ref: {card: "7001"}) { profile { cards } } }',
    ):
        answer = await edge.post("grocer-till", document, scope=str(Scope.MEMBERS_READ))
        assert answer.status_code == 403, answer.text
    named = await edge.post("grocer-till", "{ programme { name } }")
    assert named.json()["data"] == {"programme": {"name": "Market Street"}}
