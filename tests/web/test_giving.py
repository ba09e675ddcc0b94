"""A voucher for somebody else: the link that its member makes, and the page that it leads to."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import httpx2
import pytest
from lxml import html

from coalition import catalogue
from coalition.access import load_keys
from coalition.catalogue import ClaimState, GiftLinks
from coalition.catalogue.errors import (
    ClaimNotCancellable,
    ClaimNotFound,
    TooManyVoucherLinks,
    VoucherNotReady,
)
from coalition.kit.config import Settings
from coalition.kit.ids import new_request_id
from coalition.redemption import SpendLocked
from tests.support import Person, World, a_bakery, a_grocer, assert_books_balance, nothing_moves
from tests.support.catalogue import Counter, a_reward, a_voucher, lock, member_actor, unlock
from tests.support.edge import URL, Edge, edge_of
from tests.support.world import Place
from tests.web.people import Reader, a_reader, text_of

CODE = "FIVE-0001"
NOTED = ("person_request", "sign_in_attempt")


@pytest.fixture
def counter(world: World) -> Counter:
    return Counter(world)


@pytest.fixture
async def claim(world: World, mia: Person, counter: Counter) -> Place:
    """Mia has a voucher of the bakery, with its code."""
    await world.award("grocer", mia, "1000.00", at=world.now - timedelta(days=3))
    number = await counter.put("bakery", a_voucher(points=150))
    await counter.load("bakery", number, CODE)
    return (await counter.claim(mia, number)).place


@pytest.fixture
async def friend(edge: Edge, reader: Reader) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody with a browser of its own, who is no member."""
    del reader
    async with httpx2.AsyncClient(transport=edge.http._transport, base_url=URL) as http:
        yield http


async def _voucher(reader: Reader) -> str:
    page = html.fromstring((await reader.get("/app/vouchers")).text)
    (address,) = page.xpath("//li[@class='move']//a/@href")
    return str(address)


async def _link(reader: Reader, voucher: str) -> str:
    """The link that the voucher's page shows, as a path of this server."""
    page = html.fromstring((await reader.get(voucher)).text)
    (link,) = page.xpath("//p[@class='link-out']//text()[normalize-space()]")
    assert str(link).startswith(f"{URL}/gift?token=")
    return str(link).removeprefix(URL)


def _button(page: httpx2.Response) -> dict[str, str]:
    inputs = html.fromstring(page.text).xpath("//main//form//input")
    return {one.get("name"): one.get("value") for one in inputs}


async def _press(http: httpx2.AsyncClient, fields: dict[str, str]) -> httpx2.Response:
    return await http.post("/gift", data=fields, headers={"Sec-Fetch-Site": "same-origin"})


async def test_a_voucher_is_given_by_a_link_that_shows_its_code_once_and_to_nobody_else(
    reader: Reader, friend: httpx2.AsyncClient, world: World, counter: Counter, claim: Place
) -> None:
    del claim
    voucher = await _voucher(reader)
    assert CODE in (await reader.get(voucher)).text
    asked = await reader.get(f"{voucher}/give")
    assert "Whoever opens it first sees the code, once" in text_of(asked)
    for _ in range(2):
        made = await reader.post(f"{voucher}/give")
        assert made.headers["location"] == voucher
    link = await _link(reader, voucher)
    shown = await reader.get(voucher)
    assert "Waits to be opened" in text_of(shown)
    assert CODE not in shown.text, "while it is under way nobody is shown it"
    assert "Waits to be opened" in text_of(await reader.get("/app/vouchers"))

    looks = [await friend.get(link) for _ in range(3)]  # such as previews in messengers
    for one in looks:
        assert one.status_code == 200
        assert CODE not in one.text
        assert "Five Off Corner Bakery" in text_of(one)
        assert "Mia" not in one.text, "who gave it says so itself"
        assert "150" not in text_of(one), "nor what it cost"
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["referrer-policy"] == "same-origin"
        assert "noindex" in one.headers["x-robots-tag"]
    world.now += timedelta(minutes=5)
    opened = await _press(friend, _button(looks[0]))
    assert CODE in opened.text
    assert 'aria-label="QR code of your voucher"' in opened.text
    assert opened.headers["cache-control"] == "no-store"
    for late in (await friend.get(link), await _press(friend, _button(looks[1]))):
        assert late.status_code == 410
        assert "This voucher was opened already" in text_of(late)
        assert CODE not in late.text
    again = await _press(friend, _button(looks[0]))
    assert CODE in again.text, "its answer may have been lost"
    world.now += catalogue.AGAIN
    assert (await _press(friend, _button(looks[0]))).status_code == 410

    given = await reader.get(voucher)
    assert "Given away" in text_of(given)
    assert re.search(r"Opened on .+ The code is shown to nobody any more", text_of(given))
    assert CODE not in given.text
    assert "Five Off" in text_of(await reader.get("/app/vouchers?show=given"))
    assert "No vouchers to use" in text_of(await reader.get("/app/vouchers"))
    async with nothing_moves(world, besides=NOTED):
        for path in ("/cancel", "/give/back", "/give"):
            refused = await reader.post(f"{voucher}{path}")
            assert refused.status_code == 422, path
            assert "Nothing was changed" in text_of(refused)
    await counter.use("bakery", CODE)
    used = await reader.get(voucher)
    assert "basket" not in text_of(used), "what it was used for is somebody else's purchase"
    await assert_books_balance(world)


