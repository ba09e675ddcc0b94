"""GraphQL over HTTP: what is no request is told so in JSON, and never moves a point."""

import json

import pytest
from graphql import get_introspection_query

from tests.support import World, nothing_moves
from tests.support.edge import AWARD, REDEEM, Edge, an_award

JSON = {"Content-Type": "application/json"}
VIEWER = '{"query": "{ viewer { kind } }"}'


async def _headers(edge: Edge, **more: str) -> dict[str, str]:
    return JSON | {"Authorization": f"Bearer {await edge.token('grocer-till')}"} | more


MALFORMED = {
    "nothing": b"",
    "null": b"null",
    "a number": b"1",
    "a string": b'"x"',
    "a list": b"[1]",
    "a batch": b'[{"query": "{ viewer { kind } }"}]',
    "no UTF-8": b'{"query": "\xff\xfe"}',
    "UTF-16": '{"query": "{ viewer { kind } }"}'.encode("utf-16"),
    "nesting": b'{"query": "x", "variables": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "5000 digits": b'{"query": "{ viewer { kind } }", "variables": {"a": ' + b"9" * 5000 + b"}}",
    "no query": b"{}",
    "an empty query": b'{"query": "  "}',
    "a query that is a number": b'{"query": 1}',
    "variables that are a list": b'{"query": "{ viewer { kind } }", "variables": []}',
    "an operation name that is a number": b'{"query": "{ viewer { kind } }", "operationName": 1}',
    "extensions that are text": b'{"query": "{ viewer { kind } }", "extensions": "x"}',
    "half an object": b'{"query": ',
}


@pytest.mark.parametrize("what", MALFORMED)
async def test_a_malformed_body_is_a_bad_request(what: str, edge: Edge) -> None:
    answer = await edge.http.post("/graphql", content=MALFORMED[what], headers=await _headers(edge))
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["extensions"]["requestId"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_only_post_is_answered(method: str, edge: Edge) -> None:
    answer = await edge.http.request(
        method, "/graphql?query={viewer{kind}}", headers=await _headers(edge)
    )
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "media", ["text/plain", "application/jsonp", "xapplication/json", "application/graphql", ""]
)
async def test_only_json_is_read(media: str, edge: Edge) -> None:
    headers = await _headers(edge) | {"Content-Type": media}
    answer = await edge.http.post("/graphql", content=VIEWER, headers=headers)
    assert answer.status_code == 415


async def test_a_body_larger_than_four_megabytes_is_refused(edge: Edge) -> None:
    body = json.dumps({"query": "{ viewer { kind } }", "variables": {"a": "x" * 5_000_000}})
    answer = await edge.http.post("/graphql", content=body, headers=await _headers(edge))
    assert answer.status_code == 413


async def test_a_client_of_the_new_media_type_gets_the_right_status(edge: Edge) -> None:
    new = {"Accept": "application/graphql-response+json"}
    for query, status in (
        ("{ viewer { kind } }", 200),
        ("{ viewer ", 400),
        ("{ nothing }", 400),
        ("query ($a: Int!) { viewer { kind } }", 400),
    ):
        body = json.dumps({"query": query})
        answer = await edge.http.post("/graphql", content=body, headers=await _headers(edge, **new))
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("application/graphql-response+json")
        assert ("data" in answer.json()) == (status == 200)
        old = await edge.http.post("/graphql", content=body, headers=await _headers(edge))
        assert old.status_code == 200
        assert old.headers["Content-Type"].startswith("application/json")


async def test_a_document_of_several_operations_must_say_which(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    both = AWARD.replace("mutation", "mutation Move") + " query Look { viewer { kind } }"
    variables = {"input": an_award("r-1", "7001")}
    async with nothing_moves(world):
        unnamed = await edge.post("grocer-till", both, variables)
        unknown = await edge.post("grocer-till", both, variables, operationName="Nothing")
        looked = await edge.post("grocer-till", both, variables, operationName="Look")
    for answer in (unnamed, unknown):
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"
    assert looked.json()["data"] == {"viewer": {"kind": "PARTNER"}}


async def test_subscriptions_are_not_served_by_post(edge: Edge) -> None:
    answer = await edge.post("grocer-till", "subscription { viewer { kind } }")
    assert answer.status_code == 400


async def test_a_document_too_large_or_too_deep_is_refused_at_once(edge: Edge) -> None:
    wide = "{" + " ".join(f"a{n}: viewer {{ kind }}" for n in range(1000)) + "}"
    deep = "{ viewer " + "{ partner " * 300 + "{ code }" + "}" * 300 + "}"
    bomb = "{ viewer { ...f0 } } " + " ".join(
        f"fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }}" for n in range(40)
    ) + " fragment f40 on Viewer { kind }"  # fmt: skip
    for document in (wide, deep):
        answer = await edge.post("grocer-till", document)
        assert answer.json()["errors"]
        assert answer.status_code < 500
    answer = await edge.post("grocer-till", bomb)
    assert answer.status_code < 500


async def test_an_unforeseen_error_is_masked(
    world: World, edge: Edge, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.enrol("Ada", card="7001")
    await world.superuser.execute(
        "ALTER FUNCTION verbs.redeem_points RENAME TO redeem_points_elsewhere"
    )
    try:
        spend = {"idempotencyKey": "k", "member": {"card": "7001"}, "points": 1, "reference": "b"}
        answer = await edge.post("bakery-till", REDEEM, {"input": spend | {"points": 100}})
    finally:
        await world.superuser.execute(
            "ALTER FUNCTION verbs.redeem_points_elsewhere RENAME TO redeem_points"
        )
    (error,) = answer.json()["errors"]
    assert answer.status_code == 500
    assert error["message"] == "Internal error"
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "redeem_points" not in answer.text
    logged = capsys.readouterr()
    assert error["extensions"]["requestId"] in logged.out + logged.err


async def test_suggestions_do_not_spell_out_fields(edge: Edge) -> None:
    answer = await edge.post("grocer-till", "{ viewr { kind } }")
    assert "viewer" not in answer.text


async def test_introspection_answers_with_a_token(edge: Edge) -> None:
    answer = await edge.post("grocer-till", get_introspection_query())
    assert answer.json()["data"]["__schema"]["queryType"] == {
        "name": "Query",
        "kind": "OBJECT",
    } or (answer.json()["data"]["__schema"]["queryType"]["name"] == "Query")
