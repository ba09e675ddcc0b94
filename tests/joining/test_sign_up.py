"""Somebody makes an account with an address that only its mailbox can confirm."""

import re
from datetime import UTC, datetime

import pytest

from tests.joining.conftest import PASSWORD, Town, link_of
from tests.support import nothing_moves
from tests.support.edge import URL
from tests.support.holders import a_holder

ISSUE = """mutation ($input: IssueCardCodeInput!) { issueCardCode(input: $input) {
  code userErrors { code field } } }"""
CLAIM = """mutation ($input: ClaimCardInput!) { claimCard(input: $input) {
  member { id } userErrors { code field } } }"""
_NOT_GOOD = "Esta tarjeta y este código no van juntos"
MEMBERS = "SELECT given_name, family_name, locale, time_zone, status FROM member"


async def test_an_account_is_made_when_its_mailbox_has_confirmed_it(town: Town) -> None:
    """MB1, M11: name, address, boxes that nobody ticked."""
    world = town.world
    form = await town.edge.http.get("/signup", headers={"Accept-Language": "es"})
    boxes = re.findall(r'type="checkbox" name="([^"]+)"([^>]*)', form.text)
    assert boxes == [
        ("agree-PROGRAMME_MAILS-1", ""), ("agree-MARKETING-1", ""), ("agree-PROFILING-1", ""),
    ]  # fmt: skip
    assert "puede enviarme ofertas" in form.text
    asked = await town.sign_up(family_name="Lovelace", **{"agree-MARKETING-1": "on"})
    assert (asked.status_code, "Mira tu buzón" in asked.text) == (200, True)
    assert await world.rows(MEMBERS) == []
    assert not await town.signs_in("ada@example.com")
    (mail,) = await town.look("ada@example.com")
    assert mail.subject == "Confirma tu dirección de correo"
    assert "Hola, Ada:" in mail.part("plain")
    async with nothing_moves(world):
        assert (await town.edge.http.get(link_of(mail))).status_code == 200
    done = await town.press(mail)
    assert (done.status_code, "Your account is ready" in done.text) == (200, True)
    assert await world.rows(MEMBERS) == [("Ada", "Lovelace", "es", None, "active")]
    rows = await world.rows("SELECT purpose, partner_id, given, channel, locale FROM consent")
    assert rows == [("MARKETING", None, True, "SIGN_UP", "es")]
    kinds = await world.rows("SELECT kind, partner_id FROM identifier ORDER BY kind")
    assert kinds == [("CARD", 0), ("EMAIL", 0)]
    assert await town.signs_in("ada@example.com")


async def test_a_link_works_once(town: Town) -> None:
    await town.sign_up()
    (mail,) = await town.look("ada@example.com")
    assert (await town.press(mail)).status_code == 200
    async with nothing_moves(town.world):
        again = await town.press(mail)
    assert again.status_code == 410
    assert "used already" in again.text


async def test_only_who_chose_the_password_or_chooses_another_confirms_an_address(
    town: Town,
) -> None:
    """Eve joins with Ada's address, a card of her own and boxes; Ada gets the mail.

    Security checklist, line 41.
    """
    world = town.world
    await world.enrol("Eve", card="7001", brand="grocer")
    code = await _code(town, "7001")
    await town.sign_up(
        password="the plan of Eve and no other", card="7001", card_code=code,
        **{"agree-MARKETING-1": "on"},
    )  # fmt: skip
    (mail,) = await town.look("ada@example.com")
    async with nothing_moves(world, besides=["sign_in_attempt"]):
        for guess in ("", PASSWORD):
            wrong = await town.press(mail, password=guess)
            assert wrong.status_code == 422
            assert 'id="password-mistake"' in wrong.text
            assert "This is not the password that was chosen" in wrong.text
        weak = await town.press(mail, another_password="short")
        assert (weak.status_code, 'id="another_password-mistake"' in weak.text) == (422, True)
        assert '<details class="more" open>' in weak.text
    done = await town.press(mail, another_password=PASSWORD)
    assert (done.status_code, "Your account is ready" in done.text) == (200, True)
    assert await town.signs_in("ada@example.com")
    assert not await town.signs_in("ada@example.com", "the plan of Eve and no other")
    assert await world.rows("SELECT * FROM consent") == [], "nobody knows who ticked the boxes"
    owners = await world.rows(
        "SELECT m.given_name FROM identifier i JOIN member m USING (member_id)"
        " WHERE i.value = '7001'"
    )
    assert owners == [("Eve",)], "her card spends nothing of Ada's"
    cards = await world.rows("SELECT value ~ '^98' FROM identifier WHERE kind = 'CARD' ORDER BY 1")
    assert cards == [(False,), (True,)]
    assert (await town.press(mail, another_password=PASSWORD)).status_code == 410