async def test_of_two_who_press_at_once_one_sees_the_code(
    reader: Reader, friend: httpx2.AsyncClient, claim: Place, world: World
) -> None:
    del claim
    voucher = await _voucher(reader)
    await reader.post(f"{voucher}/give")
    link = await _link(reader, voucher)
    buttons = [_button(await friend.get(link)) for _ in range(5)]
    pages = await asyncio.gather(*(_press(friend, one) for one in buttons))
    assert sorted(one.status_code for one in pages) == [200, 410, 410, 410, 410]
    assert sum(CODE in one.text for one in pages) == 1
    (told,) = await world.rows("SELECT count(*) FROM mail WHERE kind = 'VOUCHER_OPENED'")
    assert told == (1,), "and Mia is told once"


async def test_a_link_waits_while_its_giver_has_locked_its_spending_and_does_not_say_why(
    reader: Reader, friend: httpx2.AsyncClient, world: World, mia: Person, claim: Place
) -> None:
    """Whoever had Mia's telephone may have made it. Security checklist, line 43."""
    del claim
    voucher = await _voucher(reader)
    await reader.post(f"{voucher}/give")
    link = await _link(reader, voucher)
    button = _button(await friend.get(link))
    await lock(world, mia)
    async with nothing_moves(world, besides=NOTED):
        for waits in (await friend.get(link), await _press(friend, button)):
            assert waits.status_code == 409
            assert "This voucher cannot be opened just now" in text_of(waits)
            for untold in (CODE, "Mia", "lock"):
                assert untold not in text_of(waits)
            assert waits.headers["cache-control"] == "no-store"
    await unlock(world, mia)
    assert CODE in (await _press(friend, button)).text
    await lock(world, mia, key="again")
    # What was shown is shown: its answer may have been lost, and a late one reads when it was.
    assert CODE in (await _press(friend, button)).text
    assert (await friend.get(link)).status_code == 410


@pytest.mark.parametrize("end", ["taken back", "cancelled", "used", "expired", "unknown", "cut"])
async def test_a_link_that_leads_nowhere_says_the_same_whatever_became_of_it(
    end: str, reader: Reader, friend: httpx2.AsyncClient, world: World, counter: Counter,
    mia: Person, claim: Place,
) -> None:  # fmt: skip
    voucher = await _voucher(reader)
    await reader.post(f"{voucher}/give")
    link = await _link(reader, voucher)
    button = _button(await friend.get(link))
    keys = await load_keys(world.database)
    match end:
        case "taken back":
            assert (await reader.post(f"{voucher}/give/back")).status_code == 303
            assert CODE in (await reader.get(voucher)).text, "it is Mia's to use again"
            assert await _shown_anew(reader, voucher) != link
        case "cancelled":
            await counter.cancel(mia, claim)
        case "used":
            await counter.use("bakery", CODE)
        case "expired":
            world.now += timedelta(days=91)
        case "unknown":
            button["token"] = GiftLinks(keys.codes, keys.seal, URL).token(4711)
        case _:
            button["token"] = button["token"][:-1]
    found = [await friend.get("/gift", params={"token": button["token"]})]
    found.append(await _press(friend, button))
    nothing = await friend.get("/gift")
    for one in found:
        assert one.status_code == nothing.status_code == 404
        assert _without(one, button["token"]) == _without(nothing, "")
    await assert_books_balance(world)


async def _shown_anew(reader: Reader, voucher: str) -> str:
    await reader.post(f"{voucher}/give")
    return await _link(reader, voucher)


def _without(answer: httpx2.Response, token: str) -> str:
    """A page but for its own address, which its form of languages carries."""
    return re.sub(r'name="back" value="[^"]*"', "", unescape(answer.text).replace(token, ""))


async def test_a_link_is_opened_by_its_own_button_and_made_up_by_nobody(
    reader: Reader, friend: httpx2.AsyncClient, world: World, claim: Place
) -> None:
    del claim
    voucher = await _voucher(reader)
    await reader.post(f"{voucher}/give")
    button = _button(await friend.get(await _link(reader, voucher)))
    async with nothing_moves(world, besides=NOTED):
        abroad = await friend.post("/gift", data=button, headers={"Sec-Fetch-Site": "cross-site"})
        assert abroad.status_code == 403
        for key in ("", "x" * 65):
            assert (await _press(friend, button | {"key": key})).status_code == 404
        number, _, mac = button["token"].partition(".")
        keys = await load_keys(world.database)
        seal = keys.seal
        forged = [
            f"{number}.{mac.swapcase()}", number, f"{number}.", f"{number}.{mac}x", ".", "\u202e",
            GiftLinks(b"another key", seal, URL).token(1), "A" * 10_000, "vgf_\x00.x",
        ]  # fmt: skip
        for token in forged:
            assert (await _press(friend, button | {"token": token})).status_code == 404, token
        answers = [await friend.get("/gift?token=no") for _ in range(20)]
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
    opened = await _press(friend, button)
    assert CODE in opened.text, "who has the link is not kept waiting"
    (kept,) = await world.rows("SELECT to_jsonb(g)::text FROM voucher_gift g")
    assert mac not in str(kept)
    assert CODE not in str(kept)


