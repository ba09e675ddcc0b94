"""Payment cards by which brands know who has bought: linked with the member's leave, known by a
token at one brand, and ended at once.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from lxml import html
from structlog.testing import capture_logs

from coalition import members
from coalition.access import Actor, ActorKind, Scope
from coalition.kit.errors import NotAllowed
from coalition.members.luhn import holds_card_number
from coalition.members.payment_cards import MOST_CARDS
from tests.oauth.people import SHOP, Browser, a_code, a_login, exchange
from tests.support import (
    Person,
    World,
    a_bakery,
    a_client,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)
from tests.support.cards import link_card
from tests.support.edge import AWARD, HOLD, REDEEM, Edge, Json, a_purchase, codes, edge_of
from tests.support.waiting import until_it_waits
from tests.web.people import Reader, text_of

LINK = """mutation ($input: LinkPaymentCardInput!) { linkPaymentCard(input: $input) {
  card { id label lastFour validUntil linkedWith lastUsedAt partner { code } }
  userErrors { code message field } } }"""
UNLINK = """mutation ($input: UnlinkPaymentCardInput!) { unlinkPaymentCard(input: $input) {
  unlinked userErrors { code } } }"""
CARDS = "{ paymentCards { id label lastUsedAt partner { code } } }"
FIND = "query ($token: String!) { member(ref: {paymentCard: $token}) { id } }"
TOKEN, NUMBER = "acq_5f1c09ab77e2", "4111111111111111"
CARD = {"token": TOKEN, "label": "Visa", "lastFour": "4242", "validUntil": "2028-03"}


def _shop(brand: str) -> dict[str, object]:
    return {
        "id": f"{brand}-shop", "name": f"The {brand}'s app", "authentication": "none",
        "scopes": ["member:cards", "member:read"], "redirect_uris": [SHOP],
        "grants": ["authorization_code", "refresh_token"],
    }  # fmt: skip


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    grocer = a_grocer(clients=[a_client("grocer-till"), _shop("grocer")], minimum_redemption="10")
    bakery = a_bakery(clients=[a_client("bakery-till"), _shop("bakery")])
    applied = await world.apply(brands=[grocer, bakery])
    async with edge_of(world, applied.new_secrets) as made:
        yield made


@pytest.fixture
async def mia(world: World, edge: Edge) -> Person:
    who = await world.enrol("Mia", card="7001")
    await a_login(world, "mia@example.com", member=who)
    await Browser(edge.http).enter(world, "mia@example.com")
    return who


async def _allows(edge: Edge, brand: str, scope: str = "member:cards") -> str:
    """Whoever has signed in lets the brand's app act, on its consent page; the app asks so."""
    code, challenge = await a_code(Browser(edge.http), client_id=f"{brand}-shop", scope=scope)
    answer = await exchange(edge, code, challenge, f"{brand}-shop")
    edge.bear(f"mia's {brand}", answer.json()["access_token"])
    return f"mia's {brand}"


def _paid(reference: str, token: str = TOKEN) -> Json:
    return {
        "idempotencyKey": f"key-{reference}", "member": {"paymentCard": token},
        "purchase": a_purchase(reference, "40.00"),
    }  # fmt: skip


def _for(who: Person, client: str = "grocer-shop") -> Actor:
    return Actor(ActorKind.MEMBER, client, frozenset({Scope.MEMBER_CARDS}), member_id=who.member_id)


async def _link(world: World, who: Person, token: str = TOKEN, client: str = "grocer-shop") -> int:
    return await link_card(world, who, token, client=client)


