"""Passkeys: made, used, renamed, removed; and everything that a copy, a thief or a page may try."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from coalition.access.logins import change_password, close_login
from coalition.access.passkeys import MOST_PASSKEYS
from coalition.kit.config import Settings
from coalition.kit.database import administering
from tests.oauth.people import PASSWORD, Browser, a_login
from tests.support import World, nothing_moves
from tests.support.authenticator import Authenticator
from tests.support.edge import URL, Edge, edge_of

ADA = "ada@coalition.example"
REFUSED = "This passkey is not known here, or it could not be checked."
SIGN_IN = "/signin/passkey"
ADD = "/account/passkeys"
CONFIRM = "/account/confirm"
Json = dict[str, Any]


class Page:
    """A browser with a device, on pages whose script runs."""

    def __init__(self, browser: Browser, device: Authenticator) -> None:
        self.browser = browser
        self.http = browser.http
        self.device = device

    async def ask(self, address: str, **said: object) -> httpx2.Response:
        return await self.http.post(address, json=said, headers={"Origin": URL})

    async def csrf(self) -> str:
        shown = await self.http.get("/account")
        tokens: set[str] = set(re.findall(r'name="csrf" value="([^"]+)"', shown.text))
        (token,) = tokens
        return token

    async def options(self, address: str, **said: object) -> Json:
        answer = await self.ask(f"{address}/options", **said)
        assert answer.status_code == 200, answer.text
        options: Json = answer.json()["publicKey"]
        return options

    async def add(self, name: str = "My telephone") -> httpx2.Response:
        csrf = await self.csrf()
        made = self.device.create(await self.options(ADD, csrf=csrf))
        return await self.ask(f"{ADD}/add", csrf=csrf, name=name, credential=made)

    async def sign_in(self, **said: object) -> httpx2.Response:
        shown = self.device.get(await self.options(SIGN_IN))
        return await self.ask(SIGN_IN, credential=shown, **said)

    async def enter(self, world: World) -> None:
        await self.browser.enter(world, ADA)

    async def sign_out(self) -> None:
        self.http.cookies.clear()


@pytest.fixture
async def page(world: World, edge: Edge) -> Page:
    """Ada has made a passkey, and has signed out."""
    await a_login(world, ADA, "reader")
    made = Page(Browser(edge.http), Authenticator(URL))
    await made.enter(world)
    assert (await made.add()).status_code == 201
    await made.sign_out()
    return made


async def _is_signed_in(page: Page) -> bool:
    return (await page.http.get("/account")).status_code == 200


async def test_a_passkey_signs_in_without_an_e_mail(world: World, page: Page) -> None:
    options = await page.options(SIGN_IN)
    assert options["rpId"] == "coalition.test"
    assert options["userVerification"] == "required"
    assert options["allowCredentials"] == []
    entered = await page.sign_in(next="/device")
    assert (entered.status_code, entered.json()) == (200, {"next": "/device"})
    session = [one for one in entered.headers.get_list("set-cookie") if "__Host-coalition=" in one]
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in session[0]
    shown = (await page.http.get("/account")).text
    assert ADA in shown
    assert "My telephone" in shown
    assert "On one device only." in shown
    away = await page.sign_in(next="https://evil.example")
    assert away.json() == {"next": "/account"}
    ((count, used),) = await world.rows("SELECT sign_count, used_at IS NOT NULL FROM passkey")
    assert (count, used) == (2, True)


async def test_what_a_passkey_is_made_of_is_asked_for(world: World, page: Page) -> None:
    await page.enter(world)
    options = await page.options(ADD, csrf=await page.csrf())
    assert options["rp"]["id"] == "coalition.test"
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert [one["id"] for one in options["excludeCredentials"]]
    # The number by which the device knows its owner is not the e-mail address, and stays.
    again = await page.options(ADD, csrf=await page.csrf())
    assert options["user"]["id"] == again["user"]["id"]
    assert len(options["user"]["id"]) == 43


def _elsewhere(page: Page) -> None:
    page.device.origin = "https://coalition.test.evil.example"


def _plain(page: Page) -> None:
    page.device.origin = "http://coalition.test"


def _for_another_name(page: Page) -> None:
    page.device.held[-1].name = "evil.example"


def _unchecked(page: Page) -> None:
    page.device.checks_holder = False


def _framed(page: Page) -> None:
    page.device.is_framed = True


def _of_somebody_else(page: Page) -> None:
    page.device.held[-1].handle = b"\7" * 32


def _unknown(page: Page) -> None:
    page.device.held[-1].id = b"\7" * 32


def _of_another_key(page: Page) -> None:
    page.device.held[-1].key = ec.generate_private_key(ec.SECP256R1())


def _counting_backwards(page: Page) -> None:
    page.device.held[-1].count -= 1  # it signs with the count that it signed with before


WRONG: dict[str, Callable[[Page], None]] = {
    "another origin": _elsewhere,
    "the same name without TLS": _plain,
    "another server's name": _for_another_name,
    "nobody was asked for a finger or a code": _unchecked,
    "from inside a page of another site": _framed,
    "the number of somebody else": _of_somebody_else,
    "a passkey that nobody has": _unknown,
    "a signature of another key": _of_another_key,
    "a count of signatures that goes back": _counting_backwards,
}


@pytest.mark.parametrize("what", WRONG)
async def test_nobody_is_signed_in_by(what: str, page: Page) -> None:
    assert (await page.sign_in()).status_code == 200
    await page.sign_out()
    WRONG[what](page)
    answer = await page.sign_in()
    assert (answer.status_code, answer.json()) == (401, {"message": REFUSED})
    assert not await _is_signed_in(page)


async def test_a_copy_of_a_passkey_is_told_in_the_log(
    page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    await page.sign_in()
    copied = page.device.held[0].count - 1
    await page.sign_in()
    page.device.held[0].count = copied
    capsys.readouterr()
    assert (await page.sign_in()).status_code == 401
    said = "".join(capsys.readouterr())
    assert "counts backwards" in said
    assert ADA not in said
    # Who has the higher count goes on.
    page.device.held[0].count = 10
    assert (await page.sign_in()).status_code == 200


async def test_a_passkey_that_does_not_count_is_good_each_time(world: World, page: Page) -> None:
    await page.enter(world)
    page.device.counts = False
    page.device.is_synced = True
    assert (await page.add("My cloud")).status_code == 201
    await page.sign_out()
    for _ in range(2):
        assert (await page.sign_in()).status_code == 200
    assert "Kept on several devices." in (await page.http.get("/account")).text


async def test_two_answers_to_one_challenge_sign_in_once(page: Page) -> None:
    options = await page.options(SIGN_IN)
    shown = [page.device.get(options) for _ in range(2)]
    answers = await asyncio.gather(*(page.ask(SIGN_IN, credential=one) for one in shown))
    assert sorted(one.status_code for one in answers) == [200, 401]


async def test_a_challenge_is_good_once_for_five_minutes_in_its_own_browser(
    world: World, page: Page
) -> None:
    shown = page.device.get(await page.options(SIGN_IN))
    assert (await page.ask(SIGN_IN, credential=shown)).status_code == 200
    replayed = await page.ask(SIGN_IN, credential=shown)
    assert (replayed.status_code, replayed.json()) == (401, {"message": REFUSED})
    await page.sign_out()
    old = page.device.get(await page.options(SIGN_IN))
    await world.superuser.execute(
        "UPDATE passkey_challenge SET expires_at = expires_at - interval '301 seconds'"
    )
    assert (await page.ask(SIGN_IN, credential=old)).status_code == 401
    stolen = page.device.get(await page.options(SIGN_IN))
    await page.sign_out()
    assert (await page.ask(SIGN_IN, credential=stolen)).status_code == 401
    # Another browser's challenge, whose own cookie is another one.
    await page.options(SIGN_IN)
    assert (await page.ask(SIGN_IN, credential=stolen)).status_code == 401
    made_up = page.device.get({"challenge": "A" * 43})
    assert (await page.ask(SIGN_IN, credential=made_up)).status_code == 401
    assert not await _is_signed_in(page)


async def test_a_challenge_for_one_thing_is_none_for_another(page: Page) -> None:
    await page.sign_in()
    csrf = await page.csrf()
    to_prove = page.device.get(await page.options(f"{CONFIRM}/passkey", csrf=csrf))
    assert (await page.ask(SIGN_IN, credential=to_prove)).status_code == 401
    to_sign_in = page.device.get(await page.options(SIGN_IN))
    answer = await page.ask(f"{CONFIRM}/passkey", csrf=csrf, credential=to_sign_in)
    assert answer.status_code == 401
    to_add = page.device.create(await page.options(SIGN_IN) | {
        "rp": {"id": "coalition.test"}, "user": {"id": "AA"},
    })  # fmt: skip
    added = await page.ask(f"{ADD}/add", csrf=csrf, name="x", credential=to_add)
    assert added.status_code == 401


async def _close(world: World) -> None:
    async with administering(world.addresses) as connection:
        await close_login(connection, ADA)


async def _change(world: World) -> None:
    async with administering(world.addresses) as connection:
        assert await change_password(connection, ADA, "something else entirely") == 1


@pytest.mark.parametrize("end", [_close, _change], ids=["closing", "another password"])
async def test_passkeys_end_by(
    end: Callable[[World], Awaitable[None]], world: World, page: Page
) -> None:
    await page.sign_in()
    await end(world)
    assert await world.rows("SELECT label FROM passkey") == []
    assert not await _is_signed_in(page)
    answer = await page.sign_in()
    assert (answer.status_code, answer.json()) == (401, {"message": REFUSED})


async def test_passkeys_may_outlive_a_password(world: World, page: Page) -> None:
    async with administering(world.addresses) as connection:
        new = "something else entirely"
        assert await change_password(connection, ADA, new, keep_passkeys=True) == 0
    assert (await page.sign_in()).status_code == 200


async def _do(page: Page, do: str, **more: str) -> httpx2.Response:
    shown = (await page.http.get("/account")).text
    (id_,) = re.findall(r'name="id" value="([^"]+)"', shown)
    fields = {"csrf": await page.csrf(), "id": id_, "do": do} | more
    return await page.http.post(ADD, data=fields)


async def test_a_passkey_is_renamed_and_removed_without_a_script(world: World, page: Page) -> None:
    await page.sign_in()
    assert (await _do(page, "rename", name=" Ada's  <b>key</b> ")).status_code == 303
    assert "Ada&#39;s &lt;b&gt;key&lt;/b&gt;" in (await page.http.get("/account")).text
    async with nothing_moves(world):
        for name in ("", " ", "x" * 61, "a\u202eb"):
            refused = await _do(page, "rename", name=name)
            assert refused.status_code == 400
            assert "at most 60 letters" in refused.text
        assert (await _do(page, "remove", csrf="0" * 64)).status_code == 403
        for id_ in ("", "!", "AAAA", "ä"):
            assert (await _do(page, "remove", id=id_)).status_code == 303
    assert (await _do(page, "remove")).status_code == 303
    assert await world.rows("SELECT label FROM passkey") == []
    await page.sign_out()
    assert (await page.sign_in()).status_code == 401


async def test_nobody_changes_the_passkeys_of_somebody_else(
    world: World, page: Page, edge: Edge
) -> None:
    await page.sign_in()
    shown = (await page.http.get("/account")).text
    (id_,) = re.findall(r'name="id" value="([^"]+)"', shown)
    await page.sign_out()
    await a_login(world, "bob@coalition.example", "owner")
    bob = Page(Browser(edge.http), Authenticator(URL))
    await bob.browser.sign_in("bob@coalition.example")
    csrf = await bob.csrf()
    async with nothing_moves(world):
        for do in ("rename", "remove"):
            await bob.http.post(ADD, data={"csrf": csrf, "id": id_, "do": do, "name": "mine"})
    # Nor does Ada's passkey confirm that it is Bob.
    shown_by_ada = page.device.get(await bob.options(f"{CONFIRM}/passkey", csrf=csrf))
    answer = await bob.ask(f"{CONFIRM}/passkey", csrf=csrf, credential=shown_by_ada)
    assert (answer.status_code, answer.json()) == (401, {"message": REFUSED})


async def test_who_signed_in_long_ago_confirms_first(world: World, page: Page) -> None:
    await page.sign_in()
    csrf = await page.csrf()
    too_long_ago = "UPDATE session SET proved_at = proved_at - interval '11 minutes'"
    await world.superuser.execute(too_long_ago)
    shown = (await page.http.get("/account")).text
    assert "My telephone" in shown
    assert 'value="remove"' not in shown
    async with nothing_moves(world):
        removed = await page.http.post(ADD, data={"csrf": csrf, "id": "x", "do": "remove"})
        assert removed.headers["location"] == CONFIRM
        for address in (f"{ADD}/options", f"{ADD}/add"):
            answer = await page.ask(address, csrf=csrf, name="x", credential={})
            assert (answer.status_code, answer.json()["next"]) == (403, CONFIRM)
    wrong = await page.http.post(CONFIRM, data={"csrf": csrf, "password": "a wrong guess"})
    assert wrong.status_code == 401
    assert "The password is not right." in wrong.text
    done = await page.http.post(CONFIRM, data={"csrf": csrf, "password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert (await page.add("Another")).status_code == 201
    await world.superuser.execute(too_long_ago)
    own = await page.options(f"{CONFIRM}/passkey", csrf=csrf)
    assert len(own["allowCredentials"]) == 2
    confirmed = page.device.get(own, page.device.held[0])
    answer = await page.ask(f"{CONFIRM}/passkey", csrf=csrf, credential=confirmed)
    assert (answer.status_code, answer.json()) == (200, {"next": "/account"})
    assert (await page.add("A third")).status_code == 201


async def test_a_passkey_is_kept_once_and_a_person_has_so_many(world: World, page: Page) -> None:
    await page.sign_in()
    csrf = await page.csrf()
    made = page.device.create(await page.options(ADD, csrf=csrf), id_=page.device.held[0].id)
    known = await page.ask(f"{ADD}/add", csrf=csrf, name="x", credential=made)
    assert (known.status_code, known.json()["message"]) == (409, "This passkey is known already.")
    await world.superuser.execute(
        "INSERT INTO passkey SELECT decode(md5(n::text), 'hex'), login_id, public_key, 0, 'x',"
        " '{}', false, created_at FROM passkey, generate_series(1, $1) n LIMIT $1",
        MOST_PASSKEYS - 1,
    )
    refused = await page.add("One too many")
    assert refused.status_code == 409
    assert "Remove one first" in refused.json()["message"]


REGISTRATIONS: dict[str, Callable[[Page], None]] = {
    "another origin": _elsewhere,
    "nobody was asked for a finger or a code": _unchecked,
    "from inside a page of another site": _framed,
}


@pytest.mark.parametrize("what", REGISTRATIONS)
async def test_no_passkey_is_kept_that_comes_with(what: str, world: World, page: Page) -> None:
    await page.enter(world)
    REGISTRATIONS[what](page)
    refused = await page.add("Another")
    assert (refused.status_code, refused.json()) == (401, {"message": REFUSED})
    assert len(await world.rows("SELECT label FROM passkey")) == 1


async def test_no_passkey_is_kept_for_another_servers_name_nor_twice(
    world: World, page: Page
) -> None:
    await page.enter(world)
    csrf = await page.csrf()
    options = await page.options(ADD, csrf=csrf)
    elsewhere = page.device.create(options, name="evil.example")
    answer = await page.ask(f"{ADD}/add", csrf=csrf, name="x", credential=elsewhere)
    assert answer.status_code == 401
    made = page.device.create(await page.options(ADD, csrf=csrf))
    assert (await page.ask(f"{ADD}/add", csrf=csrf, name="x", credential=made)).status_code == 201
    again = await page.ask(f"{ADD}/add", csrf=csrf, name="x", credential=made)
    assert again.status_code == 401
    assert len(await world.rows("SELECT label FROM passkey")) == 2


JUNK: list[object] = [
    None, 1, "x", [], {}, {"id": 1}, {"id": "", "rawId": "", "type": "public-key", "response": {}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {
        "clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA",
        "attestationObject": "AA", "userHandle": "AA"}},
    {"id": "ä", "rawId": "ä", "type": "public-key", "response": {
        "clientDataJSON": "e30", "authenticatorData": "e30", "signature": "e30",
        "attestationObject": "oA", "userHandle": "é"}},
]  # fmt: skip


async def test_junk_is_refused_and_never_our_fault(world: World, page: Page) -> None:
    await page.sign_in()
    csrf = await page.csrf()
    await world.superuser.execute("DELETE FROM sign_in_attempt")
    for junk in JUNK:
        for address in (SIGN_IN, f"{CONFIRM}/passkey", f"{ADD}/add"):
            answer = await page.ask(address, csrf=csrf, name="x", credential=junk)
            assert (answer.status_code, answer.json()) == (401, {"message": REFUSED}), junk
        await world.superuser.execute("DELETE FROM sign_in_attempt")
    for body, media, status in (
        (b"", "application/json", 400), (b"[]", "application/json", 400),
        (b"{", "application/json", 400), (b"[" * 50_000, "application/json", 400),
        (b'{"a": "' + b"x" * 70_000 + b'"}', "application/json", 400),
        (b"{}", "text/plain", 415), (b"a=b", "application/x-www-form-urlencoded", 415),
    ):  # fmt: skip
        answer = await page.http.post(SIGN_IN, content=body, headers={"Content-Type": media})
        assert (answer.status_code, list(answer.json())) == (status, ["message"]), body[:20]


async def test_another_site_is_not_listened_to(page: Page) -> None:
    shown = page.device.get(await page.options(SIGN_IN))
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for address in (SIGN_IN, f"{SIGN_IN}/options"):
            answer = await page.http.post(address, json={"credential": shown}, headers=headers)
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers


async def test_guessing_at_passkeys_waits_like_guessing_at_passwords(
    world: World, page: Page
) -> None:
    # Whoever is right is not slowed down, however often.
    await world.superuser.execute("DELETE FROM sign_in_attempt")
    await page.sign_in()
    assert await world.rows("SELECT sum(attempts) FROM sign_in_attempt") == [(0,)]
    page.device.checks_holder = False
    for _ in range(20):
        assert (await page.sign_in()).status_code == 401
    page.device.checks_holder = True
    # The first wait is a second, which a busy machine takes for one guess.
    await world.superuser.execute("UPDATE sign_in_attempt SET last_at = now() + '1 minute'")
    waiting = await page.sign_in()
    assert waiting.status_code == 429
    assert int(waiting.headers["retry-after"]) >= 1
    assert (await page.browser.sign_in(ADA)).status_code == 429


async def test_challenges_do_not_fill_the_table(world: World, page: Page) -> None:
    answers = await asyncio.gather(*(page.ask(f"{SIGN_IN}/options") for _ in range(70)))
    assert {one.status_code for one in answers} == {200, 429}
    await world.superuser.execute(
        "UPDATE passkey_challenge SET expires_at = expires_at - interval '301 seconds'"
    )
    async with edge_of(world, {}) as other:
        await other.http.post(f"{SIGN_IN}/options", json={})
    assert await world.rows("SELECT count(*) FROM passkey_challenge") == [(1,)]


async def test_nothing_of_a_passkey_is_logged(
    page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    entered = await page.sign_in()
    page.device.checks_holder = False
    shown = page.device.get(await page.options(SIGN_IN))
    await page.ask(SIGN_IN, credential=shown)
    said = "".join(capsys.readouterr())
    assert "a passkey was refused" in said
    cookies = re.findall(r"__Host-coalition=([^;]+)", str(entered.headers.get_list("set-cookie")))
    assert cookies
    for secret in (ADA, shown["id"], *shown["response"].values(), *cookies):
        assert secret not in said


async def test_a_server_without_a_name_offers_no_passkeys(world: World, edge: Edge) -> None:
    await a_login(world, ADA, "reader")
    numbered = Settings(url="http://127.0.0.1:8000")
    async with edge_of(world, edge.secrets, settings=numbered) as other:
        shown = await other.http.get("/signin")
        assert "passkey" not in shown.text
        assert "script-src" not in shown.headers["content-security-policy"]
        assert (await other.http.post(SIGN_IN, json={})).status_code == 404
    named = Settings(url="http://localhost:8000")
    async with edge_of(world, edge.secrets, settings=named) as other:
        assert "Sign in with a passkey" in (await other.http.get("/signin")).text
        assert (
            json.loads((await other.http.post(f"{SIGN_IN}/options", json={})).text)["publicKey"][
                "rpId"
            ]
            == "localhost"
        )
