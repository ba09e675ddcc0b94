"""The pages of households and gifts, by their HTML: without JavaScript, and at the worst."""

from datetime import timedelta

import pytest
from lxml import html

from coalition import household
from coalition.household import Role
from coalition.transfer import Decision
from tests.support import Person, World, assert_books_balance
from tests.support.sharing import Sharing
from tests.web.people import Reader, text_of


@pytest.fixture
async def sharing(world: World, reader: Reader) -> Sharing:
    del reader
    return Sharing(world)


async def _key(reader: Reader, path: str) -> str:
    page = await reader.get(path)
    found: str = html.fromstring(page.text).xpath("//input[@name='key']/@value")[0]
    return found


async def _done(reader: Reader, path: str, **fields: str) -> str:
    """What the page says that a form leads to."""
    answer = await reader.post(path, **fields)
    assert answer.status_code == 303, text_of(answer)
    return text_of(await reader.get(answer.headers["location"]))


async def _forget_the_proof(world: World) -> None:
    for table in ("session", "oauth_grant"):
        await world.superuser.execute(f"UPDATE {table} SET proved_at = '2020-01-01'")


async def test_a_household_is_begun_filled_and_left(
    reader: Reader, world: World, mia: Person, sharing: Sharing
) -> None:
    assert "Up to 7 people" in text_of(await reader.get("/app/household"))
    key = await _key(reader, "/app/household")
    assert "Your household has begun" in await _done(reader, "/app/household/found", key=key)
    bo = await world.enrol("Bo")
    await world.award("grocer", bo, "40.00")
    said = await _done(reader, "/app/household/invite", card=bo.card, role="SPENDER")
    assert "They are invited" in said
    assert f"Card ending in {bo.card[-4:]}" in said
    (invitation,) = await sharing.invitations(bo)
    await sharing.decide(bo, household.Decision.ACCEPTED, invitation.id)
    said = text_of(await reader.get("/app/household"))
    assert "You can spend 40 points Worth $0.20" in said
    assert "Earned 0, spent 0 since" in said
    page = await reader.get("/app/household")
    (bos,) = html.fromstring(page.text).xpath("//li//a[text()='Bo']/@href")
    assert "It is changed" in await _done(reader, bos, do="role", role="CHILD")
    home = await sharing.home(bo)
    assert home is not None
    assert home.own.role is Role.CHILD
    refused = await reader.post("/app/household/leave")
    assert refused.status_code == 422
    assert "Make somebody else an owner first" in text_of(refused)
    assert "no longer in the household" in await _done(reader, bos, do="remove")
    assert "All your points are still yours" in await _done(reader, "/app/household/leave")
    assert "From Sep 1" in text_of(await reader.get("/app/household"))
    await assert_books_balance(world)
    del mia


async def test_an_invitation_is_read_and_accepted_with_a_fresh_proof(
    reader: Reader, world: World, mia: Person, sharing: Sharing
) -> None:
    ada = await world.enrol("Ada")
    await sharing.found(ada)
    await sharing.invite(ada, mia.card.replace(" ", ""), Role.COLLECTOR)
    page = await reader.get("/app/household")
    assert "Ada invites you" in text_of(page)
    (address,) = html.fromstring(page.text).xpath("//a[@class='button']/@href")
    said = text_of(await reader.get(address))
    assert "Others of the household can spend your points" in said
    assert "you wait 180 days" in said
    await _forget_the_proof(world)
    refused = await reader.post(address, do="accept")
    assert refused.status_code == 422
    (confirm,) = html.fromstring(refused.text).xpath("//*[@role='alert']//a/@href")
    assert confirm.startswith("/account/confirm?next=%2Fapp%2Fhousehold%2Finvitations%2F")
    await world.superuser.execute("UPDATE session SET proved_at = $1", world.now)
    assert "Welcome!" in await _done(reader, address, do="accept")
    assert (await reader.get(address)).status_code == 404
    other = await sharing.home(mia)
    assert other is not None
    assert other.own.role is Role.COLLECTOR