async def test_a_purchase_paid_with_a_linked_card_finds_its_member_until_it_is_unlinked(
    world: World, edge: Edge, mia: Person
) -> None:
    shown = await edge.http.get(
        "/oauth/authorize",
        params={
            "response_type": "code", "client_id": "grocer-shop", "redirect_uri": SHOP,
            "scope": "member:cards", "code_challenge": "x" * 43, "code_challenge_method": "S256",
        },
    )  # fmt: skip
    assert "Harvest Grocer" in text_of(shown)
    assert "link your payment cards, so that paying with them brings points" in text_of(shown)
    app = await _allows(edge, "grocer")
    linked = await edge.ask(app, LINK, input=CARD)
    assert codes(linked) == []
    assert linked["card"] | {"id": ""} == {
        "id": "", "label": "Visa", "lastFour": "4242", "validUntil": "2028-03",
        "linkedWith": "The grocer's app", "lastUsedAt": None, "partner": {"code": "grocer"},
    }  # fmt: skip
    assert (await edge.ask("grocer-till", FIND, token=TOKEN))["id"]
    paid = await edge.ask("grocer-till", AWARD, input=_paid("r1"))
    assert (paid["award"]["points"], codes(paid)) == ("40", [])
    assert (await world.balance(mia)).available == 40

    pages = Reader(edge.http)
    page = await pages.get("/app/linked")
    said = text_of(page)
    assert "Visa ending in 4242 Harvest Grocer" in said
    assert "with The grocer's app Last purchase on Mar 10, 2026" in said
    assert "Valid until March 2028" in said
    assert "Knows you by: a payment card that you have linked" in said
    assert TOKEN not in page.text
    assert "Payment card linked" in text_of(await pages.get("/app/security"))
    (number,) = html.fromstring(page.text).xpath("//input[@name='card' and @type='hidden']/@value")
    done = await pages.post("/app/linked/payment-card/end", card=number)
    assert done.headers["location"] == "/app/linked?done=unlinked"
    said = text_of(await pages.get("/app/linked?done=unlinked"))
    assert "Paying with this card brings no points any more" in said
    assert "ending in 4242" not in said

    async with nothing_moves(world):
        after = await edge.ask("grocer-till", AWARD, input=_paid("r2"))
    assert codes(after) == ["MEMBER_NOT_FOUND"]
    # A receipt that was answered before is answered alike: the till may have lost it.
    assert (await edge.ask("grocer-till", AWARD, input=_paid("r1")))["replayed"]
    await assert_books_balance(world)


async def test_a_token_says_nothing_at_another_brand(world: World, edge: Edge, mia: Person) -> None:
    await _link(world, mia)
    async with nothing_moves(world):
        foreign = await edge.post("bakery-till", AWARD, {"input": _paid("r1")})
        unknown = await edge.post("bakery-till", AWARD, {"input": _paid("r1", "acq_nobody")})
        assert foreign.content == unknown.content
        assert codes(foreign.json()["data"]["awardPoints"]) == ["MEMBER_NOT_FOUND"]
        assert await edge.ask("bakery-till", FIND, token=TOKEN) is None
        assert await edge.ask("bakery-till", UNLINK, input={"token": TOKEN}) == {
            "unlinked": False, "userErrors": [],
        }  # fmt: skip
    bakers = await _allows(edge, "bakery")
    assert await edge.ask(bakers, CARDS) == []
    # The same token there may be anybody's: acquirers do not know of each other.
    bo = await world.enrol("Bo", card="7002")
    await _link(world, bo, client="bakery-shop")
    assert (await edge.ask("bakery-till", AWARD, input=_paid("r2")))["award"]["points"] == "80"
    assert (await world.balance(mia)).available == 0


NUMBERS = (
    NUMBER, "4111 1111 1111 1111", "4111-1111-1111-1111", "\uff14111111111111111",
    f"tok_{NUMBER}", "378282246310005", "6304000000000000",
)  # fmt: skip


async def test_the_number_of_a_card_is_not_taken_and_not_repeated(
    world: World, edge: Edge, mia: Person
) -> None:
    del mia
    app = await _allows(edge, "grocer")
    for number in NUMBERS:
        with capture_logs() as logs:
            async with nothing_moves(world, besides=("person_request",)):
                answers = [
                    await edge.post(app, LINK, {"input": CARD | {"token": number}}),
                    await edge.post(app, LINK, {"input": CARD | {"label": number}}),
                    await edge.post("grocer-till", AWARD, {"input": _paid("r1", number)}),
                    await edge.post("grocer-till", UNLINK, {"input": {"token": number}}),
                ]
        for answer in answers:
            (payload,) = answer.json()["data"].values()
            assert codes(payload) == ["CARD_NUMBER_NOT_ALLOWED"], number
            assert number not in answer.text
        assert number not in str(logs)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("4111111111111112", False), ("acq_5f1c09ab77e2", False), ("411111111111111", False),
     ("123e4567-e89b-12d3-a456-426614174001", False), ("Visa 4111.1111.1111.1111", True),
     ("card 4111111111111111 of Mia", True), ("4111 1111 1111 1111 12/28", True),
     ("12/28, 4111\u20131111\u20131111\u20131111", True), ("4111*1111*1111*1111", True),
     ("\u0664" + 15 * "\u0661", True), ("12345678-1234-4234-8234-123456789015", False)],
)  # fmt: skip
def test_what_is_no_number_of_a_card_may_be_a_token(text: str, *, is_one: bool) -> None:
    assert holds_card_number(text) is is_one


