"""What clients are told, how they show who they are, and how their keys and secrets change."""

import asyncio
import base64
import json
from datetime import timedelta

import pytest

from coalition.access import rotate_signing_key
from coalition.access.administer import set_secret
from coalition.kit.database import administering
from tests.oauth.people import (
    PASSWORD,
    Browser,
    In,
    a_code,
    an_assertion,
    ask_viewer,
    by_now,
    exchange,
    with_key,
)
from tests.support import World, assert_books_balance, nothing_moves
from tests.support.edge import AWARD, BATCH, REDEEM, URL, Edge, an_award, codes, edge_of


async def test_trap_13_a_client_signs_with_its_own_key_once(edge: Edge) -> None:
    """Security checklist, line 15. Security checklist, line 17."""
    assertion = an_assertion()
    answer = await edge.http.post("/oauth/token", data=with_key(assertion))
    assert answer.status_code == 200, answer.text
    assert (await ask_viewer(edge, answer.json()["access_token"])).status_code == 200
    assert (await edge.http.post("/oauth/token", data=with_key(assertion))).status_code == 401
    # It is no access token either.
    assert (await ask_viewer(edge, an_assertion())).status_code == 401


WRONG_ASSERTIONS: dict[str, dict[str, object]] = {
    "another audience": {"aud": "https://other.example"},
    "no audience": {"aud": None},
    "an end in a day": {"exp": In(100_000)},
    "an end in six minutes": {"exp": In(360)},
    "an end that is over": {"exp": In(-1)},
    "no end": {"exp": None},
    "no number": {"jti": None},
    "a long number": {"jti": "x" * 300},
    "another issuer": {"iss": "grocer-till"},
    "another subject": {"sub": "grocer-till"},
    "a beginning to come": {"nbf": In(500)},
    "a day of being made that is to come": {"iat": In(500), "exp": In(560)},
}


@pytest.mark.parametrize("what", WRONG_ASSERTIONS)
async def test_trap_13_an_assertion_is_refused_for(what: str, edge: Edge) -> None:
    """Security checklist, line 17."""
    wrong = an_assertion(**by_now(WRONG_ASSERTIONS[what]))
    answer = await edge.http.post("/oauth/token", data=with_key(wrong))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_client_without_a_secret_has_no_token_of_its_own(edge: Edge) -> None:
    """Security checklist, line 20."""
    for client in ("grocer-shop", "grocer-machine", "explorer"):
        answer = await edge.http.post(
            "/oauth/token", data={"grant_type": "client_credentials", "client_id": client}
        )
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_client_is_told_of_its_own_tokens_only(edge: Edge) -> None:
    """Security checklist, line 18."""
    token = await edge.token("grocer-till")
    secret = edge.secrets["grocer-till"]
    asked = {"token": token}
    own = await edge.http.post("/oauth/introspect", data=asked, auth=("grocer-till", secret))
    assert own.json()["active"] is True
    assert own.json()["client_id"] == "grocer-till"
    other = ("bakery-till", edge.secrets["bakery-till"])
    assert (await edge.http.post("/oauth/introspect", data=asked, auth=other)).json() == {
        "active": False
    }
    nobody = await edge.http.post("/oauth/introspect", data=asked | {"client_id": "grocer-shop"})
    assert nobody.status_code == 401


async def test_two_secrets_are_good_while_one_takes_over_from_the_other(
    world: World, edge: Edge
) -> None:
    """Security checklist, line 16."""
    first, second, third = edge.secrets["grocer-till"], "s" * 40, "t" * 40
    for secret, overlap in ((second, timedelta(hours=1)), (third, timedelta(hours=1))):
        async with administering(world.addresses) as connection:
            await set_secret(connection, "grocer-till", secret, overlap)
    good = [
        (await edge.ask_for_token("grocer-till", one)).status_code for one in (first, second, third)
    ]
    assert good == [401, 200, 200]


async def test_a_new_key_signs_after_a_minute_and_the_old_one_is_checked_meanwhile(
    world: World, edge: Edge
) -> None:
    before = (await edge.http.get("/oauth/jwks")).json()["keys"]
    token = await edge.token("grocer-till")
    async with administering(world.addresses) as connection:
        kid = await rotate_signing_key(connection, token_seconds=600)
    async with edge_of(world, edge.secrets) as other:
        shown = (await other.http.get("/oauth/jwks")).json()["keys"]
        assert {one["kid"] for one in shown} == {before[0]["kid"], kid}
        assert all("d" not in one for one in shown)
        assert (await ask_viewer(other, token)).status_code == 200
    await world.superuser.execute(
        "UPDATE signing_key SET created_at = created_at - interval '61 seconds'"
    )
    async with edge_of(world, edge.secrets) as other:
        signed = await other.token("grocer-till")
        assert _kid(signed) == kid
        assert (await ask_viewer(other, token)).status_code == 200
    await world.superuser.execute("DELETE FROM signing_key WHERE retired_at IS NOT NULL")


