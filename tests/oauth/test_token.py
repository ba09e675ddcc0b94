"""The token endpoint, and what is accepted as an access token."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from coalition.access import load_keys, set_secret
from coalition.kit.database import administering
from tests.oauth.people import In, by_now
from tests.support import World
from tests.support.brands import a_bakery, a_client, a_grocer
from tests.support.edge import URL, Edge, edge_of

VIEWER = "{ viewer { kind scopes partner { code } } }"


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply()
    async with edge_of(world, applied.new_secrets) as made:
        yield made


def _unsealed(token: str, part: int) -> dict[str, Any]:
    text = token.split(".")[part]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


async def test_trap_01_a_client_gets_a_token_of_its_own_scopes_for_ten_minutes(
    world: World, edge: Edge
) -> None:
    answer = await edge.ask_for_token("grocer-till")
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    header, claims = (_unsealed(body["access_token"], part) for part in (0, 1))
    assert header["typ"] == "at+jwt"
    assert header["alg"] == "ES256"
    assert claims["iss"] == URL
    assert claims["aud"] == f"{URL}/graphql"
    assert claims["exp"] - claims["iat"] == 600
    assert claims["partner_id"] == world.partner("grocer").id
    assert claims["client_id"] == claims["sub"] == "grocer-till"
    viewer = await edge.ask("grocer-till", VIEWER)
    assert viewer["kind"] == "PARTNER"
    assert viewer["partner"] == {"code": "grocer"}
    assert viewer["scopes"] == sorted(body["scope"].split())


async def test_the_secret_may_stand_in_the_form(edge: Edge) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": "grocer-till",
        "client_secret": edge.secrets["grocer-till"],
    }
    answer = await edge.http.post("/oauth/token", data=form)
    assert answer.status_code == 200


async def test_trap_15_a_client_asks_for_less_but_never_for_more(edge: Edge) -> None:
    less = await edge.ask_for_token("grocer-till", scope="points:award")
    assert less.json()["scope"] == "points:award"
    for scope in ("points:award settlement:close", "points:everything"):
        more = await edge.ask_for_token("grocer-till", scope=scope)
        assert more.status_code == 400
        assert more.json()["error"] == "invalid_scope"


async def test_trap_14_an_unknown_client_and_a_wrong_secret_answer_alike(edge: Edge) -> None:
    """Security checklist, line 16."""
    wrong = await edge.ask_for_token("grocer-till", "wrong" * 10)
    unknown = await edge.ask_for_token("nobody", "wrong" * 10)
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert wrong.json()["error"] == "invalid_client"


async def test_a_client_that_the_file_no_longer_names_gets_no_token(
    world: World, edge: Edge
) -> None:
    await world.apply(brands=[a_grocer(clients=[a_client("other-till")]), a_bakery()])
    answer = await edge.ask_for_token("grocer-till")
    assert answer.status_code == 401


BAD_REQUESTS: dict[str, tuple[dict[str, Any], int]] = {
    "another grant": ({"data": {"grant_type": "password"}}, 400),
    "no grant": ({"data": {}}, 400),
    "JSON": ({"json": {"grant_type": "client_credentials"}}, 400),
    "a repeated parameter": (
        {
            "content": "grant_type=client_credentials&grant_type=client_credentials",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
        400,
    ),
    "credentials in the address": (
        {
            "params": {"client_id": "grocer-till", "client_secret": "x"},
            "data": {"grant_type": "client_credentials"},
        },
        400,
    ),
    "credentials that are no UTF-8": (
        {
            "data": {"grant_type": "client_credentials"},
            "headers": {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:x").decode()},
        },
        400,
    ),
    "no credentials": ({"data": {"grant_type": "client_credentials"}}, 401),
    "a NUL in the client id": (
        {
            "data": {"grant_type": "client_credentials"},
            "headers": {"Authorization": "Basic " + base64.b64encode(b"a\x00b:x").decode()},
        },
        401,
    ),
}


@pytest.mark.parametrize("what", BAD_REQUESTS)
async def test_a_bad_request_for_a_token_is_never_our_error(what: str, edge: Edge) -> None:
    """Trap 12 among others. Security checklist, line 19."""
    request, status = BAD_REQUESTS[what]
    answer = await edge.http.post("/oauth/token", **request)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_token_is_asked_for_by_post(edge: Edge) -> None:
    answer = await edge.http.get("/oauth/token")
    assert answer.status_code == 405


async def test_rotating_a_secret_ends_the_one_before(world: World, edge: Edge) -> None:
    new = "n" * 40
    async with administering(world.addresses) as connection:
        await set_secret(connection, "grocer-till", new)
    assert (await edge.ask_for_token("grocer-till")).status_code == 401
    assert (await edge.ask_for_token("grocer-till", new)).status_code == 200


GONE: Any = object()
# what -> the claims and the header that differ from a good token
FORGED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "expired": ({"iat": In(-900), "exp": In(-300)}, {}),
    "not yet valid": ({"iat": In(3600), "exp": In(3900)}, {}),
    "for another audience": ({"aud": "https://elsewhere.test/graphql"}, {}),
    "of another issuer": ({"iss": "https://elsewhere.test"}, {}),
    "without an end": ({"exp": GONE}, {}),
    "with a longer life": ({"exp": In(3600)}, {}),
    "an ID token": ({}, {"typ": "JWT"}),
    "of no type": ({}, {"typ": GONE}),
    "of another key id": ({}, {"kid": "somebody"}),
    "with a scope of the operator": ({"scope": "points:award settlement:close"}, {}),
    "with an unknown scope": ({"scope": "points:award everything"}, {}),
    "of a partner that is text": ({"partner_id": "1"}, {}),
    "of an unknown partner": ({"partner_id": 4711}, {}),
    "of no client": ({"client_id": GONE}, {}),
    "of nobody": ({"sub": GONE}, {}),
    "not before an hour": ({"nbf": In(3600)}, {}),
    "of no time": ({"iat": GONE}, {}),
    "until a time that is text": ({"exp": In(300, as_text=True)}, {}),
    "for nobody": ({"aud": GONE}, {}),
    "of no issuer": ({"iss": GONE}, {}),
    "a refresh token": ({}, {"typ": "rt+jwt"}),
}


async def _a_good_token(world: World) -> tuple[dict[str, Any], dict[str, Any], ECKey]:
    keys = await load_keys(world.database)
    now = int(time.time())
    claims = {
        "iss": URL, "aud": f"{URL}/graphql", "sub": "grocer-till", "client_id": "grocer-till",
        "iat": now, "exp": now + 600, "jti": "x", "scope": "points:award",
        "partner_id": world.partner("grocer").id,
    }  # fmt: skip
    return {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid}, claims, keys.signing


async def _asks_with(edge: Edge, token: str) -> httpx2.Response:
    return await edge.http.post(
        "/graphql", json={"query": VIEWER}, headers={"Authorization": f"Bearer {token}"}
    )


def _assert_refused(answer: httpx2.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_made_with_our_key_and_our_claims_is_accepted(
    world: World, edge: Edge
) -> None:
    header, claims, key = await _a_good_token(world)
    assert (await _asks_with(edge, jwt.encode(header, claims, key))).status_code == 200


@pytest.mark.parametrize("what", FORGED)
async def test_trap_03_a_token_is_refused_that_is(what: str, world: World, edge: Edge) -> None:
    """Security checklist, line 14. Security checklist, line 15."""
    header, claims, key = await _a_good_token(world)
    other_claims, other_header = FORGED[what]
    claims = {n: v for n, v in (claims | by_now(other_claims)).items() if v is not GONE}
    header = {n: v for n, v in (header | other_header).items() if v is not GONE}
    # Not by jwt.encode, which adds a type to a header that has none.
    token = jws.serialize_compact(header, json.dumps(claims), key)
    answer = await _asks_with(edge, token)
    _assert_refused(answer)
    assert token not in answer.text


async def test_a_token_signed_by_another_hand_is_refused(world: World, edge: Edge) -> None:
    """Security checklist, line 14."""
    header, claims, key = await _a_good_token(world)
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    body = jwt.encode(header, claims, key).split(".")[1]
    public = OctKey.import_key(base64.b64encode(key.as_pem(private=False)))
    mine = ECKey.generate_key("P-256")
    for token in (
        jwt.encode(header | {"jwk": mine.as_dict(private=False)}, claims, mine),
        jwt.encode(header, claims, ECKey.generate_key("P-256")),
        jwt.encode(header | {"alg": "HS256"}, claims, public),
        f"{head}.{body}.",
        "a.b.c",
        "",
    ):
        _assert_refused(await _asks_with(edge, token))


async def test_without_a_token_nothing_is_told(edge: Edge) -> None:
    """Security checklist, line 34."""
    for query in (VIEWER, "{ __schema { types { name } } }", "{ nonsense"):
        answer = await edge.http.post("/graphql", json={"query": query})
        assert answer.status_code == 401
        assert len(answer.json()["errors"]) == 1
