"""What the pages ask is what the API takes, from a member and from them alone."""

from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from graphql import build_schema, parse, validate

from coalition.access import MEMBER_SCOPES, Actor, ActorKind, load_keys
from coalition.access.web_sessions import WebSessions
from coalition.api.documents import made_ready
from coalition.api.schema import documents, register_documents, schema
from coalition.api.viewers import refusals
from coalition.kit.config import Settings
from coalition.pages.files import APP, HTMX, PASSKEYS, SSE, STYLE, pressed
from coalition.web.documents import DOCUMENTS, IDS
from tests.support import Person, World, a_bakery, a_grocer
from tests.support.edge import Edge, edge_of
from tests.support.live import live_edge
from tests.web.people import Reader, a_reader, text_of

SCHEMA = build_schema((Path(__file__).parents[2] / "schema.graphql").read_text())
BUDGET = 35_000


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_and_for_members(name: str) -> None:
    assert validate(SCHEMA, parse(DOCUMENTS[name])) == []
    ready = made_ready(DOCUMENTS[name], schema.graphql_schema)
    mia = Actor(ActorKind.MEMBER, "web", MEMBER_SCOPES, member_id=1)
    assert refusals(schema.viewers, ready.coordinates, mia) == []


def test_documents_are_registered_under_the_names_that_the_pages_use() -> None:
    register_documents(DOCUMENTS.values())
    assert documents.registered.keys() >= set(IDS.values())
    with pytest.raises(ValueError, match="Not a document"):
        register_documents(["{ nothing }"])


async def test_the_pages_token_runs_no_other_document(
    reader: Reader, world: World, edge: Edge
) -> None:
    """Even who got hold of a token of the pages could ask nothing but what they ask."""
    await reader.get("/app")
    keys = await load_keys(world.database)
    found = await WebSessions(world.database, keys.web).find(
        reader.http.cookies["__Host-coalition-app"], now=datetime.now(UTC)
    )
    assert found is not None
    held = {"Authorization": f"Bearer {found.tokens.access}"}
    asked = await edge.http.post("/graphql", json={"query": "{ viewer { kind } }"}, headers=held)
    assert asked.status_code == 400
    assert asked.json()["errors"][0]["extensions"]["code"] == "PERSISTED_DOCUMENT_REQUIRED"
    named = await edge.http.post("/graphql", json={"documentId": IDS["card"]}, headers=held)
    assert named.json()["data"]["viewer"]["member"]["profile"]["cards"] == ["9840-00000001"]


async def test_nobody_else_is_the_pages(edge: Edge) -> None:
    for secret in ("", "cs_" + "x" * 43):
        refused = await edge.http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, auth=("web", secret)
        )
        assert refused.status_code == 401


async def test_the_api_may_be_asked_over_http(world: World, mia: Person, edge: Edge) -> None:
    """Pages that run apart from the API, under the same address."""
    del edge
    applied = await world.apply(brands=[a_grocer(), a_bakery()])
    await world.award("grocer", mia, "42.00")
    async with live_edge(world, applied.new_secrets) as far:
        far_url = str(far.http.base_url).rstrip("/")
        settings = Settings(url=far_url, api_url=far_url)
        async with edge_of(world, applied.new_secrets, settings=settings) as near:
            near.http.base_url = httpx2.URL(far_url)
            reader = await a_reader(world, near, mia)
            near.http.cookies.set("coalition", near.http.cookies["__Host-coalition"])
            assert "42 points" in text_of(await _at(reader, far_url))


async def _at(reader: Reader, url: str) -> httpx2.Response:
    path = "/app"
    for _ in range(8):
        answer = await reader.http.get(path)
        if answer.status_code != 303:
            return answer
        path = answer.headers["location"].removeprefix(url)
    raise AssertionError(path)


def test_scripts_and_style_keep_to_their_budget() -> None:
    sizes = {one.address: len(pressed(one.content)) for one in (STYLE, APP, HTMX, SSE, PASSKEYS)}
    assert sum(sizes.values()) <= BUDGET, sizes


async def test_files_are_sent_pressed_to_who_takes_it(edge: Edge) -> None:
    plain = await edge.http.get(STYLE.address, headers={"Accept-Encoding": "identity"})
    small = await edge.http.get(STYLE.address, headers={"Accept-Encoding": "gzip"})
    assert plain.content == small.content == STYLE.content
    assert small.headers["content-encoding"] == "gzip"
    assert "immutable" in small.headers["cache-control"]
