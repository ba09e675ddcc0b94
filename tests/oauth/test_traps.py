"""What authlib gets wrong when it is left to itself, and what this server does instead."""

import base64
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from joserfc import jws, jwt

from coalition.access import load_keys
from coalition.app import create_app
from coalition.kit.config import Settings
from coalition.kit.database import Database
from tests.oauth.people import (
    DEVICE,
    SHOP,
    Browser,
    a_challenge,
    a_code,
    a_login,
    an_assertion,
    ask_viewer,
    asking,
    exchange,
    led_back,
    refreshed,
    with_key,
)
from tests.support import World, nothing_moves
from tests.support.edge import URL, Edge, an_award, edge_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


async def _tokens_of_every_grant(world: World, edge: Edge, mia: Browser) -> dict[str, str]:
    code, challenge = await a_code(mia)
    by_code = (await exchange(edge, code, challenge)).json()
    by_refresh = await refreshed(edge, by_code["refresh_token"])
    await a_login(world, "sup@grocer.example", "support", brand="grocer")
    asked = {"client_id": "grocer-kiosk", "scope": "members:read"}
    waiting = (await edge.http.post("/oauth/device_authorization", data=asked)).json()
    browser = Browser(edge.http)
    browser.http.cookies.clear()
    await browser.enter(world, "sup@grocer.example")
    shown = await browser.http.get("/device", params={"user_code": waiting["user_code"]})
    await browser.decide(shown, "allow")
    poll = {"grant_type": DEVICE, "client_id": "grocer-kiosk",
            "device_code": waiting["device_code"]}  # fmt: skip
    return {
        "client_credentials": await edge.token("grocer-till"),
        "authorization_code": by_code["access_token"],
        "refresh_token": by_refresh["access_token"],
        "device_code": (await edge.http.post("/oauth/token", data=poll)).json()["access_token"],
    }


async def test_trap_01_and_02_every_grant_gives_ten_minutes_for_this_api_and_no_other(
    world: World, edge: Edge, mia: Browser
) -> None:
    for grant, token in (await _tokens_of_every_grant(world, edge, mia)).items():
        claims = _claims(token)
        assert claims["exp"] - claims["iat"] == 600, grant
        assert claims["aud"] == f"{URL}/graphql", grant
        assert (await ask_viewer(edge, token)).status_code == 200, grant
    async with edge_of(world, edge.secrets, settings=Settings(url=URL, token_seconds=30)) as short:
        answer = (await short.ask_for_token("grocer-till")).json()
        assert answer["expires_in"] == 30
        assert _claims(answer["access_token"])["exp"] - int(time.time()) <= 30
    with pytest.raises(ValueError, match="less than or equal to 600"):
        Settings(url=URL, token_seconds=601)


async def test_trap_02_a_resource_goes_with_a_code_and_a_refresh_too(
    edge: Edge, mia: Browser
) -> None:
    ours = f"{URL}/graphql"
    code, challenge = await a_code(mia, resource=ours)
    wrong = await exchange(edge, code, challenge, resource="https://other.example")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_target")
    good = (await exchange(edge, code, challenge, resource=ours)).json()
    assert _claims(good["access_token"])["aud"] == ours
    token = good["refresh_token"]
    refused = await refreshed(edge, token, resource="https://other.example")
    assert refused["error"] == "invalid_target"
    assert "access_token" in await refreshed(edge, token, resource=ours)


TYPES = {
    "JWT": 401, "jwt": 401, "": 401, "at+jwtx": 401, "logout+jwt": 401, "dpop+jwt": 401,
    "at+jwt": 200, "AT+JWT": 200, "application/at+jwt": 200,
}  # fmt: skip


async def test_trap_04_a_token_says_that_it_is_an_access_token(world: World, edge: Edge) -> None:
    """Security checklist, line 14. Security checklist, line 15."""
    keys = await load_keys(world.database)
    claims = _claims(await edge.token("grocer-till"))
    header = {"alg": "ES256", "kid": keys.signing.kid}
    found = {
        kind: (await ask_viewer(edge, jwt.encode(header | {"typ": kind}, claims, keys.signing)))
        for kind in TYPES
    }
    assert {kind: answer.status_code for kind, answer in found.items()} == TYPES
    # jwt.encode would add a type.
    without = jws.serialize_compact(header, json.dumps(claims), keys.signing)
    assert "typ" not in base64.urlsafe_b64decode(without.split(".")[0] + "==").decode()
    assert (await ask_viewer(edge, without)).status_code == 401


