"""The till of examples/till: a shop sells to Ada over the public API, on a road that may fail."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from lxml import html

from coalition import redemption
from coalition_client import Client
from coalition_till.counter import Counter
from coalition_till.pages import Pages
from coalition_till.sale import MOST_REMEMBERED, Sales
from tests.support import (
    Person,
    World,
    a_bakery,
    a_florist,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)
from tests.support.catalogue import lock, member_actor
from tests.support.edge import URL, edge_of
from tests.support.road import Road

TILL = "http://127.0.0.1:8100"
BASKET = {"bread": "2", "coffee": "1", "other": "9,70"}  # 8.40 + 11.90 + 9.70 = 30.00


@dataclass
class Shop:
    """Somebody at the till's pages. `road`: from the till to the coalition."""

    http: httpx2.AsyncClient
    road: Road
    secrets: Mapping[str, str]

    async def press(self, path: str, **fields: str) -> httpx2.Response:
        return await self.http.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})

    async def sell(self, basket: Mapping[str, str] | None = None) -> str:
        """The address of a new sale."""
        assert "New sale" in await self.reads("/")
        begun = await self.press("/sales", **(basket or BASKET))
        assert begun.status_code == 303, text_of(begun)
        return str(begun.headers["location"])

    async def reads(self, path: str) -> str:
        return text_of(await self.http.get(path))


def text_of(answer: httpx2.Response) -> str:
    main = html.fromstring(answer.text).find(".//main")
    assert main is not None
    return re.sub(r"\s+", " ", " ".join(main.itertext())).strip()


@pytest.fixture
async def shop(world: World) -> AsyncIterator[Shop]:
    # A till has the time of its own clock; by the coalition's, it has sold a little before.
    world.now = datetime.now(UTC) + timedelta(minutes=2)
    brands = [a_grocer(), a_bakery(), a_florist()]
    secrets = (await world.apply(brands=brands)).new_secrets
    async with edge_of(world, secrets) as edge:
        road = Road(edge.http._transport)
        async with httpx2.AsyncClient(transport=road) as way:
            client = Client(URL, "grocer-till", secrets["grocer-till"], http=way, tries=1)
            pages = Pages(Counter(client), Sales(), f"{URL}/app").application("127.0.0.1")
            transport = httpx2.ASGITransport(app=pages)
            async with httpx2.AsyncClient(transport=transport, base_url=TILL) as http:
                yield Shop(http, road, secrets)


@pytest.fixture
async def ada(world: World, shop: Shop) -> Person:
    """With 4,000 points, which are worth 20.00."""
    del shop
    ada = await world.enrol("Ada", card="70000001", brand="grocer")
    await world.award("bakery", ada, "2000.00", at=world.now - timedelta(hours=1))
    return ada


async def a_code(world: World, who: Person) -> str:
    issued = await redemption.issue_till_token(world.office, actor=member_actor(who), now=world.now)
    return issued.token


async def test_ada_pays_a_part_with_points_earns_and_brings_everything_back(
    world: World, shop: Shop, ada: Person
) -> None:
    sale = await shop.sell()
    assert "To pay 30.00 USD" in await shop.reads(sale)
    held = await shop.press(f"{sale}/points", token=await a_code(world, ada), amount="12.50")
    assert held.status_code == 303
    assert "2,500 points are set aside" in await shop.reads(sale)
    assert (await world.balance(ada)).held == 2500
    paid = await shop.press(f"{sale}/pay", card=ada.card)
    assert paid.status_code == 303
    receipt = await shop.reads(sale)
    assert "Paid in money 17.50 USD" in receipt
    assert "+30 points for card 70000001" in receipt
    assert (await world.balance(ada)).available == 4000 - 2500 + 30
    async with nothing_moves(world):
        for again in ("pay", "points", "cancel", "points/drop"):
            assert (await shop.press(f"{sale}/{again}", card=ada.card)).status_code == 303
    assert (await shop.press(f"{sale}/return", amount="7.50")).status_code == 303
    assert "Give back 7.50 USD." in await shop.reads(sale)
    assert (await world.balance(ada)).available == 4000 - 2500 + 22
    async with nothing_moves(world):
        more = await shop.press(f"{sale}/return", amount="10.01")
        assert (more.status_code, "at most 10.00" in text_of(more)) == (422, True)
    assert (await shop.press(f"{sale}/return", all="1")).status_code == 303
    assert "Give back 10.00 USD. 2,500 points are the customer's again." in await shop.reads(sale)
    assert (await world.balance(ada)).available == 4000
    assert "returned" in await shop.reads("/")
    await assert_books_balance(world)