async def test_guessing_at_the_password_of_a_sign_up_gets_slower(town: Town) -> None:
    """Security checklist, line 28."""
    await town.sign_up()
    (mail,) = await town.look("ada@example.com")
    guesses = [await town.press(mail, password=f"guess {n} at it") for n in range(6)]
    assert [one.status_code for one in guesses] == [422] * 5 + [429]
    assert int(guesses[-1].headers["Retry-After"]) > 0
    # Who reads the mail need not wait to choose its own.
    assert (await town.press(mail, another_password=PASSWORD)).status_code == 200


async def test_a_link_that_is_old_or_made_up_is_the_same_as_a_used_one(town: Town) -> None:
    await town.sign_up()
    (mail,) = await town.look("ada@example.com")
    await town.world.superuser.execute(
        "UPDATE verification SET expires_at = now() - interval '1 second'"
    )
    async with nothing_moves(town.world):
        old = await town.edge.http.post(
            "/mail/confirm", data={"token": link_of(mail).partition("=")[2]}
        )
        made_up = await town.edge.http.post("/mail/confirm", data={"token": "vrf_x.y"})
        none = await town.edge.http.post("/mail/confirm", data={})
    assert old.status_code == made_up.status_code == none.status_code == 410
    assert old.text == made_up.text == none.text


async def test_whether_an_address_has_an_account_is_told_to_its_mailbox_only(town: Town) -> None:
    """M11: the same answer for known and unknown e-mail."""
    first = await town.sign_up()
    (mail,) = await town.look("ada@example.com")
    await town.press(mail)
    members = await town.world.rows(MEMBERS)
    known = await town.sign_up(password="another and quite long one")
    assert (known.status_code, known.content) == (first.status_code, first.content)
    (told,) = await town.look("ada@example.com")
    assert told.subject == "Ya tienes una cuenta"
    assert "token=" not in told.part("plain")
    assert await town.world.rows(MEMBERS) == members
    assert await town.signs_in("ada@example.com"), "its password is the one from before"


async def test_nobodys_mailbox_is_flooded(town: Town) -> None:
    for _ in range(6):
        await town.world.superuser.execute("DELETE FROM sign_in_attempt")
        assert (await town.sign_up()).status_code == 200
    assert len(await town.look("ada@example.com")) == 3


async def test_who_asks_without_end_has_to_wait(town: Town) -> None:
    answers = [await town.forgets(f"{n}@example.com") for n in range(22)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_of_two_links_for_one_address_the_first_that_is_used_counts(town: Town) -> None:
    await town.sign_up(given_name="Ada")
    await town.sign_up(given_name="Eve")
    mails = await town.look("ada@example.com")  # sent at once, in whatever order
    first, second = sorted(mails, key=lambda one: "Eve" in one.part("plain"))
    assert (await town.press(second)).status_code == 200
    assert (await town.press(first)).status_code == 410
    assert await town.world.rows("SELECT given_name FROM member") == [("Eve",)]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "adaadaadaada"}, "password"),
        ({"given_name": ""}, "given_name"),
        ({"given_name": "x" * 101}, "given_name"),
        ({"family_name": "a\u0000b"}, "family_name"),
        ({"agree-EVERYTHING-1": "on"}, ""),
        ({"agree-PROFILING-9": "on"}, ""),
        ({"agree-PROFILING-9999999999": "on"}, ""),
        ({"card": "7001", "card_code": "AAAA-AAAA"}, "card"),
        ({"card": "7001"}, "card"),
    ],
)
async def test_what_is_not_right_is_told_at_its_field_and_the_rest_is_kept(
    town: Town, typed: dict[str, str], field: str
) -> None:
    answer = await town.sign_up(**({"family_name": "King<b>"} | typed))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    if field:
        assert f'id="{field}-mistake"' in answer.text
        assert f'href="#{field}"' in answer.text
    assert PASSWORD not in answer.text
    if "family_name" not in typed:
        assert "King&lt;b&gt;" in answer.text
    assert await town.world.rows("SELECT * FROM verification") == []
    assert await town.world.rows("SELECT * FROM mail") == []


