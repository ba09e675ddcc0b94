"""A month of a small coalition through the public edge, its figures worked out by hand."""

from collections.abc import AsyncIterator

import pytest

from tests.support import World, assert_books_balance
from tests.support.brands import a_bakery, a_florist, a_grocer
from tests.support.edge import (
    AWARD,
    BALANCE,
    CAPTURE,
    CLOSE,
    ENROL,
    HOLD,
    REDEEM,
    REFUND,
    REVERSE,
    Edge,
    Json,
    an_award,
    codes,
    edge_of,
)

FLOWS = "query ($p: String!) { flows(period: $p) { issuer { code } redeemer { code } points } }"


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    """A grocer that changes its price in the middle of March, a bakery, a florist in euro."""
    grocer = a_grocer(later=[{"valid_from": "2026-03-11", "issue_price": "0.0095"}])
    applied = await world.apply(brands=[grocer, a_bakery(), a_florist()])
    async with edge_of(world, applied.new_secrets) as made:
        yield made


def _euros(reference: str, card: str, amount: str) -> Json:
    award = an_award(reference, card)
    award["purchase"]["amount"] = {"amount": amount, "currency": "EUR"}
    return award


async def test_ada_earns_at_three_brands_spends_at_two_and_all_is_settled_to_the_cent(
    world: World, edge: Edge
) -> None:
    card = {"kind": "CARD", "value": "7001"}
    await edge.ask("grocer-till", ENROL, input={"idempotencyKey": "e", "identifiers": [card]})
    ada = {"card": "7001"}
    # 333 points at 0.0100 before the change of price, 250 at 0.0095 after it
    await edge.ask("grocer-till", AWARD, input=an_award("g-1", "7001", "333.99"))
    later = an_award("g-2", "7001", "250.00", purchasedAt="2026-03-11T09:00:00-04:00")
    await edge.ask("grocer-till", AWARD, input=later)
    # 2 points a dollar: 101; 2 points a euro: 80
    await edge.ask("bakery-till", AWARD, input=an_award("b-1", "7001", "50.99"))
    await edge.ask("florist-till", AWARD, input=_euros("f-1", "7001", "40.40"))
    balance = await edge.ask("operator", BALANCE, ref=ada)
    assert balance["balance"]["available"] == str(333 + 250 + 101 + 80)

    # At the florist: the 333 oldest of the grocer and 17 of the bakery's of the same day; the
    # grocer's second purchase was a day later
    spend = {"member": ada, "reference": "x", "occurredAt": "2026-03-12T10:00:00-04:00"}
    spent = await edge.ask(
        "florist-till", REDEEM, input=spend | {"idempotencyKey": "s", "points": 350}
    )
    assert spent["redemption"]["value"] == {"amount": "2.52", "currency": "EUR"}
    # At the bakery: 200 held, 150 of it captured: 84 of the bakery's own and 66 of the florist's
    held = await edge.ask("bakery-till", HOLD, input=spend | {"idempotencyKey": "h", "points": 200})
    capture = {"idempotencyKey": "c", "holdId": held["hold"]["id"], "points": 150}
    captured = await edge.ask(
        "bakery-till", CAPTURE, input=capture | {"occurredAt": "2026-03-12T11:00:00-04:00"}
    )
    assert captured["redemption"]["points"] == "150"
    # 50 of the florist's come back to the lots they were taken from last
    refund = {"redemptionId": spent["redemption"]["id"], "points": 50, "reason": "wilted"}
    refunded = await edge.ask(
        "florist-till",
        REFUND,
        input=refund | {"idempotencyKey": "f", "occurredAt": "2026-03-13T10:00:00-04:00"},
    )
    assert refunded["refunded"] == "50"
    # Half of the second purchase goes back: 125 of 250 points, at its own price
    back = {"idempotencyKey": "b", "purchaseReference": "g-2", "reason": "too much"}
    returned = await edge.ask(
        "grocer-till",
        REVERSE,
        input=back
        | {
            "amount": {"amount": "125.00", "currency": "USD"},
            "occurredAt": "2026-03-13T11:00:00-04:00",
        },
    )
    assert (returned["clawedBack"], returned["shortfall"]) == ("125", "0")
    balance = await edge.ask("operator", BALANCE, ref=ada)
    assert balance["balance"] == {
        "available": str(764 - 350 - 150 + 50 - 125), "pending": "0", "held": "0", "owed": "0",
    }  # fmt: skip

    world.now = world.now.replace(month=4, day=1)
    closed = await edge.ask("operator", CLOSE, input={"label": "2026-03"})
    assert codes(closed) == []
    statements = {one["partner"]["code"]: one for one in closed["statements"]}
    assert {
        code: [(line["kind"], line["points"], line["price"], line["amount"]["amount"])
               for line in one["lines"]]
        for code, one in statements.items()
    } == {
        "grocer": [
            ("ISSUANCE", "250", "0.0095", "2.38"),  # 2.375, half to even
            ("ISSUANCE", "333", "0.01", "3.33"),
            ("ISSUANCE_REVERSAL", "-125", "0.0095", "-1.19"),  # 1.1875
        ],
        "bakery": [
            ("ISSUANCE", "101", "0.011", "1.11"),  # 1.111
            ("REDEMPTION", "150", "0.0075", "1.12"),  # 1.125, half to even
        ],
        "florist": [
            ("ISSUANCE", "80", "0.0098", "0.78"),  # 0.784
            ("REDEMPTION", "350", "0.0072", "2.52"),
            ("REDEMPTION_REVERSAL", "-50", "0.0072", "-0.36"),
        ],
    }  # fmt: skip
    assert {code: (one["currency"], one["net"]["amount"]) for code, one in statements.items()} == {
        "grocer": ("USD", "4.52"),
        "bakery": ("USD", "-0.01"),
        "florist": ("EUR", "-1.38"),
    }
    flows = await edge.ask("operator", FLOWS, p="2026-03")
    assert {(f["issuer"]["code"], f["redeemer"]["code"]): f["points"] for f in flows} == {
        ("grocer", "florist"): "300",
        ("bakery", "bakery"): "84",
        ("florist", "bakery"): "66",
    }

    again = await edge.ask("operator", CLOSE, input={"label": "2026-03"})
    assert again["alreadyClosed"] is True
    assert [one["hash"] for one in again["statements"]] == [
        one["hash"] for one in closed["statements"]
    ]
    await assert_books_balance(world)


async def test_what_arrives_after_the_close_is_settled_in_the_next_period_at_its_own_price(
    world: World, edge: Edge
) -> None:
    await world.enrol("Ada", card="7001")
    world.now = world.now.replace(month=4, day=2)
    await edge.ask("operator", CLOSE, input={"label": "2026-03"})
    # Bought in March before the price changed; told in April
    await edge.ask("grocer-till", AWARD, input=an_award("g-1", "7001", "100.00"))
    world.now = world.now.replace(month=5, day=2)
    closed = await edge.ask("operator", CLOSE, input={"label": "2026-04"})
    (grocer,) = [one for one in closed["statements"] if one["partner"]["code"] == "grocer"]
    (line,) = grocer["lines"]
    assert (line["kind"], line["points"], line["price"]) == ("ISSUANCE", "100", "0.01")
    await assert_books_balance(world)
