"""GraphQL over HTTP: what is no request is told so in JSON, and never moves a point."""

import json
from collections.abc import AsyncIterator

import pytest
from graphql import get_introspection_query

from tests.support import World, nothing_moves
from tests.support.edge import AWARD, REDEEM, Edge, an_award

JSON = {"Content-Type": "application/json"}
VIEWER = '{"query": "{ viewer { kind } }"}'


async def _headers(edge: Edge, **more: str) -> dict[str, str]:
    return JSON | {"Authorization": f"Bearer {await edge.token('grocer-till')}"} | more


_ASKED = '{"query": "{ viewer { kind } }"'
MALFORMED = {
    "nothing": b"",
    "blanks": b" \n\t ",
    "null": b"null",
    "true": b"true",
    "a number": b"1",
    "a string": b'"x"',
    "a list": b"[1]",
    "a batch": b'[{"query": "{ viewer { kind } }"}]',
    "no UTF-8": b'{"query": "\xff\xfe"}',
    "UTF-16": '{"query": "{ viewer { kind } }"}'.encode("utf-16"),
    "UTF-32": '{"query": "{ viewer { kind } }"}'.encode("utf-32"),
    "a byte order mark": b"\xef\xbb\xbf" + _ASKED.encode() + b"}",
    "an overlong NUL": b'{"query": "\xc0\x80"}',
    "a raw NUL": b'{"query": "\x00"}',
    "nesting": b'{"query": "x", "variables": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "5000 digits": b'{"query": "{ viewer { kind } }", "variables": {"a": ' + b"9" * 5000 + b"}}",
    "NaN": _ASKED.encode() + b', "variables": {"a": NaN}}',
    "Infinity": _ASKED.encode() + b', "variables": {"a": -Infinity}}',
    "two queries": b'{"query": "{ viewer { kind } }", "query": "{ viewer { scopes } }"}',
    "a name twice inside": _ASKED.encode() + b', "variables": {"a": {"b": 1, "b": 2}}}',
    "single quotes": b"{'query': '{ viewer { kind } }'}",
    "a comma too many": _ASKED.encode() + b",}",
    "a comment": b"/* x */ " + _ASKED.encode() + b"}",
    "two objects": (_ASKED + "}" + _ASKED + "}").encode(),
    "a form": b"query=%7Bviewer%7Bkind%7D%7D",
    "a document alone": b"{ viewer { kind } }",
    "no query": b"{}",
    "a query of null": b'{"query": null}',
    "an empty query": b'{"query": "  "}',
    "a query that is a number": b'{"query": 1}',
    "a query that is a list": b'{"query": ["{ viewer { kind } }"]}',
    "a query that is an object": b'{"query": {}}',
    "variables that are a list": b'{"query": "{ viewer { kind } }", "variables": []}',
    "variables that are text": b'{"query": "{ viewer { kind } }", "variables": "{}"}',
    "variables that are a number": b'{"query": "{ viewer { kind } }", "variables": 0}',
    "variables that are false": b'{"query": "{ viewer { kind } }", "variables": false}',
    "an operation name that is a number": b'{"query": "{ viewer { kind } }", "operationName": 1}',
    "an operation name that is a list": b'{"query": "{ viewer { kind } }", "operationName": []}',
    "extensions that are text": b'{"query": "{ viewer { kind } }", "extensions": "x"}',
    "extensions that are a list": b'{"query": "{ viewer { kind } }", "extensions": []}',
    "half an object": b'{"query": ',
    "half a character": b'{"query": "\xe2\x82',
    "a document and its id": _ASKED.encode() + b', "documentId": "sha256:' + b"0" * 64 + b'"}',
    "an id that is none": b'{"documentId": "home"}',
    "an id that is a number": b'{"documentId": 1}',
}


@pytest.mark.parametrize("what", MALFORMED)
async def test_a_malformed_body_is_a_bad_request(what: str, edge: Edge) -> None:
    """Security checklist, line 22."""
    answer = await edge.http.post("/graphql", content=MALFORMED[what], headers=await _headers(edge))
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["extensions"]["requestId"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_methods_than_get_and_post_are_refused(method: str, edge: Edge) -> None:
    answer = await edge.http.request(
        method, "/graphql?query={viewer{kind}}", headers=await _headers(edge)
    )
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"
    assert method == "HEAD" or answer.json()["errors"]


async def test_a_query_may_come_by_get_and_a_mutation_never(world: World, edge: Edge) -> None:
    """Security checklist, line 36."""
    await world.enrol("Ada", card="7001")
    headers = await _headers(edge)
    asked = {
        "query": "query Who($not: Boolean!) { viewer { kind @skip(if: $not) scopes } }",
        "variables": '{"not": false}',
        "operationName": "Who",
    }
    answer = await edge.http.get("/graphql", params=asked, headers=headers)
    assert answer.json()["data"]["viewer"]["kind"] == "PARTNER"
    moving = {"query": AWARD, "variables": json.dumps({"input": an_award("r-1", "7001")})}
    async with nothing_moves(world):
        answer = await edge.http.get("/graphql", params=moving, headers=headers)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    for wrong in (
        "?query={viewer{kind}}&query={viewer{kind}}",
        "?query={viewer{kind}}&variables=[",
        "?variables={}",
        "?query={viewer{kind}}&variables=[]",
        "",
    ):
        answer = await edge.http.get(f"/graphql{wrong}", headers=headers)
        assert answer.status_code == 400, wrong


@pytest.mark.parametrize(
    "media", ["text/plain", "application/jsonp", "xapplication/json", "application/graphql", ""]
)
async def test_only_json_is_read(media: str, edge: Edge) -> None:
    """Security checklist, line 36."""
    headers = await _headers(edge) | {"Content-Type": media}
    answer = await edge.http.post("/graphql", content=VIEWER, headers=headers)
    assert answer.status_code == 415


async def test_a_body_larger_than_four_megabytes_is_refused(edge: Edge) -> None:
    """Security checklist, line 22."""
    body = json.dumps({"query": "{ viewer { kind } }", "variables": {"a": "x" * 5_000_000}})
    answer = await edge.http.post("/graphql", content=body, headers=await _headers(edge))
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_body_that_comes_in_pieces_is_counted_too(edge: Edge) -> None:
    """Security checklist, line 22."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"query": "{ viewer { kind } }", "variables": {"a": "'
        for _ in range(50):
            yield b"x" * 100_000

    headers = await _headers(edge)
    answer = await edge.http.post("/graphql", content=pieces(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_an_object_with_more_names_than_any_request_has_is_refused(edge: Edge) -> None:
    """Security checklist, line 22."""
    for count, status in ((1000, 200), (1001, 400)):
        body = {"query": "{ viewer { kind } }", "variables": {f"v{n}": n for n in range(count)}}
        answer = await edge.http.post("/graphql", json=body, headers=await _headers(edge))
        assert answer.status_code == status


@pytest.mark.parametrize("depth", [50, 500, 900, 990, 5000])
async def test_nested_variables_are_refused_by_what_they_are_for(
    depth: int, world: World, edge: Edge
) -> None:
    """Security checklist, line 22."""
    spend = '{"idempotencyKey": "k", "member": {"card": "7001"}, "points": 1, "reference": "b"}'
    headers = await _headers(edge)
    async with nothing_moves(world):
        for given, nested in (('"b"', "[%s]"), ('"7001"', '{"a": %s}'), (": 1,", ": [%s],")):
            opened, _, closed = nested.partition("%s")
            deep = opened * depth + "1" + closed * depth
            body = '{"query": %s, "variables": {"input": %s}}'
            asked = body % (json.dumps(REDEEM), spend.replace(given, deep))
            answer = await edge.http.post("/graphql", content=asked, headers=headers)
            assert answer.status_code in {200, 400}, answer.text
            assert len(answer.content) < 2000
            (error,) = answer.json()["errors"]
            assert error["extensions"]["code"] in {"BAD_USER_INPUT", "BAD_REQUEST"}


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
    """Security checklist, line 36."""
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
    """Security checklist, line 36."""
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
    """Security checklist, line 33."""
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
    """Security checklist, line 34."""
    answer = await edge.post("grocer-till", "{ viewr { kind } }")
    assert "viewer" not in answer.text


async def test_introspection_answers_with_a_token(edge: Edge) -> None:
    answer = await edge.post("grocer-till", get_introspection_query())
    assert answer.json()["data"]["__schema"]["queryType"] == {
        "name": "Query",
        "kind": "OBJECT",
    } or (answer.json()["data"]["__schema"]["queryType"]["name"] == "Query")
