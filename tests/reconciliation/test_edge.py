"""Reconciliation as a partner's developer meets it: GraphQL, one PUT, one GET."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from coalition.api import reconciliation_files
from tests.reconciliation.books import PartnerFile, at, items, true_file
from tests.support import World, a_bakery, a_client, a_grocer, nothing_moves
from tests.support.edge import Edge, codes, edge_of

CREATE = """mutation ($input: CreateReconciliationFileInput!) {
  createReconciliationFile(input: $input) { replayed userErrors { code message field }
    file { id state period format compression uploadUrl resultsUrl } } }"""
LOOK = """query ($id: ID!) { node(id: $id) { ... on ReconciliationFile {
  id state sequence missingAfter rows points amount sha256 partner { code }
  summary { side class rows ledgerPoints filePoints value { amount currency } }
  identities { side ledger file difference missingAtPartner missingInLedger mismatches unknown
    timing duplicatesInLedger duplicatesInFile closes } } } }"""
ITEMS = """query ($class: ReconciliationClass, $state: ReconciliationItemState, $days: Int,
    $overdue: Boolean = false, $unowned: Boolean = false, $first: Int, $after: String) {
  reconciliationItems(class: $class, state: $state, olderThanDays: $days, overdue: $overdue,
    unowned: $unowned, first: $first, after: $after) {
  pageInfo { hasNextPage endCursor }
  nodes { id class side kind foundBy reference lines ledgerIds ledgerPoints filePoints state action
    actions owner ageDays value { amount currency } ledgerAmount { amount } resolvedBy note } } }"""
AGEING = """{ reconciliationAgeing { partner { code } items overdue unowned value { amount }
  bands { fromDays items value { amount } } } }"""
RESOLVE = """mutation ($input: ResolveReconciliationItemInput!, $dry: Boolean = false) {
  resolveReconciliationItem(input: $input, dryRun: $dry) { replayed userErrors { code message }
    item { state resolvedBy note actions } } }"""
ASSIGN = """mutation ($input: AssignReconciliationItemInput!) {
  assignReconciliationItem(input: $input) { userErrors { code } item { owner } } }"""


@dataclass
class Market:
    world: World
    edge: Edge
    file: PartnerFile

    async def place(self, key: str = "one", **more: str) -> dict[str, Any]:
        asked = {"idempotencyKey": key, "period": "2026-03", "format": "CSV"} | more
        answer = await self.edge.ask("grocer-till", CREATE, input=asked)
        assert codes(answer) == [], answer
        found: dict[str, Any] = answer["file"]
        return found

    async def put(
        self, url: str, content: bytes, client: str = "grocer-till", **headers: str
    ) -> httpx2.Response:
        token = await self.edge.token(client)
        return await self.edge.http.put(
            url, content=content, headers={"Authorization": f"Bearer {token}", **headers}
        )

    async def get(self, url: str, client: str = "grocer-till") -> httpx2.Response:
        token = await self.edge.token(client)
        return await self.edge.http.get(url, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
async def market(world: World) -> AsyncIterator[Market]:
    applied = await world.apply(
        brands=[
            a_grocer(clients=[a_client("grocer-till"),
                              a_client("grocer-desk", scopes=["settlement:read"])]),
            a_bakery(),
        ]
    )  # fmt: skip
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    await world.award("grocer", ada, "100.00", reference="n1-001", at=at(3))
    await world.award("grocer", ada, "60.00", reference="n1-002", at=at(5))
    await world.redeem("grocer", ada, 50, at=at(9))
    async with edge_of(world, applied.new_secrets) as edge:
        yield Market(world, edge, await true_file(world))


async def test_a_file_from_nothing_to_its_differences(market: Market) -> None:
    file = await market.place()
    assert file["state"] == "AWAITING"
    rows = [row for row in market.file.rows if row["reference"] != "n1-002"]
    answer = await market.put(file["uploadUrl"], market.file.but(rows=rows).csv())
    assert (answer.status_code, answer.json()["state"]) == (200, "RECONCILED"), answer.text
    found = await market.edge.ask("grocer-till", LOOK, id=file["id"])
    assert (found["state"], found["rows"], found["points"]) == ("RECONCILED", 2, "150")
    (issued, redeemed) = found["identities"]
    assert (issued["difference"], issued["missingAtPartner"], issued["closes"]) == (
        "60",
        "60",
        True,
    )
    assert (redeemed["ledger"], redeemed["difference"]) == ("50", "0")
    assert {(one["class"], one["rows"]) for one in found["summary"]} == {
        ("MATCHED", 1), ("MISSING_AT_PARTNER", 1),
    }  # fmt: skip
    listed = await market.edge.ask("grocer-desk", ITEMS)
    (item,) = listed["nodes"]
    assert (item["class"], item["kind"], item["action"]) == ("MISSING_AT_PARTNER", "AWARD", "ASK")
    assert (item["ledgerPoints"], item["ledgerAmount"], item["lines"]) == (
        "60", {"amount": "60.00"}, [],
    )  # fmt: skip
    assert item["actions"] == ["ACCEPT", "DISPUTE"]
    named = await market.edge.ask(
        "grocer-till", "query ($id: ID!) { node(id: $id) { ... on Award { points } } }",
        id=item["ledgerIds"][0],
    )  # fmt: skip
    assert named == {"points": "60"}


async def test_items_are_filtered_paged_owned_and_resolved(market: Market) -> None:
    file = await market.place()
    await market.put(file["uploadUrl"], market.file.but(rows=[]).csv())
    ask = market.edge.ask
    first = await ask("operator", ITEMS, first=2)
    assert first["pageInfo"]["hasNextPage"] is True
    rest = await ask("operator", ITEMS, first=2, after=first["pageInfo"]["endCursor"])
    listed = [*first["nodes"], *rest["nodes"]]
    assert [one["reference"] for one in listed] == ["n1-001", "n1-002", "basket"]
    assert listed[0]["actions"] == ["ACCEPT", "DISPUTE", "BILL", "REVERSE"]
    for variables, count in (
        ({"class": "MISSING_AT_PARTNER"}, 3), ({"class": "TIMING"}, 0), ({"state": "OPEN"}, 3),
        ({"state": "ACCEPTED"}, 0), ({"days": 0}, 0), ({"overdue": True}, 0),
    ):  # fmt: skip
        assert len((await ask("grocer-till", ITEMS, **variables))["nodes"]) == count, variables
    owned = await ask("operator", ASSIGN, input={"itemId": listed[0]["id"], "owner": "Kim"})
    assert owned["item"] == {"owner": "Kim"}
    assert len((await ask("grocer-till", ITEMS, unowned=True))["nodes"]) == 2
    for client in ("grocer-till", "operator"):
        (aged,) = await ask(client, AGEING)
        assert aged["partner"] == {"code": "grocer"}
        assert (aged["items"], aged["overdue"], aged["unowned"]) == (3, 0, 0)
        assert [one["items"] for one in aged["bands"]] == [3, 0, 0, 0]
    assert await ask("bakery-till", AGEING) == []
    asked = {"idempotencyKey": "r1", "itemId": listed[0]["id"], "action": "REVERSE", "note": "gone"}
    async with nothing_moves(market.world):
        told = await ask("operator", RESOLVE, input=asked, dry=True)
        assert told["item"]["state"] == "REVERSED", told
        refused = await ask("grocer-till", RESOLVE, input=asked)
        assert codes(refused) == ["RECONCILIATION_ACTION_NOT_OPEN"]
    done = await ask("operator", RESOLVE, input=asked)
    assert (done["item"]["state"], done["item"]["resolvedBy"]) == ("REVERSED", "operator:operator")
    seen = (await ask("grocer-till", ITEMS, state="REVERSED"))["nodes"]
    assert [(one["resolvedBy"], one["note"]) for one in seen] == [("operator", "gone")]
    mine = {"idempotencyKey": "r2", "itemId": listed[1]["id"], "action": "ACCEPT", "note": "ours"}
    async with nothing_moves(market.world):
        assert (await ask("grocer-till", RESOLVE, input=mine, dry=True))["item"][
            "state"
        ] == "ACCEPTED"
    done = await ask("grocer-till", RESOLVE, input=mine)
    assert (done["item"]["resolvedBy"], done["item"]["actions"]) == ("grocer-till", [])
    market.world.now = market.world.now.replace(day=28)
    (old,) = (await ask("operator", ITEMS, overdue=True))["nodes"]
    assert (old["reference"], old["ageDays"]) == ("basket", 13)


async def test_a_file_that_is_refused_says_why_and_leaves_its_place(market: Market) -> None:
    file = await market.place()
    async with nothing_moves(market.world):
        for content, status, code, part in (
            (b"", 422, "FILE_CONTRACT_BROKEN", "empty"),
            (market.file.csv()[:-30], 422, "FILE_CONTRACT_BROKEN", "Line 5"),
            (market.file.but(partner="bakery").csv(), 422, "RECONCILIATION_PARTNER_WRONG",
             "not of 'grocer'"),
            (market.file.but(trailer={"points": "1"}).csv(), 422, "FILE_TRAILER_WRONG",
             "Line 6"),
        ):  # fmt: skip
            answer = await market.put(file["uploadUrl"], content)
            said = answer.json()["errors"][0]
            assert (answer.status_code, said["extensions"]["code"]) == (status, code)
            assert part in said["message"]
            assert said["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert (await market.put(file["uploadUrl"], market.file.csv())).status_code == 200
    again = await market.put(file["uploadUrl"], market.file.csv())
    assert (again.status_code, again.json()["errors"][0]["extensions"]["code"]) == (
        409, "RECONCILIATION_FILE_TAKEN",
    )  # fmt: skip


async def test_the_same_content_in_another_place_is_the_first_file(market: Market) -> None:
    first = await market.place()
    await market.put(first["uploadUrl"], market.file.csv())
    second = await market.place("two")
    answer = await market.put(second["uploadUrl"], market.file.csv())
    assert (answer.json()["id"], answer.json()["repeated"]) == (first["id"], True)
    found = await market.edge.ask("grocer-till", LOOK, id=first["id"])
    third = await market.edge.ask(
        "grocer-till", CREATE,
        input={"idempotencyKey": "three", "period": "2026-03", "format": "CSV",
               "sha256": found["sha256"]},
    )  # fmt: skip
    assert (third["replayed"], third["file"]["id"]) == (True, first["id"])


async def test_who_may_not_is_told_at_the_door(market: Market) -> None:
    url = (await market.place())["uploadUrl"]
    http = market.edge.http
    assert (await http.put(url, content=b"x")).status_code == 401
    assert (await market.put(url, b"x", client="grocer-desk")).status_code == 403
    assert (await market.put(url, b"x", client="operator")).status_code == 403
    assert (await market.get(url)).status_code == 405
    packed = await market.put(url, b"x", **{"Content-Encoding": "gzip"})
    assert packed.status_code == 415
    strange = await market.get(f"{url}/results?format=xlsx")
    assert strange.status_code == 400


async def test_another_brands_file_is_answered_like_one_that_nobody_has(market: Market) -> None:
    file = await market.place()
    await market.put(file["uploadUrl"], market.file.csv())
    nobodys = file["uploadUrl"][:-3] + "aaa"
    answers = []
    for url in (file["uploadUrl"], nobodys):
        for answer in (
            await market.put(url, market.file.csv(), client="bakery-till"),
            await market.get(f"{url}/results", client="bakery-till"),
        ):
            body = answer.json()
            del body["errors"][0]["extensions"]["requestId"]
            answers.append((answer.status_code, body))
    assert answers[0] == answers[2]
    assert answers[1] == answers[3]
    assert {status for status, _ in answers} == {404}


async def test_results_come_as_rows_that_no_spreadsheet_runs(market: Market) -> None:
    file = await market.place()
    await market.put(file["uploadUrl"], market.file.but(rows=[]).csv())
    (item, *_) = await items(market.world, 1)
    await market.world.superuser.execute(
        "UPDATE reconciliation_item SET reference = '=cmd|x' WHERE id = $1", item.id
    )
    answer = await market.get(f"{file['resultsUrl']}?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["reference"] for row in rows] == ["'=cmd|x", "n1-002", "basket"]
    assert (rows[0]["class"], rows[0]["value"]) == ("MISSING_AT_PARTNER", "1.00")
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = (await market.get(file["resultsUrl"])).text.splitlines()
    assert [json.loads(line)["ledgerPoints"] for line in lines] == ["100", "60", "50"]


async def test_a_large_file_waits_for_its_turn(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation_files, "AT_ONCE", 1)
    file = await market.place()
    answer = await market.put(file["uploadUrl"], market.file.csv())
    assert (answer.status_code, answer.json()["state"]) == (202, "TAKEN")
    found = await market.edge.ask("grocer-till", LOOK, id=file["id"])
    assert (found["state"], found["summary"], found["identities"]) == ("TAKEN", [], [])


async def test_a_wrong_period_or_hash_has_no_place(market: Market) -> None:
    for wrong, code in (
        ({"period": "2026-14"}, "RECONCILIATION_PERIOD_WRONG"),
        ({"period": "2027-01"}, "RECONCILIATION_PERIOD_WRONG"),
        ({"sha256": "zz"}, "CHECKSUM_NOT_ALLOWED"),
    ):
        asked = {"idempotencyKey": "k", "period": "2026-03", "format": "CSV"} | wrong
        async with nothing_moves(market.world):
            answer = await market.edge.ask("grocer-till", CREATE, input=asked)
        assert codes(answer) == [code]
    asked = {"idempotencyKey": "k", "period": "2026-03", "format": "CSV", "sha256": "0" * 64}
    answer = await market.edge.ask("grocer-till", CREATE, input=asked)
    sent = await market.put(answer["file"]["uploadUrl"], market.file.csv())
    code = sent.json()["errors"][0]["extensions"]["code"]
    assert code == "FILE_NOT_AS_ANNOUNCED"
