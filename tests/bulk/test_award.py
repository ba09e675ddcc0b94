"""A file of purchases, from the back office to the books and back."""

from datetime import UTC, datetime

import pytest

from coalition.access import load_keys
from coalition.kit.ids import Kind
from tests.bulk.support import Office, a_cell_row, a_row, as_csv, ndjson, packed
from tests.support import Person, assert_books_balance
from tests.support.edge import AWARD, ENROL, Json, a_purchase, an_award


async def test_a_packed_file_is_awarded_row_by_row(office: Office, ada: Person) -> None:
    file = packed(ndjson(a_row(number, ada.card) for number in range(2500)))
    ended = await office.through(file, compression="GZIP", rows=2500)
    assert (ended["state"], ended["awarded"], ended["points"]) == ("DONE", 2500, "25000")
    assert (await office.world.balance(ada)).available == 25_000
    results = await office.results(ended["id"])
    assert [one["row"] for one in results] == list(range(1, 2501))
    assert {one["outcome"] for one in results} == {"AWARDED"}
    await assert_books_balance(office.world)


async def test_csv_says_the_same_as_json(office: Office, ada: Person) -> None:
    file = as_csv(a_cell_row(number, ada.card) for number in range(3))
    ended = await office.through(file, "CSV")
    assert (ended["state"], ended["awarded"], ended["points"]) == ("DONE", 3, "30")
    (first, *_) = await office.results(ended["id"])
    assert first["idempotencyKey"] == f"{ended['id']}:1"
    assert first["line"] == 2
    await assert_books_balance(office.world)


async def test_a_row_is_judged_as_the_same_request_would_be(office: Office, ada: Person) -> None:
    """Each bad row beside what the API says of it; the good ones around it are awarded."""
    good = [a_row(number, ada.card) for number in (1, 2)]
    bad = [
        a_row(10, "nobody"),
        a_row(11, ada.card, "0.00"),
        a_row(12, ada.card, "0.50"),
        a_row(13, ada.card, "10.001"),
        a_row(14, ada.card, purchasedAt="2026-04-10T12:00:00Z"),
        a_row(15, ada.card, purchasedAt="2001-01-01T12:00:00Z"),
        a_row(16, ada.card, amount={"amount": "10.00", "currency": "EUR"}),
        a_row(17, ada.card, tax={"amount": "1.00", "currency": "EUR"}),
        an_award("two\nlines", ada.card) | {"idempotencyKey": "18"},
        an_award("nul\x00", ada.card) | {"idempotencyKey": "19"},
        a_row(21, ada.card) | {"idempotencyKey": "two words"},
        a_row(22, ada.card) | {"member": {"email": "nobody"}},
        a_row(23, ada.card) | {"member": {"id": "mbr_nobody"}},
        a_row(24, ada.card, storeCode="x" * 61),
    ]
    ended = await office.through(ndjson([good[0], *bad, good[1]]))
    assert (ended["awarded"], ended["rejected"]) == (2, len(bad))
    results = await office.results(ended["id"], only="rejected")
    assert len(results) == len(bad)
    for row, result in zip(bad, results, strict=True):
        answer = await office.edge.post("grocer-till", AWARD, {"input": row})
        assert "data" in answer.json(), (row, answer.text)
        (error,) = answer.json()["data"]["awardPoints"]["userErrors"]
        assert (result["code"], result["message"]) == (error["code"], error["message"])
        assert result["field"] == (".".join(error["field"]) if error["field"] else None)
    assert (await office.world.balance(ada)).available == 20
    await assert_books_balance(office.world)


UNREADABLE = [
    a_row(1, "7001", amount={"amount": 10.5, "currency": "USD"}),
    a_row(1, "7001", amount={"amount": True, "currency": "USD"}),
    a_row(1, "7001", amount={"amount": "1e2", "currency": "USD"}),
    a_row(1, "7001", amount={"amount": "NaN", "currency": "USD"}),
    a_row(1, "7001", amount={"amount": "٣", "currency": "USD"}),
    a_row(1, "7001", amount={"amount": "10.00", "currency": "usd"}),
    a_row(1, "7001", purchasedAt="2026-03-10T12:00:00"),
    a_row(1, "7001", purchasedAt="2026-03-10"),
    a_row(1, "7001", channel="CARRIER_PIGEON"),
    a_row(1, "7001", partnerId="prt_x"),
    a_row(1, "7001") | {"member": {"card": "7001", "email": "ada@example.com"}},
    a_row(1, "7001") | {"member": {}},
    a_row(1, "7001") | {"idempotencyKey": None},
    {"idempotencyKey": "k", "member": {"card": "7001"}},
    {"idempotencyKey": "k", "member": {"card": "7001"},
     "purchase": a_purchase("r-1", "") | {"amount": "10.00"}},
]  # fmt: skip


@pytest.mark.parametrize("row", UNREADABLE)
async def test_what_graphql_would_not_read_is_not_read_from_a_file(
    row: Json, office: Office, ada: Person
) -> None:
    ended = await office.through(ndjson([row, a_row(2, ada.card)]))
    assert (ended["state"], ended["awarded"], ended["rejected"]) == ("DONE", 1, 1)
    (rejected,) = await office.results(ended["id"], only="rejected")
    assert (rejected["row"], rejected["code"]) == (1, "ROW_NOT_READABLE")
    answer = await office.edge.post("grocer-till", AWARD, {"input": row})
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    # The API names the input, the file what may stand in it.
    named_by = rejected["message"].startswith("A member is named by exactly one of")
    assert rejected["message"] in error["message"] or (named_by and "OneOf" in error["message"])