async def test_what_a_card_is_said_to_be_is_looked_at(
    world: World, edge: Edge, mia: Person
) -> None:
    del mia
    app = await _allows(edge, "grocer")
    for field, wrong in (
        ("lastFour", "42"), ("lastFour", "٤٢٤٢"), ("validUntil", "2028-13"),
        ("validUntil", "2020-03"), ("label", "x" * 41), ("token", ""),
    ):  # fmt: skip
        async with nothing_moves(world, besides=("person_request",)):
            (error,) = (await edge.ask(app, LINK, input=CARD | {field: wrong}))["userErrors"]
        assert error["field"] == [field]


async def test_a_number_that_was_sent_where_no_number_belongs_is_not_repeated(
    world: World, edge: Edge, mia: Person
) -> None:
    del mia
    app = await _allows(edge, "grocer")
    written = f"""mutation {{ linkPaymentCard(input: {{token: {NUMBER}, label: "Visa",
      lastFour: "4242"}}) {{ userErrors {{ code }} }} }}"""
    async with nothing_moves(world, besides=("person_request",)):
        for document, variables in (
            (written, {}), (LINK, {"input": CARD | {"token": int(NUMBER)}}),
        ):  # fmt: skip
            answer = await edge.post(app, document, variables)
            assert answer.json()["errors"]
            assert NUMBER not in answer.text


@pytest.mark.parametrize("by", ["externalId", "paymentCard"])
async def test_what_is_wrong_about_a_member_is_named_as_it_was_sent(edge: Edge, by: str) -> None:
    answer = await edge.ask("grocer-till", AWARD, input=_paid("r1") | {"member": {by: " "}})
    (error,) = answer["userErrors"]
    assert error["field"] == ["member", by]
    assert error["message"].startswith(by)


async def test_points_are_not_spent_by_who_pays_with_somebodys_card(
    world: World, edge: Edge, mia: Person
) -> None:
    await _link(world, mia)
    await world.award("grocer", mia, "100.00")
    wanted = {"idempotencyKey": "s1", "member": {"paymentCard": TOKEN}, "points": "20",
              "reference": "b1"}  # fmt: skip
    async with nothing_moves(world):
        for document in (HOLD, REDEEM):
            answer = await edge.ask("grocer-till", document, input=wanted)
            assert codes(answer) == ["IDENTIFIER_NOT_VALID"]


async def test_only_a_brands_program_with_leave_for_it_links_cards(
    world: World, edge: Edge, mia: Person
) -> None:
    looks_only = await _allows(edge, "grocer", "member:read")
    async with nothing_moves(world):
        refused = (await edge.post(looks_only, LINK, {"input": CARD})).json()
        assert refused["errors"][0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"
        # The programme's own pages see no payments.
        with pytest.raises(NotAllowed, match="of no brand"):
            await _link(world, mia, client="web")


async def test_one_card_is_one_members_however_many_ask_at_once(
    world: World, edge: Edge, mia: Person
) -> None:
    del edge
    crowd = [mia, *[await world.enrol(f"Bo {n}", card=f"800{n}") for n in range(4)]]
    outcomes = await asyncio.gather(*(_link(world, who) for who in crowd), return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, members.IdentifierTaken)]
    assert (len(refused), sum(isinstance(one, int) for one in outcomes)) == (4, 1)
    # Its holder says it again: it is the same one.
    (holder,) = [who for who, one in zip(crowd, outcomes, strict=True) if isinstance(one, int)]
    assert await _link(world, holder) in outcomes


async def test_a_member_links_twenty_cards_at_a_brand_and_no_more(
    world: World, edge: Edge, mia: Person
) -> None:
    for number in range(MOST_CARDS):
        await _link(world, mia, f"acq_{number}")
    app = await _allows(edge, "grocer")
    again = await edge.ask(app, LINK, input=CARD | {"token": "acq_0"})
    assert codes(again) == []
    async with nothing_moves(world, besides={"person_request"}):
        refused = await edge.ask(app, LINK, input=CARD)
    assert codes(refused) == ["TOO_MANY_CARDS"]
    # Another brand has its own.
    assert await _link(world, mia, client="bakery-shop")