async def test_trap_05_one_scope_of_two_that_are_needed_is_not_enough(
    world: World, edge: Edge
) -> None:
    await world.enrol("Ada", card="7001")
    both = """mutation ($award: AwardPointsInput!, $redeem: RedeemPointsInput!) {
      awardPoints(input: $award) { userErrors { code } }
      redeemPoints(input: $redeem) { userErrors { code } } }"""
    asked = {
        "award": an_award("r-1", "7001"),
        "redeem": {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 10,
                   "reference": "b"},
    }  # fmt: skip
    async with nothing_moves(world):
        for scope in ("points:award", "points:redeem"):
            answer = await edge.post("grocer-till", both, asked, scope=scope)
            assert answer.status_code == 403
            (error,) = answer.json()["errors"]
            assert error["extensions"]["code"] == "INSUFFICIENT_SCOPE"
    answer = await edge.post("grocer-till", both, asked, scope="points:award points:redeem")
    assert answer.status_code == 200
    assert answer.json()["data"]["awardPoints"] == {"userErrors": []}


async def test_trap_09_every_answer_to_an_authorization_request_names_the_issuer(
    edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 13. `led_back` wants each parameter once, and `iss` ours."""
    told = (await edge.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["authorization_response_iss_parameter_supported"] is True
    for state in ("st&te=1 x", "%00%0d%0a", "=" * 200, ""):
        asked = asking("grocer-shop", a_challenge(), state=state)
        shown = await mia.http.get("/oauth/authorize", params=asked)
        for decision, answered in (("deny", "error"), ("allow", "code")):
            back = led_back(await mia.decide(shown, decision))
            assert back.get("state", "") == state
            assert answered in back
        await mia.http.post("/account/permissions", data={
            "client": "grocer-shop", "csrf": shown.text.split('name="csrf" value="')[1][:64],
        })  # fmt: skip
        wrong = asking("grocer-shop", a_challenge(), state=state, scope="everything")
        back = led_back(await mia.http.get("/oauth/authorize", params=wrong))
        assert (back["error"], back.get("state", "")) == ("invalid_scope", state)


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token"])
async def test_trap_10_both_kinds_of_token_go_to_one_address_under_any_hint(
    hint: str | None, edge: Edge, mia: Browser
) -> None:
    hinted = {"token_type_hint": hint} if hint else {}
    for kind in ("access_token", "refresh_token"):
        code, challenge = await a_code(mia)
        tokens = (await exchange(edge, code, challenge)).json()
        form = {"client_id": "grocer-shop", "token": tokens[kind]} | hinted
        assert (await edge.http.post("/oauth/revoke", data=form)).status_code == 200
        assert (await edge.http.post("/oauth/revoke", data=form)).status_code == 200
        assert (await refreshed(edge, tokens["refresh_token"]))["error"] == "invalid_grant"
        assert (await ask_viewer(edge, tokens["access_token"])).status_code == 401
    form = {"token": await edge.token("grocer-till")} | hinted
    auth = ("grocer-till", edge.secrets["grocer-till"])
    told = (await edge.http.post("/oauth/introspect", data=form, auth=auth)).json()
    assert (told["active"], told["sub"]) == (True, "grocer-till")


async def test_trap_11_behind_a_proxy_that_ends_tls_nothing_is_called_insecure(
    world: World, edge: Edge, mia: Browser
) -> None:
    """The server hears plain HTTP, under a name of the inside; the world says https."""
    app = create_app(world.database, Settings(url=URL), world.clock)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as http:
        inside = Edge(http, edge.secrets)
        answer = await inside.ask_for_token("grocer-till")
        assert answer.status_code == 200, answer.text
        assert _claims(answer.json()["access_token"])["iss"] == URL
        http.cookies.update(dict(mia.http.cookies))
        asked = asking("grocer-shop", a_challenge())
        shown = await http.get("/oauth/authorize", params=asked, headers={"Cookie": "; ".join(
            f"{name}={value}" for name, value in mia.http.cookies.items()
        )})  # fmt: skip
        assert shown.status_code == 200, shown.headers


REPEATED = {
    "the grant": "grant_type=client_credentials&grant_type=client_credentials",
    "the scope": "grant_type=client_credentials&scope=points:award&scope=points:redeem",
    "the client": "grant_type=client_credentials&client_id=grocer-till&client_id=grocer-till",
}


@pytest.mark.parametrize("what", REPEATED)
async def test_trap_12_a_parameter_that_is_repeated_is_refused(what: str, edge: Edge) -> None:
    """Security checklist, line 19."""
    auth = ("grocer-till", edge.secrets["grocer-till"])
    body = REPEATED[what]
    answer = await edge.http.post("/oauth/token", content=body, headers=FORM, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "is given twice" in answer.json()["error_description"]
    twice = f"grant_type=client_credentials&resource={URL}&resource={URL}/graphql"
    good = await edge.http.post("/oauth/token", content=twice, headers=FORM, auth=auth)
    assert good.status_code == 200, "but `resource` may be (RFC 8707)"


async def test_trap_12_nor_may_an_authorization_request_repeat_one(mia: Browser) -> None:
    asked = urlencode([*asking("grocer-shop", a_challenge()).items(), ("redirect_uri", SHOP)])
    answer = await mia.http.get(f"/oauth/authorize?{asked}")
    assert answer.status_code == 400
    assert "stands there twice" in answer.text


async def test_trap_13_an_assertion_is_used_up_on_every_server(world: World, edge: Edge) -> None:
    """Security checklist, line 17. Two servers, each with its own connections."""
    told = (await edge.http.get("/.well-known/oauth-authorization-server")).json()
    for name, value in told.items():
        if name.endswith("_auth_methods_supported"):
            assert "private_key_jwt" in value, name
    assertion = with_key(an_assertion())
    database = Database(world.addresses, connections=2)
    try:
        async with edge_of(world, edge.secrets, database) as other:
            first = await edge.http.post("/oauth/token", data=assertion)
            second = await other.http.post("/oauth/token", data=assertion)
    finally:
        await database.close()
    assert (first.status_code, second.status_code) == (200, 401)


Ask = Callable[[int], Awaitable[httpx2.Response]]


async def _least_work(asks: Sequence[Ask], times: int) -> list[float]:
    """Of each, asked in turns, in seconds of this process: the server is in it. How long a busy
    machine lets it wait says nothing.
    """
    taken: list[list[float]] = [[] for _ in asks]
    for number in range(times):
        for ask, times_of_it in zip(asks, taken, strict=True):
            began = time.process_time()
            answer = await ask(number)
            times_of_it.append(time.process_time() - began)
            assert answer.status_code == 401
    return [min(one) for one in taken]


async def test_trap_14_the_time_does_not_tell_who_is_known(world: World, edge: Edge) -> None:
    """Security checklist, line 16. A factor of three: this is about work that is left out."""
    await a_login(world, "mia@example.com", member=await world.enrol("Mia"))

    def client(name: str) -> Ask:
        return lambda _: edge.ask_for_token(name, "x" * 40)

    def person(email: str) -> Ask:
        return lambda n: Browser(edge.http).sign_in(email, f"a wrong guess {n}")

    def machine(name: str) -> Ask:
        return lambda n: edge.http.post(
            "/oauth/token", data=with_key(an_assertion(iss=name, sub=name, jti=str(n), exp=1))
        )

    for ask, known, unknown, times in (
        (client, "grocer-till", "nobody", 7), (machine, "grocer-machine", "nobody", 7),
        (person, "mia@example.com", "nobody@example.com", 3),
    ):  # fmt: skip
        one, other = await _least_work([ask(known), ask(unknown)], times)
        assert 1 / 3 < one / other < 3, (ask.__name__, one, other)


async def test_trap_14_the_challenge_has_a_realm_and_a_wrong_hint_is_a_400(edge: Edge) -> None:
    wrong = await edge.ask_for_token("grocer-till", "x" * 40)
    assert wrong.headers["www-authenticate"] == 'Basic realm="coalition", charset="UTF-8"'
    form = {"client_id": "grocer-shop", "token": "x", "token_type_hint": "saml"}
    hinted = await edge.http.post("/oauth/revoke", data=form)
    assert (hinted.status_code, hinted.json()["error"]) == (400, "unsupported_token_type")


async def test_credentials_of_one_client_do_not_speak_for_another(edge: Edge) -> None:
    other = await edge.ask_for_token("grocer-till", client_id="bakery-till")
    assert (other.status_code, other.json()["error"]) == (401, "invalid_client")
    for second in ({"client_secret": edge.secrets["grocer-till"]}, with_key(an_assertion())):
        twice = await edge.ask_for_token("grocer-till", **second)
        assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
