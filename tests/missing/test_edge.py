"""Missing purchases as members, brands and the operator meet them over HTTP."""

import time
from collections.abc import AsyncIterator

import httpx2
import pytest
from joserfc import jwt

from coalition.access import EXPLORER, MEMBER_SCOPES, load_keys
from coalition.missing import LARGEST_RECEIPT
from tests.support import Person, World, assert_books_balance, nothing_moves
from tests.support.edge import URL, Edge, Json, codes, edge_of
from tests.support.missing import PNG, Desk

_FIELDS = """id state reference purchasedOn dueAt overdue amount { amount currency }
  steps { side kind state reason message } receipts { number mediaType size path }"""
REPORT = f"""mutation ($input: ReportMissingPurchaseInput!) {{
  reportMissingPurchase(input: $input) {{
  missingPurchase {{ {_FIELDS} }} entry {{ id kind }} askFrom
  replayed userErrors {{ code field }} }} }}"""
ANSWER = """mutation ($input: AnswerMissingPurchaseInput!) { answerMissingPurchase(input: $input) {
  missingPurchase { state } userErrors { code } } }"""
ASK = """mutation ($input: AskAboutMissingPurchaseInput!) { askAboutMissingPurchase(input: $input) {
  missingPurchase { state dueAt } userErrors { code } } }"""
APPROVE = """mutation ($input: ApproveMissingPurchaseInput!, $dry: Boolean! = false) {
  approveMissingPurchase(input: $input, dryRun: $dry) {
    missingPurchase { state award { points purchaseReference } } replayed
    userErrors { code field } } }"""
DECLINE = """mutation ($input: DeclineMissingPurchaseInput!) {
  declineMissingPurchase(input: $input) {
  missingPurchase { state } userErrors { code } } }"""
QUEUE = f"""query ($overdue: Boolean! = false) {{
  missingPurchases(states: [OPEN, ASKED], overdue: $overdue) {{
    nodes {{ {_FIELDS} partner {{ code }} alike {{ purchaseReference }} }} }} }}"""
MINE = """{ viewer { member { missingPurchases { nodes { state entry { id kind points } } } } } }"""


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply()
    async with edge_of(world, applied.new_secrets) as found:
        yield found


@pytest.fixture
async def ada(world: World, edge: Edge) -> Person:
    who = await world.enrol("Ada")
    await _with_a_token(world, edge, "ada", who)
    return who


async def _with_a_token(world: World, edge: Edge, name: str, who: Person) -> None:
    keys, now = await load_keys(world.database), int(time.time())
    claims = {
        "iss": URL, "aud": f"{URL}/graphql", "iat": now, "exp": now + 600, "jti": "x", "sub": "x",
        "client_id": EXPLORER, "scope": " ".join(sorted(MEMBER_SCOPES)),
        "member_id": who.member_id,
    }  # fmt: skip
    header = {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid}
    edge.bear(name, jwt.encode(header, claims, keys.signing))


async def _a_report(world: World, edge: Edge) -> Json:
    brand = await edge.ask("bakery-till", "{ viewer { partner { id } } }")
    return {
        "idempotencyKey": "r1", "partner": brand["partner"]["id"],
        "purchasedOn": str(Desk(world).day()), "reference": "R-1",
        "amount": {"amount": "20.00", "currency": "USD"}, "message": "In the evening.",
    }  # fmt: skip


async def _receipt(
    edge: Edge, who: str, path: str, content: bytes | None = None
) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {await edge.token(who)}"}
    if content is None:
        return await edge.http.get(path, headers=headers)
    # What it is said to be counts for nothing.
    return await edge.http.put(
        path, headers={**headers, "Content-Type": "text/html"}, content=content
    )


@pytest.mark.usefixtures("ada")
async def test_a_purchase_is_missed_shown_asked_about_and_given(world: World, edge: Edge) -> None:
    report = await _a_report(world, edge)
    made = await edge.ask("ada", REPORT, input=report)
    found = made["missingPurchase"]
    assert (found["state"], found["overdue"], codes(made)) == ("OPEN", False, [])
    path = f"/missing-purchases/{found['id']}/receipts/1"
    assert (await _receipt(edge, "ada", path, PNG)).status_code == 201
    assert (await _receipt(edge, "ada", path, PNG)).status_code == 200
    about = {"missingPurchaseId": found["id"]}
    asked = await edge.ask(
        "bakery-till", ASK, input=about | {"idempotencyKey": "a1", "message": "Which shop?"}
    )
    assert asked["missingPurchase"] == {"state": "ASKED", "dueAt": None}
    await edge.ask("ada", ANSWER, input=about | {"idempotencyKey": "b1", "message": "The old one"})
    await world.award("bakery", (await world.enrol("Bo")), "20.00", at=world.now)
    (queued,) = (await edge.ask("bakery-till", QUEUE))["nodes"]
    assert queued["receipts"] == [
        {"number": 1, "mediaType": "image/png", "size": len(PNG), "path": path}
    ]
    assert [(one["side"], one["kind"]) for one in queued["steps"]] == [
        ("MEMBER", "REPORT"), ("MEMBER", "RECEIPT"), ("PARTNER", "QUESTION"), ("MEMBER", "ANSWER"),
    ]  # fmt: skip
    assert queued["alike"] == []
    async with nothing_moves(world):
        dry = await edge.ask(
            "bakery-till", APPROVE, input=about | {"idempotencyKey": "y1"}, dry=True
        )
        wrong = await edge.ask(
            "bakery-till", APPROVE,
            input=about | {"idempotencyKey": "y1", "amount": {"amount": "1", "currency": "EUR"}},
        )  # fmt: skip
    assert codes(wrong) == ["CURRENCY_NOT_AGREED"]
    approved = await edge.ask("bakery-till", APPROVE, input=about | {"idempotencyKey": "y1"})
    given = approved["missingPurchase"]
    assert dry["missingPurchase"] == given
    assert given["award"]["purchaseReference"] == "R-1"
    (mine,) = (await edge.ask("ada", MINE))["member"]["missingPurchases"]["nodes"]
    assert (mine["state"], mine["entry"]["kind"], mine["entry"]["points"]) == (
        "APPROVED", "AWARD", given["award"]["points"],
    )  # fmt: skip
    again = await edge.ask("ada", REPORT, input=report | {"idempotencyKey": "r2"})
    assert (codes(again), again["entry"]["id"]) == (
        ["PURCHASE_ALREADY_AWARDED"],
        mine["entry"]["id"],
    )
    await assert_books_balance(world)