async def test_with_the_permission_ends_what_was_linked_by_it(
    world: World, edge: Edge, mia: Person
) -> None:
    grocers, bakers = await _allows(edge, "grocer"), await _allows(edge, "bakery")
    await edge.ask(grocers, LINK, input=CARD)
    await edge.ask(bakers, LINK, input=CARD | {"token": "acq_other"})
    pages = Reader(edge.http)
    asked = text_of(await pages.get("/app/linked/end?program=grocer-shop"))
    assert "Paying with cards that it has linked brings no points any more" in asked
    await pages.post("/app/linked/end", program="grocer-shop")
    async with nothing_moves(world):
        assert codes(await edge.ask("grocer-till", AWARD, input=_paid("r1"))) == [
            "MEMBER_NOT_FOUND"
        ]
    paid = await edge.ask("bakery-till", AWARD, input=_paid("r1", "acq_other"))
    assert paid["award"]["points"] == "80"
    assert (await world.balance(mia)).available == 80


async def test_a_card_that_is_linked_while_its_permission_ends_is_not_left_behind(
    world: World, edge: Edge, mia: Person
) -> None:
    app = await _allows(edge, "grocer")
    pages = Reader(edge.http)
    await pages.get("/app/linked/end?program=grocer-shop")
    linked = """SELECT verbs.link_payment_card($1, 'acq_late', 'Visa', '4242', NULL, 20, now(),
      'grocer-shop', NULL, gen_random_uuid())"""
    async with world.superuser.transaction():
        await world.superuser.fetch(linked, mia.member_id)
        ended = asyncio.create_task(pages.post("/app/linked/end", program="grocer-shop"))
        await until_it_waits(world, ended)
    assert (await ended).status_code == 303
    assert await world.rows("SELECT 1 FROM payment_card") == []

    app = await _allows(edge, "grocer")
    ends = "SELECT verbs.end_permission(id, 'grocer-shop', now()) FROM login"
    async with world.superuser.transaction():
        await world.superuser.fetch(ends)
        refused = asyncio.create_task(edge.post(app, LINK, {"input": CARD}))
        await until_it_waits(world, refused)
    (error,) = (await refused).json()["errors"]
    assert error["message"] == "The member has ended the permission of this program."
    assert await world.rows("SELECT 1 FROM payment_card") == []


async def test_a_brand_unlinks_what_its_customer_has_taken_away(
    world: World, edge: Edge, mia: Person
) -> None:
    card = await _link(world, mia)
    bo = await world.enrol("Bo", card="7002")
    async with nothing_moves(world):
        for other in (_for(bo), _for(mia, "bakery-shop")):
            assert not await members.unlink_payment_card(world.office, actor=other, card_id=card)
    for ended in (True, False):
        answer = await edge.ask("grocer-till", UNLINK, input={"token": TOKEN})
        assert answer == {"unlinked": ended, "userErrors": []}
    assert await world.rows("SELECT 1 FROM identifier WHERE kind = 'PAYMENT_CARD'") == []


async def test_a_card_is_linked_and_unlinked_by_many_at_once(
    world: World, edge: Edge, mia: Person
) -> None:
    till = Actor(
        ActorKind.PARTNER, "grocer-till", frozenset({Scope.MEMBERS_ENROL}),
        partner_id=world.partner("grocer").id,
    )  # fmt: skip
    del edge
    for _ in range(10):
        # Each is answered, whether or not the card is still linked by then.
        await asyncio.gather(
            *(_link(world, mia) for _ in range(3)),
            *(members.unlink_payment_card(world.office, actor=till, token=TOKEN) for _ in range(3)),
        )
    counted = "SELECT count(*) FROM payment_card UNION SELECT count(*) FROM identifier WHERE kind"
    assert len(await world.rows(f"{counted} = 'PAYMENT_CARD'")) == 1


async def test_who_has_a_card_now_is_told_of_no_purchase_of_others(
    world: World, edge: Edge, mia: Person
) -> None:
    bo = await world.enrol("Bo", card="7002")
    await _link(world, mia)
    await edge.ask("grocer-till", AWARD, input=_paid("r1"))
    await _link(world, bo, "acq_bo")
    assert codes(await edge.ask("grocer-till", AWARD, input=_paid("r1", "acq_bo"))) == [
        "IDEMPOTENCY_KEY_REUSED"
    ]
    await edge.ask("grocer-till", UNLINK, input={"token": TOKEN})
    await _link(world, bo)
    assert (await edge.ask("grocer-till", AWARD, input=_paid("r1")))["replayed"]
    assert await world.rows("SELECT DISTINCT member_id, last_used_at FROM payment_card") == [
        (bo.member_id, None)
    ]