async def test_what_cannot_be_stored_is_rejected_and_told(office: Office, ada: Person) -> None:
    odd = [
        an_award("\ud800", ada.card) | {"idempotencyKey": "1"},
        an_award("nul\x00", ada.card) | {"idempotencyKey": "nul\x00"},
        a_row(3, ada.card, channel="\x00\ud800"),
        a_row(4, "\x00"),
    ]
    ended = await office.through(ndjson([*odd, a_row(5, ada.card)]))
    assert (ended["awarded"], ended["rejected"]) == (1, 4)
    results = await office.results(ended["id"], only="rejected")
    assert [one["purchaseReference"] for one in results] == [None, None, "r-3", "r-4"]


async def test_lines_that_are_no_json_are_rows_that_cannot_be_read(
    office: Office, ada: Person
) -> None:
    odd = [b"{", b"[1]", b"null", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"[" * 50_000, b"9" * 5000]
    file = b"\n".join([*odd, ndjson([a_row(1, ada.card)])])
    ended = await office.through(file)
    assert (ended["awarded"], ended["rejected"]) == (1, len(odd))
    results = await office.results(ended["id"], only="rejected")
    assert {one["code"] for one in results} == {"ROW_NOT_READABLE"}
    assert [one["line"] for one in results] == list(range(1, len(odd) + 1))


async def test_duplicates_are_told_and_not_awarded_again(office: Office, ada: Person) -> None:
    """Within a file, against an earlier award, and against an earlier file."""
    earlier = a_row(1, ada.card)
    await office.edge.ask("grocer-till", AWARD, input=earlier)
    twice = a_row(2, ada.card)
    file = ndjson([
        earlier,
        twice,
        twice,
        a_row(2, ada.card) | {"idempotencyKey": "another-key"},
        a_row(3, ada.card) | {"idempotencyKey": twice["idempotencyKey"]},
        *(a_row(number, ada.card) for number in range(10, 1010)),
        twice,
    ])  # fmt: skip
    ended = await office.through(file)
    assert (ended["awarded"], ended["replayed"], ended["rejected"]) == (1001, 3, 2)
    results = await office.results(ended["id"])
    told = [(one["outcome"], one["code"]) for one in (*results[:5], results[-1])]
    assert told == [
        ("REPLAYED", None), ("AWARDED", None), ("REPLAYED", None),
        ("REJECTED", "PURCHASE_REFERENCE_REUSED"), ("REJECTED", "IDEMPOTENCY_KEY_REUSED"),
        ("REPLAYED", None),
    ]  # fmt: skip
    assert results[1]["awardId"] == results[2]["awardId"] == results[-1]["awardId"]
    again = await office.through(file, idempotencyKey="bulk-2")
    assert (again["awarded"], again["replayed"], again["rejected"]) == (0, 1004, 2)
    assert again["points"] == "0"
    assert (await office.world.balance(ada)).available == 10_020
    await assert_books_balance(office.world)


async def test_rows_without_a_key_have_one_that_says_where_they_stand(
    office: Office, ada: Person
) -> None:
    rows = [a_row(number, ada.card) for number in range(2)]
    for row in rows:
        del row["idempotencyKey"]
    ended = await office.through(ndjson(rows))
    results = await office.results(ended["id"])
    keys = [one["idempotencyKey"] for one in results]
    assert keys == [f"{ended['id']}:1", f"{ended['id']}:2"]
    replay = await office.edge.ask(
        "grocer-till", AWARD, input=rows[1] | {"idempotencyKey": keys[1]}
    )
    assert replay["replayed"]
    assert replay["award"]["id"] == results[1]["awardId"]


async def test_late_rows_keep_their_business_date(office: Office, ada: Person) -> None:
    world = office.world
    await office.through(ndjson([a_row(1, ada.card, purchasedAt="2026-02-10T12:00:00Z")]))
    await world.close("2026-02")
    late = a_row(2, ada.card, purchasedAt="2026-02-11T12:00:00Z")
    ended = await office.through(ndjson([late]), idempotencyKey="bulk-2")
    assert ended["awarded"] == 1
    rows = await world.rows(
        "SELECT e.occurred_at, p.label FROM entry e JOIN period p ON p.id = e.period_id"
        " WHERE e.kind = 1 ORDER BY e.occurred_at"
    )
    assert rows == [
        (datetime(2026, 2, 10, 12, tzinfo=UTC), "2026-02"),
        (datetime(2026, 2, 11, 12, tzinfo=UTC), "2026-03"),
    ]
    await assert_books_balance(world)


async def test_a_members_every_name_can_be_used(office: Office, ada: Person) -> None:
    seal = (await load_keys(office.world.database)).seal
    enrol = {
        "idempotencyKey": "e",
        "identifiers": [
            {"kind": "CARD", "value": ada.card},
            {"kind": "EMAIL", "value": "ada@example.com"},
            {"kind": "PHONE", "value": "+34 600 123 456"},
            {"kind": "EXTERNAL", "value": "a-1"},
        ],
    }
    await office.edge.ask("grocer-till", ENROL, input=enrol)
    names = {
        "card": ada.card, "email": "Ada@Example.com", "phone": "+34600123456",
        "externalId": "a-1", "memberId": seal.seal(Kind.MEMBER, ada.member_id),
    }  # fmt: skip
    empty = dict.fromkeys(names, "")
    rows = [
        a_cell_row(number, "", **empty | {name: value})
        for number, (name, value) in enumerate(names.items())
    ]
    ended = await office.through(as_csv(rows), "CSV")
    assert ended["awarded"] == 5, await office.results(ended["id"])
    both = a_cell_row(9, ada.card, email="ada@example.com")
    one = a_cell_row(10, ada.card, email="")
    ended = await office.through(as_csv([both, one]), "CSV", idempotencyKey="bulk-2")
    assert (ended["awarded"], ended["rejected"]) == (1, 1)
