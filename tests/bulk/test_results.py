"""What came of each row, as it is fetched."""

import csv
import io

import pytest

from tests.bulk.support import Office, a_row, ndjson, work_off
from tests.support import Person
from tests.support.edge import an_award


async def test_a_spreadsheet_runs_nothing_of_what_was_sent(office: Office, ada: Person) -> None:
    formulas = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "'quoted", 'plain "text", with a comma']
    rows = [
        an_award(text, ada.card) | {"idempotencyKey": f"={number}"}
        for number, text in enumerate(formulas)
    ]
    ended = await office.through(ndjson(rows))
    answer = await office.fetch(ended["id"], format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert [one["purchaseReference"] for one in table] == [
        "'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(A1)", "'quoted", 'plain "text", with a comma',
    ]  # fmt: skip
    for one in table:
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in one.values())
    as_json = await office.results(ended["id"])
    assert [one["purchaseReference"] for one in as_json] == formulas


async def test_results_come_page_by_page_and_only_the_rejected_when_asked(
    office: Office, ada: Person
) -> None:
    rows = [a_row(number, "nobody" if number % 100 == 7 else ada.card) for number in range(2300)]
    ended = await office.through(ndjson(rows))
    assert (ended["awarded"], ended["rejected"]) == (2277, 23)
    results = await office.results(ended["id"])
    assert [one["row"] for one in results] == list(range(1, 2301))
    rejected = await office.results(ended["id"], only="rejected")
    assert [one["row"] for one in rejected] == list(range(8, 2301, 100))
    assert {one["code"] for one in rejected} == {"MEMBER_NOT_FOUND"}
    assert {one["message"] for one in rejected} == {"No such member."}


@pytest.mark.parametrize("cells", [",", "7001,a@b.example"], ids=["nobody", "two"])
async def test_a_row_is_told_how_a_member_is_named(office: Office, ada: Person, cells: str) -> None:
    head = "card,email,reference,purchasedAt,amount,currency"
    rows = [
        f"{who},r-{number},2026-03-10T12:00:00-04:00,19.99,USD"
        for number, who in enumerate((f"{ada.card},", cells), start=1)
    ]
    ended = await office.through("\n".join([head, *rows, ""]).encode(), "CSV")
    assert (ended["awarded"], ended["rejected"]) == (1, 1)
    (result,) = await office.results(ended["id"], only="rejected")
    assert (result["code"], result["field"]) == ("ROW_NOT_READABLE", "member")
    assert result["purchaseReference"] == "r-2"
    assert "exactly one of card, email, phone, externalId, memberId" in result["message"]


async def test_in_json_the_same_is_told_in_its_own_names(office: Office, ada: Person) -> None:
    ended = await office.through(ndjson([a_row(1, ada.card), a_row(2, ada.card) | {"member": {}}]))
    assert (ended["awarded"], ended["rejected"]) == (1, 1)
    (result,) = await office.results(ended["id"], only="rejected")
    assert (result["code"], result["field"]) == ("ROW_NOT_READABLE", "member")
    assert "exactly one of card, email, phone, externalId, id" in result["message"]


async def test_there_are_results_as_soon_as_rows_are_done(office: Office, ada: Person) -> None:
    bulk_id = await office.send(ndjson([a_row(1, ada.card)]))
    answer = await office.fetch(bulk_id, format="csv")
    assert answer.headers["X-Bulk-Award-State"] == "CHECKING"
    assert len(answer.text.splitlines()) == 1
    await work_off(office.world)
    answer = await office.fetch(bulk_id, format="csv")
    assert answer.headers["X-Bulk-Award-State"] == "DONE"
    assert len(answer.text.splitlines()) == 2


async def test_the_ids_of_results_are_those_of_the_api(office: Office, ada: Person) -> None:
    ended = await office.through(ndjson([a_row(1, ada.card)]))
    (result,) = await office.results(ended["id"])
    query = "query ($id: ID!) { node(id: $id) { ... on Award { purchaseReference points } } }"
    award = await office.edge.ask("grocer-till", query, id=result["awardId"])
    assert award == {"purchaseReference": "r-1", "points": "10"}
    assert result["points"] == "10"
