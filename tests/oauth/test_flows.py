"""People allow programs: codes, refresh tokens, tills that wait; and how all of it ends."""

import asyncio
import re
import time
from html import unescape

import pytest

from coalition.access.administer import revoke_client
from coalition.access.logins import close_login
from coalition.kit.database import administering
from tests.oauth.people import (
    DEVICE,
    SHOP,
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
from tests.support import World
from tests.support.edge import URL, Edge
from tests.support.promise import WITHIN_FIVE_SECONDS


async def test_a_member_allows_a_shop_to_see_its_points(edge: Edge, mia: Browser) -> None:
    challenge = a_challenge()
    shown = await mia.http.get("/oauth/authorize", params=asking("grocer-shop", challenge))
    assert "Harvest&#39;s web shop" in shown.text
    assert "see your points, and what you did at all brands" in shown.text
    assert "https://shop.example" in shown.headers["content-security-policy"]
    back = led_back(await mia.decide(shown, "allow"))
    assert back["state"] == "st&te=1 x"
    answer = await exchange(edge, back["code"], challenge)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()
    assert token["scope"] == "member:read"
    viewer = (await ask_viewer(edge, token["access_token"])).json()["data"]["viewer"]
    assert (viewer["kind"], viewer["scopes"]) == ("MEMBER", ["member:read"])
    assert viewer["member"]["id"].startswith("mbr_")
    # Allowed once, it is not asked again for as much; for more it is.
    again = a_challenge()
    led_back(await mia.http.get("/oauth/authorize", params=asking("grocer-shop", again)))
    more = asking("grocer-shop", again, scope="member:read member:redeem")
    assert "spend your points" in (await mia.http.get("/oauth/authorize", params=more)).text


async def test_who_does_not_allow_it_is_led_back_without_a_code(mia: Browser) -> None:
    shown = await mia.http.get("/oauth/authorize", params=asking("grocer-shop", a_challenge()))
    back = led_back(await mia.decide(shown, "deny"))
    assert (back["error"], back["state"]) == ("access_denied", "st&te=1 x")
    assert "code" not in back


async def test_a_consent_that_says_twice_where_it_is_from_decides_nothing(mia: Browser) -> None:
    shown = await mia.http.get("/oauth/authorize", params=asking("grocer-shop", a_challenge()))
    answer = await mia.decide(shown, "allow", twice="csrf")
    assert answer.status_code == 400
    assert "The form is not from this page" in answer.text


async def test_a_till_that_is_allowed_by_such_a_form_waits_on(world: World, edge: Edge) -> None:
    await a_login(world, "sup@grocer.example", "support", brand="grocer")
    waiting = (
        await edge.http.post("/oauth/device_authorization", data={"client_id": "grocer-kiosk"})
    ).json()
    browser = Browser(edge.http)
    await browser.sign_in("sup@grocer.example")
    shown = await browser.http.get("/device", params={"user_code": waiting["user_code"]})
    answer = await browser.decide(shown, "allow", twice="csrf")
    assert answer.status_code == 400
    poll = {
        "grant_type": DEVICE, "client_id": "grocer-kiosk", "device_code": waiting["device_code"],
    }  # fmt: skip
    asked = await edge.http.post("/oauth/token", data=poll)
    assert asked.json()["error"] == "authorization_pending"


async def test_a_stranger_signs_in_first_and_comes_back(world: World, edge: Edge) -> None:
    await a_login(world, "mia@example.com", member=await world.enrol("Mia"))
    browser = Browser(edge.http)
    asked = asking("grocer-shop", a_challenge())
    to_sign_in = await browser.http.get("/oauth/authorize", params=asked)
    assert to_sign_in.status_code == 303
    form = await browser.http.get(to_sign_in.headers["location"])
    (next_,) = set(re.findall(r'name="next" value="([^"]+)"', form.text))
    back = await browser.sign_in("mia@example.com", next=unescape(next_))
    shown = await browser.http.get(back.headers["location"])
    assert "Allow this program?" in shown.text


async def test_staff_allow_what_their_roles_hold_and_the_rest_is_left_out(
    world: World, edge: Edge
) -> None:
    await a_login(world, "fin@grocer.example", "finance", brand="grocer")
    browser = Browser(edge.http)
    await browser.sign_in("fin@grocer.example")
    challenge = a_challenge()
    asked = asking("grocer-shop", challenge, scope="settlement:read members:read")
    shown = await browser.http.get("/oauth/authorize", params=asked)
    assert "will not get" in shown.text
    back = led_back(await browser.decide(shown, "allow"))
    token = (await exchange(edge, back["code"], challenge)).json()
    assert token["scope"] == "settlement:read"
    viewer = (await ask_viewer(edge, token["access_token"])).json()["data"]["viewer"]
    assert (viewer["kind"], viewer["partner"]["code"]) == ("PARTNER", "grocer")


async def test_a_brands_program_serves_no_other_brands_staff(world: World, edge: Edge) -> None:
    await a_login(world, "boss@bakery.example", "owner", brand="bakery")
    browser = Browser(edge.http)
    await browser.sign_in("boss@bakery.example")
    asked = asking("grocer-shop", a_challenge(), scope="settlement:read")
    back = led_back(await browser.http.get("/oauth/authorize", params=asked))
    assert back["error"] == "access_denied"


REFUSED_BEFORE_A_REDIRECTION = {
    "an unknown client": {"client_id": "nobody"},
    "another address": {"redirect_uri": "https://shop.example/callback2"},
    "an address with more": {"redirect_uri": SHOP + "?x=1"},
    "an address in capitals": {"redirect_uri": "https://SHOP.example/callback"},
    "no address": {"redirect_uri": ""},
    "a hostile address": {"redirect_uri": "https://shop.example/callback\r\nSet-Cookie: a=b"},
    "an address in Greek": {"redirect_uri": "https://shöp.example/callback"},
    "an address with a quote": {"redirect_uri": SHOP + '"'},
    "another program's address": {"redirect_uri": f"{URL}/graphiql"},
    "a client that is no program for people": {"client_id": "grocer-till"},
    "a loopback of another name": {"redirect_uri": "http://127.0.0.1.evil.example/callback"},
    "a loopback with somebody": {"redirect_uri": "http://a@127.0.0.1:99/callback"},
}


@pytest.mark.parametrize("what", REFUSED_BEFORE_A_REDIRECTION)
async def test_trap_08_nobody_is_led_where_the_client_did_not_say(what: str, mia: Browser) -> None:
    """Security checklist, line 10."""
    asked = asking("grocer-shop", a_challenge(), **REFUSED_BEFORE_A_REDIRECTION[what])
    answer = await mia.http.get("/oauth/authorize", params=asked)
    assert answer.status_code == 400, answer.headers.get("location")
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")


REFUSED_BY_REDIRECTION = {
    "no challenge": ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
    "no method": ({"code_challenge_method": ""}, "invalid_request"),
    "the method plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "the method s256": ({"code_challenge_method": "s256"}, "invalid_request"),
    "a short challenge": ({"code_challenge": "abc"}, "invalid_request"),
    "a token at once": ({"response_type": "token"}, "unsupported_response_type"),
    "an id token": ({"response_type": "id_token"}, "unsupported_response_type"),
    "a scope that it may not have": ({"scope": "points:award"}, "invalid_scope"),
    "a scope that nobody knows": ({"scope": "member:read everything"}, "invalid_scope"),
    "another resource": ({"resource": "https://other.example/"}, "invalid_target"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED_BY_REDIRECTION)
async def test_trap_06_an_authorization_request_is_refused_for(what: str, mia: Browser) -> None:
    """Security checklist, line 9. Security checklist, line 20."""
    more, code = REFUSED_BY_REDIRECTION[what]
    answer = await mia.http.get(
        "/oauth/authorize", params=asking("grocer-shop", a_challenge(), **more)
    )
    back = led_back(answer)
    assert (back["error"], back["state"]) == (code, "st&te=1 x")
    assert "code" not in back


async def test_a_native_program_may_listen_on_any_port_of_this_machine(mia: Browser) -> None:
    """Security checklist, line 10."""
    asked = asking("grocer-shop", a_challenge(), redirect_uri="http://127.0.0.1:53682/callback")
    shown = await mia.http.get("/oauth/authorize", params=asked)
    answer = await mia.decide(shown, "allow")
    assert answer.headers["location"].startswith("http://127.0.0.1:53682/callback?code=")


async def test_trap_07_a_code_shown_again_ends_what_it_gave(edge: Edge, mia: Browser) -> None:
    """Security checklist, line 11."""
    code, challenge = await a_code(mia)
    first = (await exchange(edge, code, challenge)).json()
    again = await exchange(edge, code, challenge)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    renewed = await edge.http.post(
        "/oauth/token",
        data={"grant_type": "refresh_token", "client_id": "grocer-shop",
              "refresh_token": first["refresh_token"]},
    )  # fmt: skip
    assert renewed.json()["error"] == "invalid_grant"
    assert (await ask_viewer(edge, first["access_token"])).status_code == 401


WRONG_EXCHANGES = {
    "another verifier": {"code_verifier": "x" * 50},
    "no verifier": {"code_verifier": ""},
    "another address": {"redirect_uri": "https://shop.example/other"},
    "no address": {"redirect_uri": ""},
    "another client": {"client_id": "explorer"},
}


@pytest.mark.parametrize("what", WRONG_EXCHANGES)
async def test_a_code_is_bound_to_its_client_address_and_challenge(
    what: str, edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 9. Security checklist, line 11."""
    code, challenge = await a_code(mia)
    answer = await exchange(edge, code, challenge, **WRONG_EXCHANGES[what])
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_grant", "invalid_request"}


async def test_a_code_lives_a_minute(world: World, edge: Edge, mia: Browser) -> None:
    """Security checklist, line 11."""
    code, challenge = await a_code(mia)
    await world.superuser.execute(
        "UPDATE oauth_code SET expires_at = expires_at - interval '61 seconds'"
    )
    answer = await exchange(edge, code, challenge)
    assert answer.json()["error"] == "invalid_grant"


async def test_trap_07_refresh_tokens_rotate_and_one_used_again_ends_the_family(
    edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 12."""
    code, challenge = await a_code(mia)
    first = (await exchange(edge, code, challenge)).json()
    second = await refreshed(edge, first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert (await ask_viewer(edge, second["access_token"])).status_code == 200
    assert (await refreshed(edge, first["refresh_token"]))["error"] == "invalid_grant"
    assert (await refreshed(edge, second["refresh_token"]))["error"] == "invalid_grant"


async def test_a_refresh_never_grows_and_is_no_other_clients(edge: Edge, mia: Browser) -> None:
    """Security checklist, line 12. Security checklist, line 15."""
    code, challenge = await a_code(mia, scope="member:read member:redeem")
    first = (await exchange(edge, code, challenge)).json()
    foreign = await refreshed(edge, first["refresh_token"], client_id="explorer")
    assert foreign["error"] == "invalid_grant"
    more = await refreshed(edge, first["refresh_token"], scope="member:read settlement:read")
    assert more["error"] == "invalid_scope"
    # Neither used the token up, or the next one would end the family.
    less = await refreshed(edge, first["refresh_token"], scope="member:read")
    assert less["scope"] == "member:read"
    again = await refreshed(edge, less["refresh_token"])
    assert again["scope"] == "member:read member:redeem"
    assert (await ask_viewer(edge, again["refresh_token"])).status_code == 401


async def test_a_refresh_brings_no_scope_that_the_client_has_lost(
    world: World, edge: Edge, mia: Browser
) -> None:
    code, challenge = await a_code(mia, scope="member:read member:redeem")
    first = (await exchange(edge, code, challenge)).json()
    await world.superuser.execute(
        "UPDATE client SET scopes = array_remove(scopes, 'member:redeem') WHERE id = 'grocer-shop'"
    )
    assert (await refreshed(edge, first["refresh_token"]))["scope"] == "member:read"


async def test_a_till_waits_and_is_allowed_on_somebodys_telephone(world: World, edge: Edge) -> None:
    await a_login(world, "sup@grocer.example", "support", brand="grocer")
    begun = await edge.http.post(
        "/oauth/device_authorization", data={"client_id": "grocer-kiosk", "scope": "members:read"}
    )
    assert begun.status_code == 200, begun.text
    waiting = begun.json()
    assert waiting["verification_uri"] == f"{URL}/device"
    poll = {
        "grant_type": DEVICE,
        "client_id": "grocer-kiosk",
        "device_code": waiting["device_code"],
    }
    assert (await edge.http.post("/oauth/token", data=poll)).json()[
        "error"
    ] == "authorization_pending"
    assert (await edge.http.post("/oauth/token", data=poll)).json()["error"] == "slow_down"
    browser = Browser(edge.http)
    address = waiting["verification_uri_complete"].removeprefix(URL)
    assert (await browser.http.get(address)).status_code == 303
    await browser.sign_in("sup@grocer.example")
    wrong = await browser.http.get("/device?user_code=BBBB-BBBB")
    assert "No till is waiting" in wrong.text
    shown = await browser.http.get(address)
    assert "The kiosk at the door" in shown.text
    done = await browser.decide(shown, "allow")
    assert "The till may go on" in done.text
    token = (await edge.http.post("/oauth/token", data=poll)).json()
    assert token["scope"] == "members:read"
    assert (await ask_viewer(edge, token["access_token"])).status_code == 200
    assert (await edge.http.post("/oauth/token", data=poll)).json()["error"] == "invalid_grant"


async def test_a_till_that_is_not_allowed_is_told_so(world: World, edge: Edge) -> None:
    await a_login(world, "sup@grocer.example", "support", brand="grocer")
    waiting = (
        await edge.http.post("/oauth/device_authorization", data={"client_id": "grocer-kiosk"})
    ).json()
    browser = Browser(edge.http)
    await browser.sign_in("sup@grocer.example")
    await browser.decide(
        await browser.http.get(f"/device?user_code={waiting['user_code'].lower()}"), "deny"
    )
    poll = {
        "grant_type": DEVICE,
        "client_id": "grocer-kiosk",
        "device_code": waiting["device_code"],
    }
    assert (await edge.http.post("/oauth/token", data=poll)).json()["error"] == "access_denied"


async def test_a_revoked_token_stops_with_all_of_its_family(edge: Edge, mia: Browser) -> None:
    code, challenge = await a_code(mia)
    token = (await exchange(edge, code, challenge)).json()
    foreign = await edge.http.post(
        "/oauth/revoke", data={"client_id": "explorer", "token": token["refresh_token"]}
    )
    assert foreign.status_code == 200
    done = await edge.http.post(
        "/oauth/revoke", data={"client_id": "grocer-shop", "token": token["access_token"]}
    )
    assert done.status_code == 200
    assert (await ask_viewer(edge, token["access_token"])).status_code == 401
    assert (await refreshed(edge, token["refresh_token"]))["error"] == "invalid_grant"
    hint = await edge.http.post(
        "/oauth/revoke",
        data={"client_id": "grocer-shop", "token": "x", "token_type_hint": "saml"},
    )
    assert (hint.status_code, hint.json()["error"]) == (400, "unsupported_token_type")


async def test_trap_16_a_closed_login_and_a_revoked_client_stop_within_five_seconds(
    world: World, edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 18."""
    code, challenge = await a_code(mia)
    person = (await exchange(edge, code, challenge)).json()["access_token"]
    machine = await edge.token("grocer-till")
    assert (await ask_viewer(edge, person)).status_code == 200
    assert (await ask_viewer(edge, machine)).status_code == 200
    async with administering(world.addresses) as connection:
        await close_login(connection, "mia@example.com")
        await revoke_client(connection, "grocer-till")
    began = time.monotonic()
    while {(await ask_viewer(edge, one)).status_code for one in (person, machine)} != {401}:
        assert time.monotonic() - began < WITHIN_FIVE_SECONDS
        await asyncio.sleep(0.1)
    assert (await mia.http.get("/account")).status_code == 303