def _kid(token: str) -> str:
    head = token.split(".", maxsplit=1)[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


async def test_the_metadata_names_every_address_and_they_are_there(edge: Edge) -> None:
    told = (await edge.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == URL
    assert told["code_challenge_methods_supported"] == ["S256"]
    for name, address in told.items():
        if name.endswith(("_endpoint", "_uri")):
            answer = await edge.http.get(address.removeprefix(URL))
            assert answer.status_code in {200, 400, 405}, name
    about = (await edge.http.get("/.well-known/oauth-protected-resource/graphql")).json()
    assert about["resource"] == f"{URL}/graphql"
    assert about["authorization_servers"] == [URL]
    refused = await edge.http.post("/graphql", json={"query": "{ viewer { kind } }"})
    assert "/.well-known/oauth-protected-resource/graphql" in refused.headers["www-authenticate"]


async def test_trap_02_a_resource_of_ours_may_be_named_and_no_other(edge: Edge) -> None:
    good = await edge.ask_for_token("grocer-till", resource=f"{URL}/graphql")
    assert good.status_code == 200
    wrong = await edge.ask_for_token("grocer-till", resource="https://other.example")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_target")


async def test_a_token_of_one_store_does_not_act_for_another(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    there = an_award("r-1", "7001", storeCode="13")
    async with nothing_moves(world):
        assert codes(await edge.ask("till-12", AWARD, input=there)) == ["STORE_NOT_ALLOWED"]
        other = an_award("r-2", "7001", storeCode="12", terminalCode="2")
        assert codes(await edge.ask("till-12", AWARD, input=other)) == ["STORE_NOT_ALLOWED"]
        spend = {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 10, "reference": "b"}
        refused = await edge.ask("till-12", REDEEM, input=spend | {"storeCode": "13"})
        assert codes(refused) == ["STORE_NOT_ALLOWED"]
    rows = [an_award("r-3", "7001"), there]
    batch = await edge.ask("till-12", BATCH, input={"rows": rows})
    assert (batch["accepted"], batch["rejected"]) == (1, 1)
    assert await world.rows("SELECT store_code, terminal_code FROM award") == [("12", "1")]
    replayed = await edge.ask("till-12", AWARD, input=an_award("r-3", "7001"))
    assert replayed["replayed"] is True
    await assert_books_balance(world)


async def test_nothing_that_opens_a_door_stands_in_the_database(
    world: World, edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 16. Secrets, codes, tokens and sessions are there as hashes only:
    whoever reads a backup can use none of them.
    """
    code, challenge = await a_code(mia)
    tokens = (await exchange(edge, code, challenge)).json()
    unused, _ = await a_code(mia, scope="member:read member:redeem")
    begun = await edge.http.post("/oauth/device_authorization", data={"client_id": "grocer-kiosk"})
    doors = {
        *edge.secrets.values(), code, unused, challenge.verifier, tokens["access_token"],
        tokens["refresh_token"], begun.json()["device_code"], PASSWORD, *mia.http.cookies.values(),
    }  # fmt: skip
    stored = str(await world.snapshot())
    assert [door for door in doors if door in stored or door.encode().hex() in stored] == []
    assert challenge.challenge in stored, "the search would have found them"


@pytest.mark.parametrize("endpoint", ["/oauth/revoke", "/oauth/introspect"])
async def test_a_stranger_neither_ends_a_token_nor_learns_of_it(
    endpoint: str, world: World, edge: Edge
) -> None:
    """Security checklist, line 18."""
    token = await edge.token("grocer-till")
    async with nothing_moves(world):
        for more in ({}, {"client_id": "grocer-till"}, {"client_id": "nobody"},
                     {"client_id": "grocer-till", "client_secret": "x" * 40}):  # fmt: skip
            answer = await edge.http.post(endpoint, data={"token": token} | more)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_client_that_asks_too_often_waits_and_others_at_its_address_do_not(
    edge: Edge,
) -> None:
    """Security checklist, line 19."""
    auth = ("grocer-till", edge.secrets["grocer-till"])
    asked = {"grant_type": "client_credentials"}
    answers = await asyncio.gather(
        *(edge.http.post("/oauth/token", data=asked, auth=auth) for _ in range(130))
    )
    assert {one.status_code for one in answers} == {200, 429}
    assert all(one.json()["error"] == "slow_down" for one in answers if one.status_code == 429)
    assert int(next(one for one in answers if one.status_code == 429).headers["retry-after"]) >= 1
    assert (await edge.ask_for_token("bakery-till")).status_code == 200