async def test_a_form_of_another_site_does_nothing(town: Town) -> None:
    async with nothing_moves(town.world):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            for path in ("/signup", "/signup/password"):
                answer = await town.edge.http.post(path, data={"email": "a@b.c"}, headers=headers)
                assert answer.status_code == 403
            form = await town.edge.http.post("/mail/confirm", data={"token": "x"}, headers=headers)
            assert form.status_code == 403
    assert URL.startswith("https")


async def test_no_secret_of_a_mail_is_in_the_database(town: Town) -> None:
    await town.sign_up()
    (mail,) = await town.look("ada@example.com")
    token = link_of(mail).partition("token=")[2]
    await town.sign_up()
    text = str(await town.world.snapshot())
    assert token.partition(".")[2] not in text
    assert PASSWORD not in text
    # What was sent keeps neither where to nor what about.
    assert await town.world.rows("SELECT address, facts FROM mail WHERE state = 'sent'") == [
        (None, "{}")
    ]


# Cards that were used before


async def _code(town: Town, card: str, brand: str = "grocer") -> str:
    # Pages go by the wall's clock.
    town.world.now = datetime.now(UTC)
    answer = await town.edge.ask(f"{brand}-till", ISSUE, input={"card": card})
    assert answer["userErrors"] == []
    code: str = answer["code"]
    return code


async def test_a_card_brings_along_what_it_has_collected(town: Town) -> None:
    """MB2."""
    world = town.world
    stranger = await world.enrol("nobody yet", card="7001", brand="grocer")
    await world.award("grocer", stranger, "1000")
    code = await _code(town, "7001")
    await town.sign_up(card="7001", card_code=code.lower())
    (mail,) = await town.look("ada@example.com")
    await town.press(mail)
    assert await world.rows("SELECT member_id, given_name FROM member") == [
        (stranger.member_id, "Ada")
    ]
    assert (await world.balance(stranger)).available == 1000
    assert await world.rows("SELECT * FROM card_code") == []
    # The code has ended with it.
    again = await town.sign_up(email="eve@example.com", card="7001", card_code=code)
    assert (again.status_code, _NOT_GOOD in again.text) == (422, True)


async def test_a_card_without_its_code_is_as_good_as_none(town: Town) -> None:
    await town.world.enrol("somebody", card="7001", brand="grocer")
    code = await _code(town, "7001")
    answers = []
    for card, guess in (("7001", "AAAA-AAAA"), ("7009", code), ("7001", "")):
        await town.world.superuser.execute("DELETE FROM sign_in_attempt")
        told = (await town.sign_up(card=card, card_code=guess)).text
        answers.append(told.replace(guess, "").replace(card, ""))
    assert len(set(answers)) == 1
    for _ in range(3):
        await town.world.superuser.execute("DELETE FROM sign_in_attempt")
        await town.sign_up(card="7001", card_code="AAAA-AAAA")
    right = await town.sign_up(card="7001", card_code=code)
    assert _NOT_GOOD in right.text, "it was guessed at too often"


async def test_a_brand_gives_out_codes_for_cards_that_it_knows(town: Town) -> None:
    await town.world.enrol("somebody", card="7001", brand="grocer")
    for client, card in (("bakery-till", "7001"), ("grocer-till", "7009")):
        answer = await town.edge.ask(client, ISSUE, input={"card": card})
        assert answer == {
            "code": None, "userErrors": [{"code": "MEMBER_NOT_FOUND", "field": ["card"]}],
        }  # fmt: skip


async def test_a_member_takes_a_second_card_unless_it_has_points(town: Town) -> None:
    world = town.world
    ada = await a_holder(world, await world.enrol("Ada"), town.edge)
    await world.enrol("unused", card="7002", brand="bakery")
    used = await world.enrol("used", card="7003", brand="bakery")
    await world.award("bakery", used, "100")
    code = await _code(town, "7002", "bakery")
    taken = await town.edge.ask(ada.client, CLAIM, input={"card": "7002", "code": code})
    assert taken["userErrors"] == []
    assert await world.rows("SELECT member_id FROM identifier WHERE value = '7002'") == [
        (ada.who.member_id,)
    ]
    code = await _code(town, "7003", "bakery")
    refused = await town.edge.ask(ada.client, CLAIM, input={"card": "7003", "code": code})
    assert refused["userErrors"] == [{"code": "CARD_IN_USE", "field": ["card"]}]
    refused = await town.edge.ask(ada.client, CLAIM, input={"card": "7003", "code": "wrong"})
    assert refused["userErrors"] == [{"code": "CARD_CODE_NOT_GOOD", "field": ["code"]}]