@pytest.mark.usefixtures("ada")
async def test_what_is_overdue_is_told_apart_and_the_operator_sees_all(
    world: World, edge: Edge
) -> None:
    report = await _a_report(world, edge)
    made = await edge.ask("ada", REPORT, input=report)
    assert (await edge.ask("bakery-till", QUEUE, overdue=True))["nodes"] == []
    world.now = world.now.replace(day=26)
    (late,) = (await edge.ask("bakery-till", QUEUE, overdue=True))["nodes"]
    assert (late["id"], late["overdue"]) == (made["missingPurchase"]["id"], True)
    assert (await edge.ask("operator", QUEUE, overdue=True))["nodes"] == [late]
    again = await edge.ask("ada", REPORT, input=report | {"idempotencyKey": "r2"})
    early = await edge.ask("ada", REPORT, input=report | {"purchasedOn": "2026-03-25"})
    assert (codes(early), early["askFrom"]) == (["IDEMPOTENCY_KEY_REUSED"], None)
    early = await edge.ask(
        "ada", REPORT, input=report | {"purchasedOn": "2026-03-25", "idempotencyKey": "r3"}
    )
    assert (codes(early), early["askFrom"]) == (["ASKED_TOO_EARLY"], "2026-03-28")
    assert codes(again) == ["PURCHASE_ALREADY_REPORTED"]
    assert again["missingPurchase"]["id"] == late["id"]


@pytest.mark.usefixtures("ada")
async def test_others_learn_nothing_of_it_not_even_that_it_is_there(
    world: World, edge: Edge
) -> None:
    await _with_a_token(world, edge, "bo", await world.enrol("Bo"))
    made = await edge.ask("ada", REPORT, input=await _a_report(world, edge))
    known = made["missingPurchase"]["id"]
    await _receipt(edge, "ada", f"/missing-purchases/{known}/receipts/1", PNG)
    answers = set()
    async with nothing_moves(world):
        for id_ in (known, "mis_aaaaaaaaaaaaaaaaaaaaaaaaaa"):
            refused = await edge.ask(
                "grocer-till", DECLINE,
                input={"idempotencyKey": "x", "missingPurchaseId": id_, "reason": "OTHER"},
            )  # fmt: skip
            answers.add(tuple(codes(refused)))
            assert await edge.ask("bo", "query ($id: ID!) { node(id: $id) { id } }", id=id_) is None
            path = f"/missing-purchases/{id_}/receipts/1"
            for who in ("bo", "grocer-till"):
                got = await _receipt(edge, who, path)
                assert got.status_code == 404
                answers.add(got.json()["errors"][0]["message"])
            sent = await _receipt(edge, "bo", path, PNG)
            assert sent.status_code == 404
            answers.add(sent.json()["errors"][0]["message"])
        assert (await edge.ask("grocer-till", QUEUE))["nodes"] == []
        for scope in ("members:read", "points:award"):
            assert (await edge.post("bakery-till", QUEUE, scope=scope)).status_code == 403
    assert answers == {
        ("MISSING_PURCHASE_NOT_FOUND",), "No such receipt.", "No such missing purchase.",
    }  # fmt: skip


@pytest.mark.usefixtures("ada")
async def test_a_receipt_is_handed_out_as_a_file_and_never_as_a_page(
    world: World, edge: Edge
) -> None:
    """Security checklist, line 35."""
    made = await edge.ask("ada", REPORT, input=await _a_report(world, edge))
    path = f"/missing-purchases/{made['missingPurchase']['id']}/receipts/2"
    for content, status in (
        (b"<script>alert(1)</script>", 422), (b"", 422), (PNG + bytes(LARGEST_RECEIPT), 413),
    ):  # fmt: skip
        refused = await _receipt(edge, "ada", path, content)
        assert refused.status_code == status
        assert refused.json()["errors"][0]["extensions"]["code"] in {
            "RECEIPT_NOT_ALLOWED", "FILE_TOO_LARGE",
        }  # fmt: skip
    pdf = b"%PDF-1.7 <script>alert(1)</script>"
    assert (await _receipt(edge, "ada", path, pdf)).status_code == 201
    assert (await _receipt(edge, "ada", path, PNG)).status_code == 409
    assert (await _receipt(edge, "bakery-till", path, PNG)).status_code == 403
    for who in ("ada", "bakery-till", "operator"):
        got = await _receipt(edge, who, path)
        assert (got.status_code, got.content) == (200, pdf)
        assert got.headers["content-type"] == "application/pdf"
        assert got.headers["content-disposition"] == 'attachment; filename="receipt-2.pdf"'
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in got.headers["content-security-policy"]
    assert (await _receipt(edge, "ada", path.replace("/2", "/4"))).status_code == 404
    deleted = await edge.http.delete(path)
    assert (deleted.status_code, deleted.headers["allow"]) == (405, "GET, HEAD, PUT")