async def test_only_its_member_gives_a_voucher_and_only_one_that_is_good(
    world: World, edge: Edge, counter: Counter, mia: Person, claim: Place
) -> None:
    del edge
    bo = await world.enrol("Bo")
    give, now = catalogue.give_voucher, world.now

    async def refused(who: Person, place: Place | None, error: type[Exception]) -> None:
        async with nothing_moves(world):
            for verb in (give, catalogue.take_voucher_back):
                if verb is give or error is not VoucherNotReady:
                    with pytest.raises(error):
                        await verb(world.database, actor=member_actor(who), claim=place, now=now)

    await refused(bo, claim, ClaimNotFound)
    await refused(mia, None, ClaimNotFound)
    await refused(mia, (mia.member_id, 1), ClaimNotFound)
    bag = await counter.put("bakery", a_reward(code="bag", points=100))
    await refused(mia, (await counter.claim(mia, bag)).place, VoucherNotReady)
    actor = member_actor(mia)
    for _ in range(catalogue.MOST_LINKS):
        assert not await give(world.database, actor=actor, claim=claim, now=now)
        assert not await catalogue.take_voucher_back(
            world.database, actor=actor, claim=claim, now=now
        )
    with pytest.raises(TooManyVoucherLinks):
        await give(world.database, actor=actor, claim=claim, now=now)
    later = now + timedelta(days=1)
    await lock(world, mia)
    with pytest.raises(SpendLocked):
        await give(world.database, actor=actor, claim=claim, now=later)


async def test_of_giving_it_back_and_opening_it_at_once_one_happens(
    world: World, edge: Edge, counter: Counter, mia: Person, claim: Place
) -> None:
    del edge
    await counter.give(mia, claim)
    ((gift,),) = await world.rows("SELECT id FROM voucher_gift")
    assert isinstance(gift, int)

    async def open_it() -> bool:
        try:
            await catalogue.open_voucher(
                world.database, gift, key="page", request_id=new_request_id(), now=world.now
            )
        except catalogue.VoucherLinkNotGood:
            return False
        return True

    async def cancel() -> bool:
        try:
            await counter.cancel(mia, claim)
        except ClaimNotCancellable:
            return False
        return True

    opened, cancelled = await asyncio.gather(open_it(), cancel())
    assert opened is not cancelled
    record = await counter.record(claim)
    assert record.state_at(world.now) is (ClaimState.GIVEN if opened else ClaimState.CANCELLED)
    if opened:
        # Its brand knows nothing of gifts, and may still take back what it cannot deliver.
        assert not await counter.cancel("bakery", claim)
    await assert_books_balance(world)


async def test_a_copy_is_offered_where_mails_are_sent_and_comes_to_ones_own_mailbox(
    world: World, counter: Counter
) -> None:
    """M7: asked for with a button of the voucher's page."""
    applied = await world.apply(brands=[a_grocer(), a_bakery()])
    settings = Settings(url=URL, mail_host="127.0.0.1", mail_sender="points@market.example")
    mia = await world.enrol("Mia")
    await world.award("grocer", mia, "1000.00", at=world.now - timedelta(days=3))
    number = await counter.put("bakery", a_voucher(points=150))
    await counter.load("bakery", number, CODE)
    await counter.claim(mia, number)
    async with edge_of(world, applied.new_secrets, settings=settings) as edge:
        reader = await a_reader(world, edge, mia)
        voucher = await _voucher(reader)
        assert "Mail me a copy" in text_of(await reader.get(voucher))
        sent = await reader.post(f"{voucher}/mail")
        assert sent.status_code == 303
        told = text_of(await reader.get(sent.headers["location"].removeprefix(URL)))
        assert "The copy is on its way to your mailbox." in told
        asked = await world.rows("SELECT member_id FROM mail WHERE kind = 'VOUCHER_COPY'")
        assert asked == [(mia.member_id,)]
        await reader.post(f"{voucher}/give")
        given = await reader.post(f"{voucher}/mail")
        assert given.status_code == 422
        assert "Only a voucher that you can still use" in text_of(given)
        assert (await reader.post("/app/vouchers/clm_x/mail")).status_code == 404


async def test_no_copy_is_offered_where_no_mails_are_sent(reader: Reader, claim: Place) -> None:
    del claim
    voucher = await _voucher(reader)
    assert "Mail me a copy" not in text_of(await reader.get(voucher))
    refused = await reader.post(f"{voucher}/mail")
    assert refused.status_code == 422
    assert "No mails can be sent to you." in text_of(refused)
