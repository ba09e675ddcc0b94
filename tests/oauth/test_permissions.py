"""What people allowed: seen and taken back by them, and ended by what happens to them."""

import asyncio
import re
import time

import pytest

from coalition.access.logins import change_password
from coalition.kit.config import Settings
from coalition.kit.database import administering
from tests.oauth.conftest import brands
from tests.oauth.people import (
    DEVICE,
    Browser,
    a_challenge,
    a_code,
    a_login,
    ask_viewer,
    asking,
    exchange,
    led_back,
    refreshed,
)
from tests.support import World, nothing_moves
from tests.support.edge import AWARD, REDEEM, URL, Edge, an_award, codes, edge_of
from tests.support.promise import WITHIN_FIVE_SECONDS

BOSS = "boss@grocer.example"
ABOUT_PEOPLE = "{ awards { nodes { id } } }"


async def _csrf(browser: Browser) -> str:
    shown = await browser.http.get("/account")
    found: set[str] = set(re.findall(r'name="csrf" value="([^"]+)"', shown.text))
    (token,) = found
    return token


async def test_a_person_sees_what_it_allows_and_takes_it_back(
    world: World, edge: Edge, mia: Browser
) -> None:
    assert "No program may do anything for you." in (await mia.http.get("/account")).text
    code, challenge = await a_code(mia)
    token = (await exchange(edge, code, challenge)).json()
    shown = (await mia.http.get("/account")).text
    assert "Harvest&#39;s web shop" in shown
    assert "see your points, and what you did at all brands" in shown
    csrf = await _csrf(mia)
    async with nothing_moves(world):
        for form in (
            {"csrf": "0" * 64, "client": "grocer-shop"}, {"client": "grocer-shop"},
            {"csrf": csrf, "client": "grocer-kiosk"}, {"csrf": csrf},
        ):  # fmt: skip
            await mia.http.post("/account/permissions", data=form)
    assert (await ask_viewer(edge, token["access_token"])).status_code == 200
    ended = await mia.http.post(
        "/account/permissions", data={"csrf": csrf, "client": "grocer-shop"}
    )
    assert (ended.status_code, ended.headers["location"]) == (303, "/account")
    began = time.monotonic()
    while (await ask_viewer(edge, token["access_token"])).status_code != 401:
        assert time.monotonic() - began < WITHIN_FIVE_SECONDS
        await asyncio.sleep(0.1)
    assert (await refreshed(edge, token["refresh_token"]))["error"] == "invalid_grant"
    assert "No program may" in (await mia.http.get("/account")).text
    again = await mia.http.get("/oauth/authorize", params=asking("grocer-shop", a_challenge()))
    assert "Allow this program?" in again.text, "it is asked for once more"


async def test_nobody_ends_what_another_allows(world: World, edge: Edge, mia: Browser) -> None:
    await a_code(mia)
    mia.http.cookies.clear()
    await a_login(world, "noah@example.com", member=await world.enrol("Noah"))
    noah = Browser(edge.http)
    await noah.enter(world, "noah@example.com")
    csrf = await _csrf(noah)
    async with nothing_moves(world):
        await noah.http.post("/account/permissions", data={"csrf": csrf, "client": "grocer-shop"})


async def _explorer(edge: Edge, browser: Browser) -> dict[str, str]:
    """What the explorer's page comes to: the server's own, so nobody is asked."""
    challenge = a_challenge()
    asked = asking(
        "explorer", challenge, scope="member:read", redirect_uri=f"{URL}/graphiql", state="s"
    )
    back = await browser.http.get("/oauth/authorize", params=asked)
    (code,) = re.findall(r"[?&]code=([^&]+)", back.headers["location"])
    answer = await exchange(edge, code, challenge, "explorer", redirect_uri=f"{URL}/graphiql")
    found: dict[str, str] = answer.json()
    return found