async def test_points_that_are_set_aside_are_given_back_and_a_sale_is_cancelled(
    world: World, shop: Shop, ada: Person
) -> None:
    sale = await shop.sell()
    await shop.press(f"{sale}/points", token=await a_code(world, ada), amount="5")
    assert (await shop.press(f"{sale}/points/drop")).status_code == 303
    assert (await world.balance(ada)).held == 0
    await shop.press(f"{sale}/points", token=await a_code(world, ada), amount="6")
    assert (await shop.press(f"{sale}/cancel")).status_code == 303
    assert "no points were spent" in await shop.reads(sale)
    assert (await world.balance(ada)).available == 4000
    await assert_books_balance(world)


async def test_what_the_coalition_refuses_is_said_with_what_to_do(
    world: World, shop: Shop, ada: Person
) -> None:
    sale = await shop.sell()
    used = await a_code(world, ada)
    await shop.press(f"{sale}/points", token=used, amount="1")
    await shop.press(f"{sale}/points/drop")

    async def tried(token: str, amount: str = "10", *, is_good: bool = False) -> str:
        before = await world.balance(ada)
        answer = await shop.press(f"{sale}/points", token=token, amount=amount)
        assert answer.status_code == 422
        # A token counts what was refused, so rows move; points do not.
        assert replace(await world.balance(ada), as_of=before.as_of) == before
        page = html.fromstring(answer.text)
        (alert,) = page.xpath('//*[@role="alert"]')
        assert page.xpath('//input[@id="amount"]/@value') == [amount]
        assert page.xpath('//input[@id="token"]/@value') == [token if is_good else ""]
        return " ".join(str(alert.text_content()).split())

    assert "The code has been used. Ask for a new one." in await tried(used)
    assert "no code for this shop" in await tried("made-up")
    late = await a_code(world, ada)
    world.now += timedelta(seconds=61)
    assert "minute is over" in await tried(late)
    assert "not that many points" in await tried(await a_code(world, ada), "25", is_good=True)
    assert "at most 30.00" in await tried(await a_code(world, ada), "30.01", is_good=True)
    assert "Scan the code" in await tried(" ")
    shown = await a_code(world, ada)
    await lock(world, ada)
    assert "locked spending" in await tried(shown)
    async with nothing_moves(world):
        wrong = await shop.press(f"{sale}/pay", card="70000002")
    assert (wrong.status_code, "Nobody has that card" in text_of(wrong)) == (422, True)
    assert (await shop.press(f"{sale}/pay", card="")).status_code == 303
    assert "No card was shown" in await shop.reads(sale)
    assert (await shop.press(f"{sale}/pay", card=ada.card)).status_code == 303
    assert "+30 points" in await shop.reads(sale)
    await assert_books_balance(world)


async def test_an_answer_that_is_lost_is_asked_for_again_and_counts_once(
    world: World, shop: Shop, ada: Person
) -> None:
    sale = await shop.sell()
    code = await a_code(world, ada)
    shop.road.planned = ["lost"]
    lost = await shop.press(f"{sale}/points", token=code, amount="10")
    assert (lost.status_code, "what became of this is not known" in text_of(lost)) == (503, True)
    async with nothing_moves(world):
        other = await shop.press(f"{sale}/pay", card=ada.card)
        assert "Ask again first" in text_of(other)
        assert (await shop.press(f"{sale}/again")).status_code == 303
    assert "2,000 points are set aside" in await shop.reads(sale)
    for happens in ("lost", "cut", 503):
        shop.road.planned = [happens]
        assert (await shop.press(f"{sale}/again")).status_code == 303
    # The points are taken, the answer to the award is lost; the customer goes with its receipt.
    shop.road.planned = ["pass", "lost"]
    assert (await shop.press(f"{sale}/pay", card=ada.card)).status_code == 503
    assert "Paid in money 20.00 USD" in await shop.reads(sale)
    async with nothing_moves(world):
        assert (await shop.press(f"{sale}/again")).status_code == 303
    assert "+30 points" in await shop.reads(sale)
    shop.road.planned = ["pass", "cut"]
    assert (await shop.press(f"{sale}/return", all="1")).status_code == 503
    assert (await shop.press(f"{sale}/again")).status_code == 303
    assert "2,000 points are the customer's again" in await shop.reads(sale)
    assert (await world.balance(ada)).available == 4000
    await assert_books_balance(world)


