"""Batch rows are built by our own hook; it must make what the library would have made."""

import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from strawberry.types.arguments import convert_argument

from coalition.api.purchases import AwardPointsInput, Channel
from coalition.api.schema import schema
from coalition.earning import MOST_ROWS
from tests.support import World, assert_books_balance
from tests.support.edge import AWARD, BATCH, Edge, a_purchase, an_award

DOLLARS = {"amount": Decimal("9.99"), "currency": "USD"}
FULL = {
    "idempotencyKey": "k",
    "member": {"externalId": "ada-77"},
    "purchase": {
        "reference": "r-1",
        "purchasedAt": datetime(2026, 3, 10, tzinfo=UTC),
        "amount": DOLLARS,
        "tax": DOLLARS,
        "shipping": DOLLARS,
        "paidWithPoints": DOLLARS,
        "storeCode": "330",
        "terminalCode": "2",
        "channel": Channel.ONLINE,  # GraphQL's own coercion has made it one
        "lines": [
            {"sku": "1", "category": "bread", "quantity": 2, "amount": DOLLARS},
            {"sku": "2", "quantity": 1, "amount": DOLLARS},
        ],
    },
}
BARE = {
    "idempotencyKey": "k",
    "member": {"card": "7001"},
    "purchase": {
        "reference": "r-1",
        "purchasedAt": datetime(2026, 3, 10, tzinfo=UTC),
        "amount": DOLLARS,
    },
}


@pytest.mark.parametrize("value", [FULL, BARE], ids=["full", "bare"])
def test_the_hook_makes_what_the_library_makes(value: object) -> None:
    # Strawberry sets it on the class.
    definition = AwardPointsInput.__strawberry_definition__  # type: ignore[attr-defined]
    hook = definition.from_input
    assert hook is not None, "strawberry no longer has the hook: batches are three times slower"

    def converted() -> AwardPointsInput:
        made = convert_argument(
            value, AwardPointsInput, schema.schema_converter.scalar_registry, schema.config
        )
        assert isinstance(made, AwardPointsInput)
        return made

    with_hook = converted()
    definition.from_input = None
    try:
        without = converted()
    finally:
        definition.from_input = hook
    assert dataclasses.asdict(with_hook) == dataclasses.asdict(without)


async def test_every_field_of_a_purchase_is_kept(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    dollars = {"amount": "1.00", "currency": "USD"}
    bought = {
        "tax": dollars, "shipping": dollars, "paidWithPoints": dollars, "storeCode": "330",
        "terminalCode": "2", "channel": "ONLINE",
        "lines": [{"sku": "s", "category": "bread", "quantity": 2, "amount": dollars}],
    }  # fmt: skip
    single = an_award("r-1", "7001") | {"purchase": a_purchase("r-1", "50.00", **bought)}
    batch = an_award("r-2", "7001") | {"purchase": a_purchase("r-2", "50.00", **bought)}
    await edge.ask("grocer-till", AWARD, input=single)
    await edge.ask("grocer-till", BATCH, input={"rows": [batch]})
    rows = await world.rows(
        "SELECT store_code, terminal_code, channel, lines::text, points FROM award ORDER BY seq"
    )
    assert rows[0] == rows[1]
    *kept, lines, points = rows[0]
    assert kept == ["330", "2", "ONLINE"]
    assert points == 50
    assert json.loads(str(lines)) == [
        {"sku": "s", "category": "bread", "quantity": 2, "amount": "1.00", "currency": "USD"}
    ]
    await assert_books_balance(world)


async def test_a_thousand_rows_are_awarded_in_one_call_and_replayed_by_the_next(
    world: World, edge: Edge
) -> None:
    for number in range(10):
        await world.enrol("Ada", card=f"700{number}")
    rows = [an_award(f"r-{n}", f"700{n % 10}", "10.00") for n in range(MOST_ROWS)]
    first = await edge.ask("grocer-till", BATCH, input={"rows": rows})
    assert (first["accepted"], first["replayed"], first["rejected"]) == (1000, 0, 0)
    assert first["points"] == "10000"
    assert first["results"] == []
    again = await edge.ask("grocer-till", BATCH, input={"rows": rows}, only=False)
    assert (again["accepted"], again["replayed"], again["points"]) == (0, 1000, "0")
    assert [row["index"] for row in again["results"]] == list(range(MOST_ROWS))
    assert all(row["award"]["points"] == "10" and row["replayed"] for row in again["results"])
    single = await edge.ask("grocer-till", AWARD, input=rows[0])
    assert single["replayed"] is True
    await assert_books_balance(world)


async def test_one_bad_row_costs_the_others_nothing_unless_all_must_hold(
    world: World, edge: Edge
) -> None:
    await world.enrol("Ada", card="7001")
    rows = [an_award("r-1", "7001"), an_award("r-2", "9999"), an_award("r-3", "7001", "0.10")]
    everything = {"rows": rows, "errorPolicy": "REJECT_EVERYTHING"}
    refused = await edge.ask("grocer-till", BATCH, input=everything, only=False)
    assert (refused["accepted"], refused["rejected"]) == (0, 3)
    assert [row["userErrors"][0]["code"] for row in refused["results"]] == [
        "BATCH_REJECTED", "MEMBER_NOT_FOUND", "NOTHING_EARNED",
    ]  # fmt: skip
    assert await world.rows("SELECT count(*) FROM award") == [(0,)]
    kept = await edge.ask("grocer-till", BATCH, input={"rows": rows})
    assert (kept["accepted"], kept["rejected"]) == (1, 2)
    assert [row["index"] for row in kept["results"]] == [1, 2]
    await assert_books_balance(world)


async def test_an_estimate_equals_the_award_and_writes_nothing(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    estimate = """query ($purchase: PurchaseInput!, $member: MemberRef) {
      estimateAward(purchase: $purchase, member: $member) {
        points spendableFrom explanation { rule points fundedBy { code } } } }"""
    bought = a_purchase("r-1", "123.45")
    before = await world.snapshot()
    found = await edge.ask("bakery-till", estimate, purchase=bought, member={"card": "7001"})
    assert await world.snapshot() == before
    award = an_award("r-1", "7001", "123.45")
    awarded = await edge.ask("bakery-till", AWARD, input=award)
    assert found["points"] == awarded["award"]["points"] == "246"
    assert found["explanation"] == [
        {
            "rule": "2 points per 1 USD, rounded down",
            "points": "246",
            "fundedBy": {"code": "bakery"},
        }
    ]
    refused = await edge.post("bakery-till", estimate, {"purchase": a_purchase("r-2", "0.10")})
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "NOTHING_EARNED"
