"""The operations that the explorer begins with are ones that its reader may send."""

import json
from pathlib import Path

import pytest
from graphql import (
    build_client_schema,
    build_schema,
    get_introspection_query,
    parse,
    validate,
)

from coalition.access import Actor, ActorKind
from coalition.api.documents import Documents
from coalition.api.schema import schema
from coalition.api.viewers import refusals
from coalition.explorer import EXAMPLES, Example
from tests.support import World, a_bakery, a_grocer, nothing_moves
from tests.support.edge import edge_of

SCHEMA = build_schema((Path(__file__).parents[2] / "schema.graphql").read_text())
DOCUMENTS = Documents(schema.graphql_schema)


def _name(example: Example) -> str:
    return example.name


@pytest.mark.parametrize("example", EXAMPLES, ids=_name)
def test_an_example_is_valid(example: Example) -> None:
    assert validate(SCHEMA, parse(example.query)) == []
    assert isinstance(json.loads(example.variables or "{}"), dict)


@pytest.mark.parametrize("example", EXAMPLES, ids=_name)
def test_an_example_asks_only_what_its_scopes_open(example: Example) -> None:
    document = DOCUMENTS.ready(example.query)
    assert document.coordinates
    actor = Actor(
        example.kind,
        "somebody",
        example.scopes,
        partner_id=1 if example.kind is ActorKind.PARTNER else None,
        member_id=1 if example.kind is ActorKind.MEMBER else None,
    )
    assert refusals(schema.viewers, document.coordinates, actor) == []


def test_every_kind_of_token_has_its_examples() -> None:
    assert {example.kind for example in EXAMPLES} == set(ActorKind)


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if one.kind is not ActorKind.MEMBER], ids=_name
)
async def test_an_example_is_answered_and_moves_nothing(world: World, example: Example) -> None:
    applied = await world.apply(brands=[a_grocer(), a_bakery()])
    ada = await world.enrol("Ada", card="9840-00000001", brand="grocer")
    await world.award("bakery", ada, "500.00")
    client = "operator" if example.kind is ActorKind.OPERATOR else "grocer-till"
    async with edge_of(world, applied.new_secrets) as edge:
        await edge.token(client, " ".join(sorted(example.scopes)))
        async with nothing_moves(world):
            answer = await edge.post(
                client,
                example.query,
                json.loads(example.variables or "{}"),
                scope=" ".join(sorted(example.scopes)),
            )
    assert answer.status_code == 200, answer.text
    assert "errors" not in answer.json(), answer.text
    for payload in answer.json()["data"].values():
        if isinstance(payload, dict):
            allowed = {"PERIOD_NOT_ENDED"}
            assert {error["code"] for error in payload.get("userErrors", [])} <= allowed


async def test_the_list_of_types_is_read_with_any_token(world: World) -> None:
    """As the explorer asks for it; nothing of it is refused as too large."""
    applied = await world.apply(brands=[a_grocer()])
    question = get_introspection_query(
        schema_description=True, input_value_deprecation=True, specified_by_url=True
    )
    async with edge_of(world, applied.new_secrets) as edge:
        answer = await edge.post("grocer-till", question, scope="points:award")
        assert "errors" not in answer.json(), answer.text
        known = build_client_schema(answer.json()["data"])
        assert known.type_map.keys() == SCHEMA.type_map.keys()
        nobody = await edge.http.post("/graphql", json={"query": question})
        assert nobody.status_code == 401
        assert "data" not in nobody.json()