async def test_signing_out_ends_the_tokens_of_our_own_pages_and_no_others(
    edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 21."""
    code, challenge = await a_code(mia)
    shop = (await exchange(edge, code, challenge)).json()
    page = await _explorer(edge, mia)
    assert "The explorer of this server" in (await mia.http.get("/account")).text
    out = await mia.http.post("/signout", data={"csrf": await _csrf(mia)})
    assert out.status_code == 303
    assert (await ask_viewer(edge, page["access_token"])).status_code == 401
    gone = await refreshed(edge, page["refresh_token"], client_id="explorer")
    assert gone["error"] == "invalid_grant"
    # The shop was allowed to act while its customer is away.
    assert (await ask_viewer(edge, shop["access_token"])).status_code == 200
    assert "access_token" in await refreshed(edge, shop["refresh_token"])


async def test_another_password_ends_the_tokens_of_our_own_pages(
    world: World, edge: Edge, mia: Browser
) -> None:
    page = await _explorer(edge, mia)
    async with administering(world.addresses) as connection:
        await change_password(connection, "mia@example.com", "something else entirely")
    gone = await refreshed(edge, page["refresh_token"], client_id="explorer")
    assert gone["error"] == "invalid_grant"


async def test_a_program_that_anything_on_a_machine_could_be_is_asked_for_each_time(
    mia: Browser,
) -> None:
    asked = asking("grocer-shop", a_challenge(), redirect_uri="http://127.0.0.1:53682/callback")
    for _ in range(2):
        shown = await mia.http.get("/oauth/authorize", params=asked)
        assert shown.status_code == 200
        await mia.decide(shown, "allow")


async def test_allowing_is_no_easier_than_not_allowing(mia: Browser) -> None:
    """M22: both are buttons of one form and one style, and the first one is the refusal."""
    shown = await mia.http.get("/oauth/authorize", params=asking("grocer-shop", a_challenge()))
    form = shown.text.split('class="buttons">')[1].split("</form>")[0]
    buttons = re.findall(r"<button([^>]*)>([^<]+)<", form)
    assert buttons == [
        (' class="button second" name="decision" value="deny"', "Do not allow"),
        (' class="button second" name="decision" value="allow"', "Allow"),
    ]
    assert "take this back at any time" in shown.text
    assert (await mia.decide(shown, "")).headers["location"].count("access_denied") == 1


async def test_only_a_button_that_is_pressed_allows_anything(world: World, mia: Browser) -> None:
    """Security checklist, line 20. HEAD is answered wherever GET is."""
    asked = asking("grocer-shop", a_challenge())
    async with nothing_moves(world):
        for method in ("GET", "HEAD"):
            shown = await mia.http.request(method, "/oauth/authorize", params=asked)
            assert (shown.status_code, "location" in shown.headers) == (200, False)
        for fields in ({}, {"decision": "allow"}, {"decision": "allow", "csrf": "0" * 64}):
            forged = await mia.http.post("/oauth/authorize", params=asked, data=fields)
            assert (forged.status_code, "location" in forged.headers) == (400, False)
        assert (await mia.http.head("/signin")).status_code == 200
        assert (await mia.http.head("/account/confirm")).status_code == 200


async def test_a_cookie_that_a_neighbour_could_set_signs_nobody_in(
    edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 21. Only `__Host-` counts where there is TLS: another host of the
    domain can set any other name.
    """
    (session,) = mia.http.cookies.values()
    mia.http.cookies.clear()
    planted = await edge.http.get("/account", headers={"Cookie": f"coalition={session}"})
    assert planted.status_code == 303
    own = await edge.http.get("/account", headers={"Cookie": f"__Host-coalition={session}"})
    assert own.status_code == 200


async def _waiting(edge: Edge) -> dict[str, str]:
    asked = {"client_id": "grocer-kiosk", "scope": "members:read"}
    found: dict[str, str] = (await edge.http.post("/oauth/device_authorization", data=asked)).json()
    return found


async def test_guessing_at_the_codes_of_tills_is_slowed_down(world: World, edge: Edge) -> None:
    await a_login(world, BOSS, "owner", brand="grocer")
    browser = Browser(edge.http)
    await browser.enter(world, BOSS)
    waiting = await _waiting(edge)
    shown = await browser.http.get("/device", params={"user_code": waiting["user_code"]})
    assert waiting["user_code"] in shown.text
    assert "nobody sent it to you" in shown.text
    for n in range(10):
        wrong = await browser.http.get(f"/device?user_code=BBBBBBB{'BCDFGHJKLM'[n]}")
        assert wrong.status_code == 400
    assert (await browser.http.get("/device?user_code=BBBBBBBN")).status_code == 429
    assert (await browser.decide(shown, "allow")).status_code == 429


async def test_only_who_could_allow_a_till_refuses_it(world: World, edge: Edge) -> None:
    waiting = await _waiting(edge)
    await a_login(world, "boss@bakery.example", "owner", brand="bakery")
    browser = Browser(edge.http)
    await browser.enter(world, "boss@bakery.example")
    shown = await browser.http.get("/device", params={"user_code": waiting["user_code"]})
    assert "Your roles do not let you" in shown.text
    fields = {"csrf": await _csrf(browser), "user_code": waiting["user_code"], "decision": "deny"}
    async with nothing_moves(world):
        assert (await browser.http.post("/device", data=fields)).status_code == 400
    poll = {"grant_type": DEVICE, "client_id": "grocer-kiosk",
            "device_code": waiting["device_code"]}  # fmt: skip
    told = await edge.http.post("/oauth/token", data=poll)
    assert told.json()["error"] == "authorization_pending"


async def _suspend(world: World, status: str = "suspended") -> None:
    grocer, bakery = brands()
    await world.apply(brands=[grocer | {"status": status}, bakery])


async def test_trap_16_a_suspended_brand_stops_within_five_seconds_everywhere(
    world: World, edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 18. Its machines, its staff, and what members allowed it; on a
    server that did not hear of it otherwise.
    """
    code, challenge = await a_code(mia)
    member = (await exchange(edge, code, challenge)).json()["access_token"]
    machine = await edge.token("grocer-till")
    mia.http.cookies.clear()
    await a_login(world, BOSS, "owner", brand="grocer")
    boss = Browser(edge.http)
    await boss.enter(world, BOSS)
    challenge = a_challenge()
    asked = asking("grocer-shop", challenge, scope="members:read settlement:read")
    shown = await boss.http.get("/oauth/authorize", params=asked)
    back = led_back(await boss.decide(shown, "allow"))
    staff = (await exchange(edge, back["code"], challenge)).json()["access_token"]
    tokens = {"machine": machine, "staff": staff, "member": member}
    async with edge_of(world, edge.secrets) as other:
        for server in (edge, other):
            for token in tokens.values():
                assert (await ask_viewer(server, token)).status_code == 200
        await _suspend(world)
        began = time.monotonic()
        wanted = {"machine": 403, "staff": 403, "member": 401}
        for server in (edge, other):
            while wanted != {
                who: await _about_people(server, who, token) for who, token in tokens.items()
            }:
                assert time.monotonic() - began < WITHIN_FIVE_SECONDS
                await asyncio.sleep(0.1)
        async with nothing_moves(world):
            spend = {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 10,
                     "reference": "b"}  # fmt: skip
            for document, asked_for in ((AWARD, an_award("r-1", "7001")), (REDEEM, spend)):
                answer = await other.ask("grocer-till", document, input=asked_for)
                assert codes(answer) == ["PARTNER_SUSPENDED"]
        # Its accounts stay its own, and no member is asked to allow it more.
        assert (await ask_viewer(other, staff)).json()["data"]["viewer"]["kind"] == "PARTNER"
    await boss.enter(world, "mia@example.com")
    refused = await boss.http.get("/oauth/authorize", params=asking("grocer-shop", a_challenge()))
    assert led_back(refused)["error"] == "access_denied"


async def _about_people(edge: Edge, who: str, token: str) -> int:
    query = "{ viewer { member { id } } }" if who == "member" else ABOUT_PEOPLE
    answer = await edge.http.post(
        "/graphql", json={"query": query}, headers={"Authorization": f"Bearer {token}"}
    )
    return answer.status_code


async def test_staff_of_a_brand_that_has_left_are_out_everywhere(world: World, edge: Edge) -> None:
    await a_login(world, BOSS, "owner", brand="grocer")
    boss = Browser(edge.http)
    await boss.enter(world, BOSS)
    challenge = a_challenge()
    asked = asking("explorer", challenge, scope="settlement:read",
                   redirect_uri=f"{URL}/graphiql")  # fmt: skip
    back = await boss.http.get("/oauth/authorize", params=asked)
    (code,) = re.findall(r"[?&]code=([^&]+)", back.headers["location"])
    token = (
        await exchange(edge, code, challenge, "explorer", redirect_uri=f"{URL}/graphiql")
    ).json()
    assert (await ask_viewer(edge, token["access_token"])).status_code == 200
    await world.superuser.execute("UPDATE partner SET status = 'left' WHERE code = 'grocer'")
    async with edge_of(world, edge.secrets) as other:
        assert (await ask_viewer(other, token["access_token"])).status_code == 401
        gone = await refreshed(other, token["refresh_token"], client_id="explorer")
        assert gone["error"] == "invalid_grant"
        assert (await other.http.get("/account")).status_code == 303


@pytest.mark.parametrize("origin", ["https://app.grocer.example", "https://evil.example"])
async def test_a_page_of_a_named_origin_gets_its_tokens_in_the_browser(
    origin: str, world: World, edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 36. Named origins, never with cookies."""
    settings = Settings(url=URL, cors_origins="https://app.grocer.example")
    is_named = origin == "https://app.grocer.example"
    code, challenge = await a_code(mia)
    async with edge_of(world, edge.secrets, settings=settings) as named:
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        before = await named.http.options("/oauth/token", headers=asks)
        assert (before.headers.get("access-control-allow-origin") == origin) is is_named
        answer = await named.http.post(
            "/oauth/token",
            data={"grant_type": "authorization_code", "code": code, "client_id": "grocer-shop",
                  "redirect_uri": "https://shop.example/callback",
                  "code_verifier": challenge.verifier},
            headers={"Origin": origin},
        )  # fmt: skip
        assert answer.status_code == 200
        assert (answer.headers.get("access-control-allow-origin") == origin) is is_named
        assert "access-control-allow-credentials" not in answer.headers
        told = await named.http.get("/.well-known/oauth-authorization-server")
        assert told.headers["access-control-allow-origin"] == "*"
