"""Rewards on the members' pages: looked at, redeemed once, shown at a till, given back."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest
from lxml import html

from coalition import members, redemption
from coalition.catalogue import RewardKind
from coalition.redemption import TillRequest
from tests.oauth.people import PASSWORD
from tests.support import Person, World, assert_books_balance, nothing_moves
from tests.support.catalogue import Counter, a_reward, a_voucher, lock, member_actor
from tests.support.edge import Edge, edge_of
from tests.web.people import Reader, a_reader, text_of

Fields = dict[str, str]


@pytest.fixture
def counter(world: World) -> Counter:
    return Counter(world)


@pytest.fixture
async def rich(world: World, mia: Person) -> Person:
    await world.award("grocer", mia, "1000.00", at=world.now - timedelta(days=3))
    return mia


# That somebody asked is noted, and what looked like theft is told of.
NOTED = ("person_request", "event")


async def _address(reader: Reader, title: str) -> str:
    page = html.fromstring((await reader.get("/app/rewards")).text)
    (found,) = page.xpath(f"//li[@class='reward']//a[text()='{title}']/@href")
    return str(found)


def _form(page: httpx2.Response) -> Fields:
    """What the button of the page would send."""
    inputs = html.fromstring(page.text).xpath("//form[.//input[@name='points']]//input")
    return {one.get("name"): one.get("value") for one in inputs}


async def _shelf(reader: Reader, query: str = "") -> list[str]:
    page = await reader.get(f"/app/rewards{query}")
    found = html.fromstring(page.text).xpath("//li[@class='reward']//h3/a/text()")
    return [str(one) for one in found]


async def test_the_shelves_are_filtered_and_ordered_in_the_address(
    reader: Reader, counter: Counter, rich: Person
) -> None:
    del rich
    await counter.put("bakery", a_reward(code="tea", points=200, category="Drinks"))
    await counter.put("bakery", a_reward(code="cake", points=450, money=150, face_value=900))
    await counter.put("grocer", a_reward(code="hamper", points=1200, stock=0, face_value=9000))
    await counter.put("grocer", a_voucher(code="big-one", points=1120, face_value=500))
    number = await counter.put("grocer", a_voucher(code="five-off", points=500, face_value=500))
    await counter.load("grocer", number, "A1")
    everything = ["Tea", "Cake", "Five Off", "Big One", "Hamper"]
    assert await _shelf(reader) == everything
    for query, found in (
        ("?sort=value", ["Hamper", "Cake", "Five Off", "Big One", "Tea"]),
        ("?brand=bakery", ["Tea", "Cake"]),
        ("?kind=VOUCHER&reach=1", ["Five Off"]),
        ("?least=300&most=1.120", ["Cake", "Five Off", "Big One"]),
        ("?shelf=Drinks", ["Tea"]),
        ("?place=STORE&kind=nonsense", everything),
        ("?brand=nobody", []),
    ):
        assert await _shelf(reader, query) == found, query
    said = text_of(await reader.get("/app/rewards"))
    assert "You have 1,000 points to spend now, worth $5.00." in said
    assert "450 points and $1.50 $1.67 for 100 points" in said
    assert "Hamper Harvest Grocer" in said
    assert "None left just now" in said
    await counter.put("bakery", a_reward(code="grill", points=1500))
    await counter.put("grocer", a_reward(code="sold-out", points=100, stock=0, face_value=9000))
    assert "500 to go" in text_of(await reader.get("/app/rewards"))
    home = text_of(await reader.get("/app"))
    assert "Within reach" in home
    assert "Tea" in home
    assert "Grill" not in home
    assert "Sold Out" not in home, "what nobody can have is not within reach"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("least=many", "Write a number of points like 500."),
        ("least=-5", "Write a number of points like 500."),
        ("most=1.5", "Write a number of points like 500."),
        ("least=900&most=300", "The upper limit is below the lower one."),
    ],
)
async def test_a_wrong_range_keeps_what_was_typed(query: str, words: str, reader: Reader) -> None:
    page = await reader.get(f"/app/rewards?{query}")
    assert page.status_code == 422
    assert words in text_of(page)
    assert 'role="alert"' in page.text
    assert f'value="{query.rpartition("=")[2]}"' in page.text


async def test_a_voucher_is_had_once_however_often_it_is_sent_then_used_or_given_back(
    reader: Reader, world: World, counter: Counter, rich: Person
) -> None:
    await world.apply(expiry={"kind": "rolling", "months": "12"})
    await world.award("bakery", rich, "50.00")
    number = await counter.put("bakery", a_voucher(points=150))
    await counter.load("bakery", number, "FIVE-0001", "FIVE-0002", "FIVE-0003")
    address = await _address(reader, "Five Off")
    review, other_tab = await reader.get(address), await reader.get(address)
    said = text_of(review)
    assert "You have 1,100 Worth $5.50 It costs \N{MINUS SIGN}150 Worth $0.75" in said
    assert "You have after it 950 Worth $4.75" in said
    assert "Earned at Corner Bakery on Mar 15, 2026 Last day: Mar 15, 2027. 100" in said
    assert "They do not end. 50" in said
    assert "within 24 hours, unused" in said
    sent = await asyncio.gather(*(reader.post(address, **_form(review)) for _ in range(3)))
    sent.append(await reader.post(address, **_form(other_tab)))
    (voucher,) = {one.headers["location"] for one in sent}
    assert {one.status_code for one in sent} == {303}
    assert (await world.balance(rich)).available == 950
    shown = await reader.get(voucher)
    assert "It is yours" in text_of(shown)
    assert "FIVE-0001" in text_of(shown)
    assert 'aria-label="QR code of your voucher"' in shown.text
    again = await reader.get(address)
    assert "You have it already" in text_of(again)
    assert _form(again)["key"] != _form(review)["key"], "another one is another claim"
    assert "Ready to use until Jun 13, 2026" in text_of(await reader.get("/app/vouchers"))
    (move,) = html.fromstring((await reader.get("/app")).text).xpath(
        "(//ul[@class='moves']/li)[1]//a/@href"
    )
    movement = await reader.get(move)
    assert "You had after it 950 Worth $4.75 Reward Five Off Written down" in text_of(movement)
    assert f'href="{urlsplit(voucher).path}"' in movement.text
    large = await reader.get(f"{urlsplit(voucher).path}/show")
    assert "FIVE-0001" in text_of(large)

    back = f"{urlsplit(voucher).path}/cancel"
    asked = text_of(await reader.get(back))
    assert "150 points come back to you, with the last days that they had." in asked
    for _ in range(2):
        given = await reader.post(back)
        assert given.status_code == 303
    assert "150 points are back" in text_of(await reader.get(given.headers["location"]))
    assert "FIVE-0001" not in text_of(await reader.get(voucher)), "its code is dead"
    assert (await world.balance(rich)).available == 1100

    second = await reader.post(address, **_form(await reader.get(address)))
    await counter.use("bakery", "FIVE-0002")
    late = await reader.post(f"{urlsplit(second.headers['location']).path}/cancel")
    assert late.status_code == 422
    assert "Nothing was changed" in text_of(late)
    for query, words in (
        ("", "No vouchers to use"), ("?show=used", "Five Off"), ("?show=back", "Given back"),
        ("?show=ended", "Nothing here"),
    ):  # fmt: skip
        assert words in text_of(await reader.get(f"/app/vouchers{query}")), query
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("poor", "You have fewer points to spend than this."),
        ("gone", "None are left."),
        ("dearer", "Its price has just changed."),
        ("locked", "Spending is locked. Open the lock first."),
        ("paused", "for a day nothing is spent."),
        ("had", "You have had this as often as is allowed."),
        ("withdrawn", "It is not available just now."),
        ("tampered", "Its price has just changed."),
        ("suspended", "Your membership rests for now, and spends nothing."),
    ],
)
async def test_what_changed_since_the_page_was_opened_spends_nothing_and_says_what_to_do(
    trouble: str, words: str, reader: Reader, world: World, counter: Counter, rich: Person
) -> None:
    terms = a_reward(points=300, stock=1, per_member=1)
    number = await counter.put("bakery", terms)
    address = await _address(reader, "Coffee")
    form = _form(await reader.get(address))
    match trouble:
        case "poor":
            await world.redeem("grocer", rich, 800)
        case "gone":
            noor = await world.enrol("Noor")
            await world.award("grocer", noor, "500.00")
            await counter.claim(noor, number)
        case "dearer":
            await counter.put("bakery", a_reward(points=400, stock=1))
        case "locked":
            await lock(world, rich)
        case "paused":
            until = world.now + timedelta(hours=3)
            await world.superuser.execute("UPDATE member SET spend_paused_until = $1", until)
        case "had":
            await counter.put("bakery", a_reward(points=300, stock=5, per_member=1))
            await counter.claim(rich, number)
        case "withdrawn":
            await world.superuser.execute("UPDATE reward SET withdrawn_at = $1", world.now)
        case "tampered":
            form["points"] = "0x1"
        case "suspended":
            await world.superuser.execute("UPDATE member SET status = 'suspended'")
    async with nothing_moves(world, besides=NOTED):
        page = await reader.post(address, **form)
    assert page.status_code == 422
    said = text_of(page)
    assert words in said
    assert said.index("Nothing was spent") < said.index(words)
    assert 'role="alert"' in page.text


async def test_a_form_of_another_site_spends_nothing(
    reader: Reader, world: World, counter: Counter, rich: Person
) -> None:
    """Security checklist, line 20."""
    del rich
    await counter.put("bakery", a_reward())
    address = await _address(reader, "Coffee")
    form = _form(await reader.get(address))
    for path in (address, f"{address}/wish", "/app/security/lock"):
        async with nothing_moves(world):
            page = await reader.http.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"})
        assert page.status_code == 403
        assert "Nothing was changed" in text_of(page)


async def test_a_price_that_somebody_made_up_is_no_price(
    reader: Reader, world: World, counter: Counter, rich: Person
) -> None:
    del rich
    await counter.put("bakery", a_reward())
    address = await _address(reader, "Coffee")
    form = _form(await reader.get(address))
    async with nothing_moves(world, besides=("person_request",)):
        for points in ("", "00", "9" * 40, "\u0661\u0665\u0660", "1e2", "-150", "1.5"):
            page = await reader.post(address, **form | {"points": points})
            assert page.status_code == 422, points
            assert "Its price has just changed" in text_of(page)


async def test_who_is_asked_to_show_that_it_is_it_comes_back_and_has_it(
    reader: Reader, world: World, counter: Counter, rich: Person
) -> None:
    await counter.put("bakery", a_reward(points=600))
    await world.redeem("bakery", rich, 10)
    address = await _address(reader, "Coffee")
    form = _form(await reader.get(address))
    await world.superuser.execute("UPDATE session SET proved_at = '2026-03-01'")
    await world.superuser.execute("UPDATE oauth_grant SET proved_at = NULL")
    async with nothing_moves(world, besides=NOTED):
        page = await reader.post(address, **form)
    assert page.status_code == 422
    assert "show first that it is you" in text_of(page)
    (way,) = html.fromstring(page.text).xpath("//a[text()='Confirm that it is you']/@href")
    asked = await reader.get(way)
    (csrf,) = re.findall(r'name="csrf" value="([^"]+)"', asked.text)[:1]
    wrong = await reader.post("/account/confirm", csrf=csrf, password="not hers", next=address)
    assert wrong.status_code == 401
    assert f'name="next" value="{address}"' in wrong.text
    right = await reader.post("/account/confirm", csrf=csrf, password=PASSWORD, next=address)
    assert right.headers["location"] == address
    again = await reader.post(address, **_form(await reader.get(address)))
    assert again.status_code == 303
    evil = await reader.post(
        "/account/confirm", csrf=csrf, password=PASSWORD, next="https://evil.example/"
    )
    assert evil.headers["location"] == "/account"


async def test_of_two_browsers_that_spend_one_balance_one_is_told_why_not(
    reader: Reader, world: World, edge: Edge, counter: Counter, rich: Person
) -> None:
    """Different rewards, each of which takes most of what there is."""
    await counter.put("bakery", a_reward(code="tea", points=700))
    await counter.put("grocer", a_reward(code="cake", points=700))
    await reader.get("/app")
    async with edge_of(world, edge.secrets) as elsewhere:
        elsewhere.http.cookies = httpx2.Cookies(reader.http.cookies)
        readers = (reader, Reader(elsewhere.http))
        addresses = [await _address(reader, title) for title in ("Tea", "Cake")]
        forms = [_form(await one.get(to)) for one, to in zip(readers, addresses, strict=True)]
        sent = await asyncio.gather(
            *(one.post(to, **form) for one, to, form in zip(readers, addresses, forms, strict=True))
        )
    assert sorted(one.status_code for one in sent) == [303, 422]
    (lost,) = [one for one in sent if one.status_code == 422]
    assert "You have fewer points to spend than this." in text_of(lost)
    assert (await world.balance(rich)).available == 300
    await assert_books_balance(world)


@pytest.mark.parametrize("page", ["", "/show", "/cancel", "/events"])
async def test_a_voucher_of_somebody_else_is_what_is_not_there(
    page: str, reader: Reader, world: World, edge: Edge, counter: Counter, rich: Person
) -> None:
    number = await counter.put("bakery", a_reward())
    noor = await world.enrol("Noor")
    await world.award("grocer", noor, "500.00")
    await counter.claim(noor, number)
    await counter.claim(rich, number)
    async with edge_of(world, edge.secrets) as elsewhere:
        hers = await a_reader(world, elsewhere, noor, "noor@example.com")
        listed = html.fromstring((await hers.get("/app/vouchers")).text)
        (address,) = listed.xpath("//li[@class='move']//a/@href")
    foreign = await reader.get(f"{address}{page}")
    unknown = await reader.get(f"/app/vouchers/clm_nothing{page}")
    assert foreign.status_code == unknown.status_code == 404
    assert text_of(foreign) == text_of(unknown)


async def test_each_kind_says_what_it_is_and_how_it_stands(
    reader: Reader, world: World, counter: Counter, rich: Person
) -> None:
    until = world.now + timedelta(days=2)
    kinds = {
        "gift": (a_voucher(kind=RewardKind.GIFT_CARD, face_value=500, cancel_hours=0), "Ready to"),
        "cash": (a_reward(kind=RewardKind.CASH_BACK, face_value=200), "You get $2.00"),
        "good": (
            a_reward(kind=RewardKind.DONATION, face_value=100, charity="Trees"), "Given to Trees"),
        "draw": (
            a_reward(kind=RewardKind.PRIZE_DRAW, winners=1, until_at=until), "Your ticket 1"),
        "thing": (a_reward(money=250), "$2.50 to pay at the brand"),
    }  # fmt: skip
    for code, (terms, words) in kinds.items():
        number = await counter.put("bakery", type(terms)(**{
            name: getattr(terms, name) for name in terms.__dataclass_fields__
        } | {"code": code, "points": 50}))  # fmt: skip
        if code == "gift":
            await counter.load("bakery", number, "GIFT1")
        address = await _address(reader, code.title())
        done = await reader.post(address, **_form(await reader.get(address)))
        said = text_of(await reader.get(done.headers["location"]))
        assert words in said, code
    claims = html.fromstring((await reader.get("/app/vouchers")).text)
    assert len(claims.xpath("//li[@class='move']")) == 4, "a donation is done at once"
    assert (await world.balance(rich)).available == 750


async def test_a_wish_is_kept_with_how_far_it_is(
    reader: Reader, counter: Counter, rich: Person
) -> None:
    del rich
    await counter.put("bakery", a_reward(code="grill", points=1600))
    address = await _address(reader, "Grill")
    assert "600 to go" in text_of(await reader.get(address))
    for _ in range(2):
        assert (await reader.post(f"{address}/wish", do="save")).status_code == 303
    said = text_of(await reader.get("/app/rewards"))
    assert said.count("600 to go") == 2
    assert "What you save for" in said
    await reader.post(f"{address}/wish", do="drop")
    assert "What you save for" not in text_of(await reader.get("/app/rewards"))
    assert (await reader.post("/app/rewards/rwd_nothing/wish", do="save")).status_code == 404


async def test_a_code_to_pay_with_is_taken_by_a_till_and_each_look_has_another(
    reader: Reader, world: World, rich: Person
) -> None:
    assert "Pay with points" in text_of(await reader.get("/app/card"))
    pages = [await reader.get("/app/card/pay") for _ in range(2)]
    # Typed as they are shown, with blanks for the gaps.
    tokens = [" ".join(html.fromstring(one.text).xpath("//p/bdi/span/text()")) for one in pages]
    assert [len(one.split()) for one in tokens] == [6, 6]
    assert tokens[0] != tokens[1]
    for token, is_good in ((tokens[0], False), (tokens[1], True)):
        asked = TillRequest(f"scan {is_good}".replace(" ", "-"), token, 100, None, "basket")
        actor = world.actor("bakery")
        try:
            await redemption.hold_with_till_token(
                world.office, actor=actor, request=asked, now=world.now
            )
        except redemption.errors.TillTokenNotFound:
            assert not is_good
        else:
            assert is_good
    assert (await world.balance(rich)).held == 100
    await lock(world, rich)
    locked = text_of(await reader.get("/app/card/pay"))
    assert "No code just now Spending is locked." in locked
    assert "Pay with points" not in text_of(await reader.get("/app/card"))


async def test_the_lock_is_shut_at_once_and_opened_by_who_shows_that_it_is_it(
    reader: Reader, world: World, rich: Person
) -> None:
    page = await reader.get("/app/security")
    said = text_of(page)
    assert "Lock spending now" in said
    assert "Signed in" in said
    done = await reader.post("/app/security/lock", key="one")
    assert "Spending is locked at every brand." in text_of(
        await reader.get(done.headers["location"])
    )
    with pytest.raises(redemption.SpendLocked):
        await world.redeem("bakery", rich, 10)
    for path in ("/app", "/app/card", "/app/rewards"):
        assert "Spending is locked" in text_of(await reader.get(path)), path
    await world.superuser.execute("UPDATE session SET proved_at = '2026-03-01'")
    await world.superuser.execute("UPDATE oauth_grant SET proved_at = NULL")
    for what in ("unlock", "confirm"):
        refused = await reader.post(f"/app/security/{what}", key=f"two-{what}")
        assert refused.status_code == 422
        assert "Confirm that it is you" in text_of(refused)
    with pytest.raises(members.StepUpRequired):
        await members.unlock_spending(
            world.office, actor=member_actor(rich), idempotency_key="x", now=world.now
        )
    await world.superuser.execute("UPDATE session SET proved_at = $1", world.now)
    for what, words in (("unlock", "The lock is open"), ("confirm", "Confirmed.")):
        done = await reader.post(f"/app/security/{what}", key="no key, blanks in it")
        assert words in text_of(await reader.get(done.headers["location"]))
    await world.redeem("bakery", rich, 10)
    said = text_of(await reader.get("/app/security"))
    for words in ("Spending locked", "Lock opened", "A purchase confirmed"):
        assert words in said
    await world.superuser.execute("UPDATE member SET status = 'locked'")
    assert "Ask them to open it." in text_of(await reader.get("/app/security"))