async def test_what_is_of_others_is_not_there(
    reader: Reader, world: World, sharing: Sharing
) -> None:
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await sharing.found(ada)
    await sharing.invite(ada, bo.card)
    for path in ("/app/household/invitations/hhi_x", "/app/household/members/hhm_x"):
        assert (await reader.get(path)).status_code == 404
    refused = await reader.post("/app/household/invitations/hhi_x", do="decline")
    assert refused.status_code == 422
    assert "There is no such invitation" in text_of(refused)


async def test_points_are_given_after_a_look_at_whom_they_are_for(
    reader: Reader, world: World, mia: Person, sharing: Sharing
) -> None:
    bo = await world.enrol("Bo")
    await world.award("grocer", mia, "500.00")
    assert "You can give 500 points just now. Worth $2.50" in text_of(
        await reader.get("/app/transfer")
    )
    for card, points, words in (
        (bo.card, "99", "than you may give just now"),
        (bo.card, "many", "Write how many points"),
        ("0000", "100", "Nobody can be given points"),
        (mia.card, "100", "your own card"),
        (bo.card, "501", "fewer points"),
        (bo.card, "0501", "fewer points"),
        (bo.card, "\uff15\uff10\uff11", "Write how many points"),
        (bo.card, "00", "than you may give just now"),
        (bo.card, "9" * 30, "than you may give just now"),
    ):
        refused = await reader.post("/app/transfer/check", card=card, points=points)
        assert refused.status_code == 422
        assert words in text_of(refused)
        assert html.fromstring(refused.text).xpath("//input[@name='card']/@value") == [card]
    await _forget_the_proof(world)
    refused = await reader.post("/app/transfer/check", card=bo.card, points="200")
    assert "show first that it is you" in text_of(refused)
    await world.superuser.execute("UPDATE session SET proved_at = $1", world.now)
    looked = await reader.post("/app/transfer/check", card=bo.card, points="200")
    said = text_of(looked)
    assert "B\N{BULLET}\N{BULLET}\N{BULLET}" in said
    assert "Fee None: 200 points arrive" in said
    assert await world.rows("SELECT count(*)::int FROM transfer") == [(0,)]
    fields = {
        one.get("name"): one.get("value")
        for one in html.fromstring(looked.text).xpath("//form[@action='/app/transfer/send']//input")
    }
    for _ in range(2):
        assert "on its way" in await _done(reader, "/app/transfer/send", **fields)
    assert await world.rows("SELECT count(*)::int FROM transfer") == [(1,)]
    assert (await reader.get("/app/transfer?after=W10=")).status_code == 404
    page = await reader.get("/app/transfer")
    (back,) = html.fromstring(page.text).xpath("//form[contains(@action, '/gifts/')]/@action")
    assert "You have taken the gift back" in await _done(reader, back, do="cancel")
    refused = await reader.post(back, do="accept")
    assert (refused.status_code, "no such gift" in text_of(refused)) == (422, True)
    await assert_books_balance(world)
    del sharing


async def test_a_gift_is_accepted_or_declined_on_its_page(
    reader: Reader, world: World, mia: Person, sharing: Sharing
) -> None:
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "300.00")
    for _ in range(2):
        await sharing.give(ada, mia.card, 100)
    page = await reader.get("/app/transfer")
    assert "gives you 100 points Worth $0.50" in text_of(page)
    forms = html.fromstring(page.text).xpath("//form[contains(@action, '/gifts/')]/@action")
    assert len(forms) == 2
    assert "The points are yours" in await _done(reader, forms[0], do="accept")
    assert "Its points went back" in await _done(reader, forms[1], do="decline")
    assert (await world.balance(mia)).available == 100
    said = text_of(await reader.get("/app/transfer"))
    assert "Declined, and gone back" in said
    assert "Received" in text_of(await reader.get("/app/activity"))
    late = await sharing.give(ada, mia.card, 100)
    world.now += timedelta(days=8)
    await sharing.bring_back()
    assert "Not accepted in time" in text_of(await reader.get("/app/transfer"))
    with pytest.raises(Exception, match="gone back"):
        await sharing.answer(mia, late, Decision.ACCEPTED)
    await assert_books_balance(world)
