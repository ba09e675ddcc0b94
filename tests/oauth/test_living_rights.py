"""What became of a person counts at once: for signing in, for sessions, for what it allowed."""

import asyncio
import time
from datetime import UTC, datetime

import httpx2
import pytest

from coalition.access.logins import change_roles, login_with_password
from coalition.kit.database import administering
from coalition.kit.errors import Misconfigured
from coalition.members import MemberStatus, change_status
from tests.oauth.people import (
    PASSWORD,
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
from tests.support import World, assert_books_balance, nothing_moves
from tests.support.edge import AWARD, REDEEM, Edge, an_award, codes, edge_of
from tests.support.promise import WITHIN_FIVE_SECONDS

BOSS = "boss@grocer.example"
POINTS = "{ viewer { member { id balance { available } } } }"


async def _becomes(world: World, status: MemberStatus) -> None:
    ((member_id,),) = await world.rows("SELECT member_id FROM login WHERE email LIKE 'mia%'")
    assert isinstance(member_id, int)
    await change_status(
        world.office, actor=world.operator(), idempotency_key=status.name, member_id=member_id,
        status=status, reason="as the story goes",
    )  # fmt: skip


async def _until_refused(*asking: tuple[Edge, str]) -> None:
    """Within five seconds, on every server that is asked."""
    began = time.monotonic()
    while {(await ask_viewer(edge, token)).status_code for edge, token in asking} != {401}:
        assert time.monotonic() - began < WITHIN_FIVE_SECONDS
        await asyncio.sleep(0.1)


async def test_a_member_that_has_left_is_out_everywhere_within_five_seconds(
    world: World, edge: Edge, mia: Browser
) -> None:
    """Security checklist, line 18."""
    code, challenge = await a_code(mia)
    token = (await exchange(edge, code, challenge)).json()
    unused, its_challenge = await a_code(mia, scope="member:read member:redeem")
    async with edge_of(world, edge.secrets) as other:
        for server in (edge, other):
            assert (await ask_viewer(server, token["access_token"])).status_code == 200
        await _becomes(world, MemberStatus.CLOSED)
        await _until_refused((edge, token["access_token"]), (other, token["access_token"]))
    assert (await refreshed(edge, token["refresh_token"]))["error"] == "invalid_grant"
    assert (await exchange(edge, unused, its_challenge)).json()["error"] == "invalid_grant"
    assert (await mia.http.get("/account")).status_code == 303
    told = await mia.sign_in("mia@example.com")
    assert told.status_code == 401
    assert "E-mail or password is not right." in told.text


@pytest.mark.parametrize("status", [MemberStatus.LOCKED, MemberStatus.SUSPENDED], ids=str)
async def test_a_member_that_may_not_spend_may_look(
    status: MemberStatus, world: World, edge: Edge, mia: Browser
) -> None:
    await edge.ask("grocer-till", AWARD, input=an_award("r-1", "7001", "1000.00"))
    code, challenge = await a_code(mia)
    token = (await exchange(edge, code, challenge)).json()["access_token"]
    await _becomes(world, status)
    async with edge_of(world, edge.secrets) as other:
        seen = await other.http.post(
            "/graphql", json={"query": POINTS}, headers={"Authorization": f"Bearer {token}"}
        )
        assert int(seen.json()["data"]["viewer"]["member"]["balance"]["available"]) > 0
    assert (await mia.http.get("/account")).status_code == 200
    spend = {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 10, "reference": "b"}
    async with nothing_moves(world):
        refused = codes(await edge.ask("bakery-till", REDEEM, input=spend))
    assert refused == [{"locked": "SPEND_LOCKED"}.get(status, "MEMBER_SUSPENDED")]
    login = await login_with_password(
        world.database, email="mia@example.com", password=PASSWORD, address="192.0.2.1",
        now=datetime.now(UTC),
    )  # fmt: skip
    assert login is not None
    await assert_books_balance(world)


async def _boss(world: World, edge: Edge) -> tuple[Browser, dict[str, str]]:
    """The owner of the grocer's, with a token of the shop that may read accounts and members."""
    await a_login(world, BOSS, "owner", brand="grocer")
    boss = Browser(edge.http)
    await boss.enter(world, BOSS)
    challenge = a_challenge()
    asked = asking("grocer-shop", challenge, scope="members:read settlement:read")
    shown = await boss.http.get("/oauth/authorize", params=asked)
    back = led_back(await boss.decide(shown, "allow"))
    token: dict[str, str] = (await exchange(edge, back["code"], challenge)).json()
    return boss, token


async def _roles(world: World, email: str, *roles: str) -> None:
    async with administering(world.addresses) as connection:
        await change_roles(connection, email, roles)


async def _scopes(edge: Edge, token: str) -> set[str] | None:
    """What a token may be used for; None for one that is refused."""
    answer: httpx2.Response = await ask_viewer(edge, token)
    return set(answer.json()["data"]["viewer"]["scopes"]) if answer.status_code == 200 else None


async def test_a_person_with_other_roles_is_served_by_those_within_five_seconds(
    world: World, edge: Edge
) -> None:
    """Security checklist, line 14. Tokens that are out, new ones, its session, and what is left
    when it has its role back.
    """
    boss, token = await _boss(world, edge)
    async with edge_of(world, edge.secrets) as other:
        both = (edge, other)
        for server in both:
            had = await _scopes(server, token["access_token"])
            assert had == {"members:read", "settlement:read"}
        await _roles(world, BOSS, "finance")
        began = time.monotonic()
        while [await _scopes(one, token["access_token"]) for one in both] != [
            {"settlement:read"}
        ] * 2:
            assert time.monotonic() - began < WITHIN_FIVE_SECONDS
            await asyncio.sleep(0.1)
        refused = await other.http.post(
            "/graphql", json={"query": "{ awards { nodes { id } } }"},
            headers={"Authorization": f"Bearer {token['access_token']}"},
        )  # fmt: skip
        assert refused.status_code == 403
    less = await refreshed(edge, token["refresh_token"])
    assert less["scope"] == "settlement:read"
    assert "finance" in (await boss.http.get("/account")).text
    await _roles(world, BOSS, "owner")
    again = await refreshed(edge, less["refresh_token"])
    assert set(again["scope"].split()) == {"members:read", "settlement:read"}, "as was allowed"


async def test_what_a_person_allowed_ends_when_no_role_of_its_holds_any_of_it(
    world: World, edge: Edge
) -> None:
    boss, token = await _boss(world, edge)
    await _roles(world, BOSS, "developer")
    await _until_refused((edge, token["access_token"]))
    told = await edge.http.post(
        "/oauth/introspect", data={"token": token["access_token"], "client_id": "grocer-shop"}
    )
    assert told.status_code == 401, "it shows nothing, so it is told nothing"
    assert (await refreshed(edge, token["refresh_token"]))["error"] == "invalid_scope"
    assert "nothing, as your roles stand" in (await boss.http.get("/account")).text


async def test_roles_are_checked_when_they_are_given(world: World, edge: Edge) -> None:
    await a_login(world, BOSS, "owner", brand="grocer")
    await a_login(world, "mia@example.com", member=await world.enrol("Mia", card="7001"))
    del edge
    for email, roles, told in (
        (BOSS, ["reader"], "reader: no role of this kind"), (BOSS, [], "Nothing: no role"),
        ("nobody@grocer.example", ["owner"], "There is no login"),
        ("mia@example.com", ["member"], "no roles to choose"),
    ):  # fmt: skip
        async with nothing_moves(world), administering(world.addresses) as connection:
            with pytest.raises(Misconfigured, match=told):
                await change_roles(connection, email, roles)
    await _roles(world, BOSS, "support", "finance", "support")
    assert await world.rows("SELECT roles FROM login WHERE email = $1", BOSS) == [
        (["finance", "support"],)
    ]