async def test_points_that_were_held_for_too_long_end_no_sale(
    world: World, shop: Shop, ada: Person
) -> None:
    sale = await shop.sell()
    await shop.press(f"{sale}/points", token=await a_code(world, ada), amount="10")
    world.now += timedelta(hours=1)
    late = await shop.press(f"{sale}/pay", card=ada.card)
    assert (late.status_code, "set aside for too long" in text_of(late)) == (422, True)
    assert "To pay 30.00 USD" in text_of(late)
    assert (await shop.press(f"{sale}/pay", card=ada.card)).status_code == 303
    assert "Paid in money 30.00 USD" in await shop.reads(sale)


async def test_two_presses_at_once_are_one_purchase(world: World, shop: Shop, ada: Person) -> None:
    sale = await shop.sell()
    await shop.press(f"{sale}/points", token=await a_code(world, ada), amount="10")
    pressed = [shop.press(f"{sale}/pay", card=ada.card) for _ in range(4)]
    assert {one.status_code for one in await asyncio.gather(*pressed)} == {303}
    assert (await world.balance(ada)).available == 4000 - 2000 + 30
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("basket", "told"),
    [
        ({}, "The basket is empty"),
        ({"bread": "-1"}, "no number of pieces"),
        ({"bread": "100"}, "no number of pieces"),
        ({"bread": "٣"}, "no number of pieces"),
        ({"other": "ten"}, "ten is no amount"),
        ({"other": "1e9"}, "at most 9999.99"),
        ({"other": "NaN"}, "more than 0"),
        ({"other": "1.005"}, "two decimals"),
        ({"other": "<b>"}, "<b> is no amount"),
    ],
)
async def test_a_basket_that_cannot_be_is_told_with_what_was_typed(
    shop: Shop, basket: dict[str, str], told: str
) -> None:
    answer = await shop.press("/sales", **basket)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert "<b>" not in answer.text
    for name, value in basket.items():
        assert html.fromstring(answer.text).xpath(f'//input[@id="{name}"]/@value') == [value]


async def test_what_another_site_sends_is_not_done(world: World, shop: Shop, ada: Person) -> None:
    sale = await shop.sell()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        async with nothing_moves(world):
            forged = await shop.http.post(f"{sale}/pay", data={"card": ada.card}, headers=headers)
        assert (forged.status_code, "another site" in text_of(forged)) == (403, True)
    # A name of a stranger that leads to this machine (DNS rebinding).
    assert (await shop.http.get("/", headers={"Host": "evil.example"})).status_code == 400
    policy = (await shop.http.get("/")).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    for path in ("/sales/none", "/nothing"):
        assert (await shop.http.get(path)).status_code == 404


async def test_a_till_without_a_coalition_says_so_and_begins_when_there_is_one(shop: Shop) -> None:
    shop.road.planned = ["cut"]
    away = await shop.http.get("/")
    assert (away.status_code, "did not answer" in text_of(away)) == (503, True)
    assert "New sale" in await shop.reads("/")


@pytest.mark.parametrize(
    ("client", "told"),
    [("grocer-till", "does not know this till"), ("florist-till", "Petalwerk sells in EUR")],
)
async def test_a_till_that_cannot_sell_here_says_why(shop: Shop, client: str, told: str) -> None:
    secret = "cs_wrong" if client == "grocer-till" else shop.secrets[client]
    async with httpx2.AsyncClient(transport=shop.road) as way:
        pages = Pages(Counter(Client(URL, client, secret, http=way)), Sales(), f"{URL}/app")
        transport = httpx2.ASGITransport(app=pages.application("127.0.0.1"))
        async with httpx2.AsyncClient(transport=transport, base_url=TILL) as http:
            answer = await http.get("/")
    assert (answer.status_code, told in text_of(answer)) == (503, True)


def test_the_latest_sales_are_remembered_and_no_more() -> None:
    sales = Sales()
    first = sales.open(())
    for _ in range(MOST_REMEMBERED):
        latest = sales.open(())
    assert sales.find(first.number) is None
    assert sales.latest(1) == [latest]


@pytest.mark.parametrize(
    ("secret", "coalition", "told"),
    [
        ("", "http://127.0.0.1:1", "Set COALITION_TILL_SECRET"),
        ("cs_x", "http://points.example.com", "must begin with https"),
    ],
)
def test_a_till_that_is_started_wrongly_says_what_to_do(
    secret: str, coalition: str, told: str
) -> None:
    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "coalition_till", "--coalition", coalition, "--port", "0"],
        check=False, env=os.environ | {"COALITION_TILL_SECRET": secret}, capture_output=True,
        encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert (ran.returncode, told in ran.stderr) == (2, True)
    assert "cs_x" not in ran.stderr
