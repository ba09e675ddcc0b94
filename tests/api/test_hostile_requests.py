"""Well-formed requests that mean harm or make no sense: JSON errors, never a fault of ours."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

import pytest

from coalition.api.body import PERSISTED_ONLY
from coalition.api.schema import documents, schema
from tests.support import World
from tests.support.edge import ENROL, REDEEM, Edge

HEADERS = {
    "a type in capitals": ({"Content-Type": "APPLICATION/JSON; CHARSET=UTF-8"}, 200),
    "a quoted charset": ({"Content-Type": 'application/json; charset="utf-8"'}, 200),
    "another charset": ({"Content-Type": "application/json; charset=utf-16"}, 415),
    "a charset nobody knows": ({"Content-Type": "application/json; charset=x"}, 415),
    "a prefix": ({"Content-Type": "application/jsonp"}, 415),
    "a suffix": ({"Content-Type": "xapplication/json"}, 415),
    "two types": ({"Content-Type": "text/plain, application/json"}, 415),
    "a form": ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    "parts": ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
    "GraphQL": ({"Content-Type": "application/graphql"}, 415),
    "no type": ({"Content-Type": ""}, 415),
    "compressed": ({"Content-Encoding": "gzip"}, 415),
    "accepts only pictures": ({"Accept": "image/png"}, 200),
    "accepts nothing": ({"Accept": ""}, 200),
    "a trace that is none": ({"traceparent": "00-zzz\tx"}, 200),
}
WHO = "{ viewer { kind } }"

# Of the schema there is nothing in these that the client did not write itself.
TYPOS = [
    "{ viewr { kind } }", "{ viewer { knd } }", "{ viewer { kind(of: 1) } }",
    "{ node(idd: 1) { id } }", "query ($a: Strng) { viewer { kind } }",
    "{ viewer { ... on Vewer { kind } } }", "query ($a: AwardPointInput) { viewer { kind } }",
    '{ member(ref: {crd: "1"}) { id } }', "{ viewer { kind @skipp(if: true) } }",
    "{ ...viewr } fragment view on Query { viewer { kind } }",
    "query ($i: ID!) { node(id: $j) { id } }",
    "mutation { awardPoint(input: {}) { replayed } }",
    '{ member(ref: {card: "1"}) { statuss } }', "{ __schemas { types { name } } }",
    '{ __type(names: "x") { name } }',
]  # fmt: skip


@pytest.mark.parametrize("what", HEADERS)
async def test_a_request_is_read_by_its_headers_to_the_letter(what: str, edge: Edge) -> None:
    """Security checklist, line 36."""
    headers, status = HEADERS[what]
    token = await edge.token("grocer-till")
    answer = await edge.http.post(
        "/graphql",
        content=json.dumps({"query": WHO}),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | headers,
    )
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert ("data" in body) == (status == 200)
    assert len(answer.headers["X-Request-Id"]) == 32


@pytest.mark.parametrize("document", TYPOS)
async def test_a_wrong_name_is_never_answered_with_a_right_one(document: str, edge: Edge) -> None:
    """Security checklist, line 34."""
    answer = await edge.post("grocer-till", document)
    told = json.dumps(answer.json()["errors"])
    assert "Did you mean" not in told
    names = {
        name
        for type_name, type_ in schema.graphql_schema.type_map.items()
        for name in (type_name, *getattr(type_, "fields", {}))
        if name.lower() != name and name not in document
    }
    words = set(told.replace('\\"', " ").replace("'", " ").replace(".", " ").split())
    # The type in which a name was looked for is one that the document itself has led to.
    assert words & names <= {"Query", "Mutation", "Viewer", "Member", "MemberRef"}


async def test_a_wrong_value_is_not_answered_with_the_right_ones(edge: Edge) -> None:
    """Security checklist, line 34."""
    asked = {"idempotencyKey": "k", "identifiers": [{"kind": "CAR", "value": "1"}]}
    answer = await edge.post("grocer-till", ENROL, {"input": asked})
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "CARD" not in error["message"]
    assert "Did you mean" not in error["message"]


# Words of the sentences themselves, which are names of the schema too.
OF_EVERY_REFUSAL = {"field", "type", "unknown", "value"}


def _guesses() -> Iterator[tuple[str, set[str]]]:
    """Documents that guess at every name of the schema, a letter short, and the names."""
    types = {
        name: type_ for name, type_ in schema.graphql_schema.type_map.items() if name[:2] != "__"
    }
    fields = {name for type_ in types.values() for name in getattr(type_, "fields", {})}
    arguments = {
        name
        for type_ in types.values()
        for field in getattr(type_, "fields", {}).values()
        for name in getattr(field, "args", {})
    }
    values = {name for type_ in types.values() for name in getattr(type_, "values", {})}

    def of(name: str) -> Iterable[str]:
        """Nothing else could be told as near where only these are asked for."""
        return getattr(types[name], "fields", {}).keys()

    shapes: dict[tuple[str, str], Iterable[str]] = {
        ("{ viewer { %s } }", "%s"): fields,
        ("{ %s }", "%s"): of("Query"),
        ("mutation { %s }", "%s"): of("Mutation"),
        ("{ viewer { kind(%s) } }", "%s: 1"): arguments,
        ("query (%s) { viewer { kind } }", "$%s: %s"): types.keys(),
        ("{ viewer { %s } }", "... on %s { kind }"): types.keys(),
        ("{ member(ref: {%s}) { id } }", '%s: "1"'): of("MemberRef"),
        ("query (%s) { viewer { kind } }", "$%s: MemberStatus = %s"): values,
    }
    for (around, each), names in shapes.items():
        # No more at once than are allowed at a root, and than errors are told of.
        for few in _batched(sorted(name for name in names if len(name) > 5), 9):
            guesses = [each.replace("%s", name[:-2] + name[-1]) for name in few]
            yield around % " ".join(guesses), set(few)


def _batched(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


async def test_guessing_at_names_recovers_none(edge: Edge) -> None:
    """As a program would that spells a schema out from what a server says of near misses.

    Security checklist, line 34.
    """
    tried = 0
    for document, names in _guesses():
        answer = await edge.post("grocer-till", document)
        told = " ".join(error["message"] for error in answer.json()["errors"])
        assert not (names - OF_EVERY_REFUSAL) & set(re.findall(r"\w+", told)), (document, told)
        tried += len(names)
    assert tried > 600


async def test_an_answers_request_id_is_in_the_ledger(world: World, edge: Edge) -> None:
    """Security checklist, line 40."""
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "100.00")
    spend = {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 10, "reference": "b"}
    answer = await edge.post("bakery-till", REDEEM, {"input": spend})
    told = await world.rows("SELECT request_id, client_id FROM event WHERE kind = 6")
    ((request_id, client),) = told
    assert str(request_id).replace("-", "") == answer.headers["X-Request-Id"]
    assert client == "bakery-till"


async def test_the_log_tells_of_a_request_what_it_may_and_nothing_else(
    world: World, edge: Edge, capsys: pytest.CaptureFixture[str]
) -> None:
    """Security checklist, line 38."""
    await world.enrol("Ada", card="7001234")
    trace = "00-11112222333344445555666677778888-1111222233334444-01"
    token = await edge.token("bakery-till")
    capsys.readouterr()
    answer = await edge.http.post(
        "/graphql",
        json={
            "query": "query Who($ref: MemberRef!) { member(ref: $ref) { id } }",
            "variables": {"ref": {"card": "7001234"}},
            "operationName": "Who",
        },
        headers={"Authorization": f"Bearer {token}", "traceparent": trace},
    )
    hostile = await edge.http.post(
        "/graphql",
        json={"query": WHO, "operationName": "x\r\n\x1b[31mADMIN logged in"},
        headers={"Authorization": f"Bearer {token}", "traceparent": "x\r\ny"[:1]},
    )
    assert hostile.json()["errors"][0]["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"
    said = capsys.readouterr()
    lines = [line for line in (said.out + said.err).splitlines() if "graphql" in line]
    assert len(lines) == 2
    for part in (answer.headers["X-Request-Id"], "bakery-till", "Who", trace, "status=200"):
        assert part in lines[0]
    for secret in ("7001234", token, "ADMIN", "\x1b[31mADMIN"):
        assert secret not in said.out + said.err


async def test_registered_documents_are_run_by_their_id(edge: Edge) -> None:
    assert documents.registered
    token = await edge.token("operator")
    unknown = await edge.http.post(
        "/graphql",
        json={"documentId": "sha256:" + "0" * 64},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert unknown.status_code == 400
    assert unknown.json()["errors"][0]["extensions"]["code"] == "PERSISTED_DOCUMENT_NOT_FOUND"
    for document_id in documents.registered:
        # The operator's token may not see all of it, and some want variables, but it is this
        # document that is judged.
        answer = await edge.http.post(
            "/graphql",
            json={"documentId": document_id},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code in {200, 400, 403}
        codes = {one["extensions"]["code"] for one in answer.json().get("errors", [])}
        assert not any(code.startswith("PERSISTED_DOCUMENT") for code in codes), answer.text
    assert frozenset({"web"}) == PERSISTED_ONLY
