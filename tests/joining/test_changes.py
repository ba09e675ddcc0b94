"""Another address, another password, another device: the owner is told, and spending rests."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from coalition.access.devices import Device, device_of, note_device
from coalition.access.logins import change_password
from coalition.kit.database import administering
from coalition.redemption.errors import SpendPaused
from tests.joining.conftest import PASSWORD, Town
from tests.oauth.people import PASSWORD as OLD_PASSWORD
from tests.oauth.people import Browser, a_login
from tests.support import Person, assert_books_balance, nothing_moves
from tests.support.holders import a_holder, prove

CHANGE = """mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) {
  asked pauseHours userErrors { code field } } }"""
ACCOUNT = "{ account { email emailRefusedAt spendPausedUntil } }"
PROFILE = """mutation ($input: ChangeProfileInput!) { changeProfile(input: $input) {
  member { id } userErrors { code field } } }"""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def _rich(town: Town, name: str = "Ada") -> Person:
    who = await town.world.enrol(name)
    await town.world.award("grocer", who, "1000")
    return who


async def test_another_address_is_confirmed_there_and_told_to_the_old_one(town: Town) -> None:
    """MB9."""
    world = town.world
    ada = await a_holder(world, await _rich(town), town.edge)
    world.now = datetime.now(UTC)
    unproved = await town.edge.ask(ada.client, CHANGE, input={"email": "Ada@New.example"})
    assert unproved["asked"] is False
    assert unproved["userErrors"] == [{"code": "STEP_UP_REQUIRED", "field": None}]
    for table in ("verification", "mail"):
        assert await world.rows(f"SELECT 1 FROM {table}") == []
    await prove(world, ada)
    asked = await town.edge.ask(ada.client, CHANGE, input={"email": "Ada@New.example"})
    assert asked == {"asked": True, "pauseHours": 24, "userErrors": []}
    assert (await town.edge.ask(ada.client, ACCOUNT))["email"] == "ada@example.com"
    await town.look("")
    by = {mail.recipient: mail for mail in town.post.taken}
    assert by["ada@example.com"].subject == "Your e-mail address is to be changed"
    assert "24 hours" in by["ada@new.example"].part("plain"), "told in advance"
    done = await town.press(by["ada@new.example"])
    assert "Your e-mail address was changed" in done.text
    account = await town.edge.ask(ada.client, ACCOUNT)
    assert account["email"] == "ada@new.example"
    assert account["spendPausedUntil"] is not None
    (told,) = await town.look("ada@example.com")
    assert told.subject == "Your e-mail address was changed"
    world.now = datetime.now(UTC)
    async with nothing_moves(world):
        with pytest.raises(SpendPaused):
            await world.redeem("bakery", ada.who, 100)
        with pytest.raises(SpendPaused):
            await world.hold("bakery", ada.who, 100)
    await world.award("grocer", ada.who, "10", at=world.now)
    world.now += timedelta(hours=24, minutes=1)
    await world.redeem("bakery", ada.who, 100)
    await assert_books_balance(world)


async def test_an_address_that_is_somebodys_is_not_taken_and_not_told(town: Town) -> None:
    world = town.world
    ada = await a_holder(world, await _rich(town), town.edge)
    await a_holder(world, await _rich(town, "Bo"))
    world.now = datetime.now(UTC)
    await prove(world, ada)
    free = await town.edge.ask(ada.client, CHANGE, input={"email": "free@example.com"})
    taken = await town.edge.ask(ada.client, CHANGE, input={"email": "bo@example.com"})
    assert taken == free
    (mail,) = await town.look("bo@example.com")
    assert mail.subject == "You have an account already"
    assert "token=" not in mail.part("plain")


async def test_only_the_last_address_that_was_asked_for_is_good(town: Town) -> None:
    world = town.world
    ada = await a_holder(world, await _rich(town), town.edge)
    world.now = datetime.now(UTC)
    await prove(world, ada)
    for one in ("first@example.com", "second@example.com"):
        await town.edge.ask(ada.client, CHANGE, input={"email": one})
    (await town.look("first@example.com"))
    first, second = (
        next(mail for mail in town.post.taken if mail.recipient == one)
        for one in ("first@example.com", "second@example.com")
    )
    assert (await town.press(first)).status_code == 410
    assert (await town.press(second)).status_code == 200


async def test_a_lost_password_is_chosen_anew_from_the_mailbox(town: Town) -> None:
    world = town.world
    ada = await _rich(town)
    await a_login(world, "ada@example.com", member=ada)
    browser = Browser(town.edge.http)
    await browser.enter(world, "ada@example.com")
    answers = [
        await town.forgets(one) for one in ("ada@example.com", "nobody@example.com", "no address")
    ]
    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    (mail,) = await town.look("ada@example.com")
    assert len(town.post.taken) == 1
    weak = await town.press(mail, password="short")
    assert (weak.status_code, "12 to 128 characters" in weak.text) == (422, True)
    done = await town.press(mail, password=PASSWORD)
    assert done.status_code == 200
    assert await world.rows("SELECT * FROM session") == [], "whoever was signed in is not"
    town.edge.http.cookies.clear()
    assert not await town.signs_in("ada@example.com", OLD_PASSWORD)
    assert await town.signs_in("ada@example.com", PASSWORD)
    (told,) = [one for one in await town.look("ada@example.com") if "password" in one.subject]
    assert told.subject == "Your password was changed"
    world.now = datetime.now(UTC)
    with pytest.raises(SpendPaused):
        await world.redeem("bakery", ada, 100)
    assert (await town.press(mail, password=PASSWORD)).status_code == 410


@pytest.mark.parametrize("by", ["mail", "operator"])
async def test_with_a_new_password_the_way_to_another_mailbox_ends(by: str, town: Town) -> None:
    """Whoever has taken over Ada's session asks for its own address, and has her mailbox written to
    as often as may be. She chooses a new password all the same, and stays who she is.
    """
    world = town.world
    ada = await a_holder(world, await _rich(town), town.edge)
    world.now = datetime.now(UTC)
    await prove(world, ada)
    await town.edge.ask(ada.client, CHANGE, input={"email": "thief@example.com"})
    (link,) = await town.look("thief@example.com")
    if by == "mail":
        for _ in range(4):
            await town.sign_up(email="ada@example.com")
        await town.forgets("ada@example.com")
        (mail,) = [one for one in await town.look("ada@example.com") if "password" in one.subject]
        assert (await town.press(mail, password=PASSWORD)).status_code == 200
    else:
        async with administering(world.addresses) as connection:
            await change_password(connection, "ada@example.com", PASSWORD)
    assert (await town.press(link)).status_code == 410
    assert await world.rows("SELECT email FROM login") == [("ada@example.com",)]


async def test_staff_get_no_password_by_mail(town: Town) -> None:
    await a_login(town.world, "boss@grocer.example", "owner", brand="grocer")
    await town.forgets("boss@grocer.example")
    assert await town.look("boss@grocer.example") == []


async def test_a_sign_in_from_another_device_is_told_and_the_first_one_is_not(
    town: Town,
) -> None:
    world = town.world
    await a_login(world, "ada@example.com", member=await _rich(town))

    async def sign_in(agent: str) -> None:
        answer = await town.edge.http.post(
            "/signin", data={"email": "ada@example.com", "password": OLD_PASSWORD},
            headers={"User-Agent": agent},
        )  # fmt: skip
        assert answer.status_code == 303

    await sign_in(FIREFOX)
    await sign_in(FIREFOX.replace("140.0", "141.0"))
    assert await town.look("ada@example.com") == [], "an update is no other device"
    await sign_in("Mozilla/5.0 (iPhone; CPU) AppleWebKit/605 Version/18 Mobile Safari/604.1")
    (mail,) = await town.look("ada@example.com")
    assert mail.subject == "New sign-in to your account"
    text = mail.part("plain")
    assert "Safari" in text
    assert "iPhone" in text
    hashes = await world.rows("SELECT device_hash FROM known_device")
    assert len(set(hashes)) == 2
    assert "Firefox" not in str(await world.snapshot())


@pytest.mark.parametrize(
    ("agent", "address", "device"),
    [
        (FIREFOX, "192.0.2.77", Device("Firefox", "Linux", "192.0.0.0/16")),
        ("", None, Device(None, None, "unknown")),
        ("curl/8", "2001:db8:1:2::3", Device(None, None, "2001:db8::/32")),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
         "::ffff:192.0.2.7", Device("Edge", "Windows", "192.0.0.0/16")),
        ("x" * 100_000 + "Firefox/1", "not an address", Device(None, None, "unknown")),
    ],
)  # fmt: skip
def test_a_device_is_told_apart_coarsely(agent: str, address: str | None, device: Device) -> None:
    assert device_of(agent, address) == device
    assert device.hash(b"one key") != device.hash(b"another")


async def test_ten_sign_ins_at_once_from_one_new_device_are_one_mail(town: Town) -> None:
    world = town.world
    ada = await a_holder(world, await _rich(town))
    now = datetime.now(UTC)
    old, new = Device("Firefox", None, "a"), Device("Chrome", None, "b")
    await note_device(world.database, ada.login_id, old, key=b"k", now=now - timedelta(days=1))
    told = await asyncio.gather(
        *(
            note_device(
                world.database, ada.login_id, new, key=b"k", now=now + timedelta(microseconds=n)
            )
            for n in range(10)
        )
    )
    assert sum(told) == 1
    assert len(await town.look("ada@example.com")) == 1


async def test_a_password_that_the_operator_gives_is_told(town: Town) -> None:
    await a_login(town.world, "ada@example.com", member=await _rich(town))
    async with administering(town.world.addresses) as connection:
        await change_password(connection, "ada@example.com", "something else entirely")
    (mail,) = await town.look("ada@example.com")
    assert mail.subject == "Your password was changed"


async def test_a_member_puts_right_what_is_kept_about_it(town: Town) -> None:
    world = town.world
    ada = await a_holder(world, await _rich(town), town.edge, locale="de")
    done = await town.edge.ask(
        ada.client, PROFILE, input={"familyName": "Lovelace", "timeZone": "Europe/London"}
    )
    assert done["userErrors"] == []
    names = "SELECT given_name, family_name, locale, time_zone FROM member"
    assert await world.rows(names) == [("Ada", "Lovelace", "de", "Europe/London")]
    await town.edge.ask(ada.client, PROFILE, input={"givenName": None, "locale": "es_mx"})
    assert await world.rows(names) == [(None, "Lovelace", "es-MX", "Europe/London")]
    for wrong, code in (({"locale": "klingon"}, "LOCALE_NOT_KNOWN"),
                        ({"timeZone": "Mars"}, "TIME_ZONE_NOT_KNOWN"),
                        ({"givenName": " "}, "TEXT_NOT_ALLOWED")):  # fmt: skip
        refused = await town.edge.ask(ada.client, PROFILE, input=wrong)
        assert refused["userErrors"] == [{"code": code, "field": [next(iter(wrong))]}]
    assert await world.rows(names) == [(None, "Lovelace", "es-MX", "Europe/London")]
