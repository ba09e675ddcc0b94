"""Any figure of a statement leads to the receipts behind it, whose parts sum to it to the cent."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.support import (
    World,
    a_bakery,
    a_florist,
    a_fuel,
    a_grocer,
    a_promotion,
    assert_books_balance,
)
from tests.support.edge import Edge, Json, edge_of

NEW_YORK = ZoneInfo("America/New_York")
JANUARY = "2026-01"
Walked = dict[tuple[str, int], tuple[Json, list[Json]]]
STATEMENTS = """{ settlementPeriod(label: "2026-01") { statements { id number
  lines { line kind points amount { amount } entries } } } }"""
DETAILS = """query ($id: ID!, $place: Int!, $first: Int, $after: String) { node(id: $id) {
  ... on Statement { line(place: $place) { details(first: $first, after: $after) {
    nodes { id points amount { amount } reference occurredAt }
    pageInfo { hasNextPage endCursor } } } } } }"""


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=NEW_YORK)


async def _a_january(world: World) -> Mapping[str, str]:
    """Many small purchases, a joint promotion, returns, refunds, points that ended, hybrids."""
    brands = [
        a_grocer(issue_price="0.0083", paid_at_issuance="0.5", fee_per_point="0.001"),
        a_bakery(
            breakage_share="0.3", later=[{"valid_from": "2026-01-15", "redeem_price": "0.01"}]
        ),
        a_fuel(),
        a_florist(paid_at_issuance="0"),
    ]
    promotion = a_promotion(valid_from="2026-01-01", valid_until="2026-02-01")
    applied = await world.apply(
        brands=brands, promotions=[promotion], expiry={"kind": "fixed", "on": "2026-01-25"}
    )
    people = [await world.enrol(f"Member {number}") for number in range(4)]
    world.now = _at(1, 10)
    for number in range(12):
        await world.award(
            "grocer", people[number % 4], f"{number % 5 + 1}", reference=f"till-{number}"
        )
        await world.award("bakery", people[number % 4], "7.5", reference=f"loaf-{number}")
    joint = await world.award("grocer", people[0], "3.33", promotion="spring", reference="joint")
    await world.award("florist", people[1], "21")
    spent = await world.redeem("fuel", people[0], 41)
    await world.redeem("bakery", people[1], 40)
    world.now = _at(1, 20)
    await world.redeem("bakery", people[2], 30)
    await world.refund("fuel", spent, 17)
    await world.bring_back("grocer", joint.place, "1.11")
    world.now = _at(1, 28)
    await world.expire()
    world.now = _at(2, 2)
    await world.close(JANUARY)
    return applied.new_secrets


async def _walked(edge: Edge, client: str, first: int) -> Walked:
    """(line, all details) by statement and line, page by page."""
    found: Walked = {}
    for statement in (await edge.ask(client, STATEMENTS))["statements"]:
        for line in statement["lines"]:
            nodes: list[Json] = []
            asked = {"id": statement["id"], "place": line["line"], "first": first}
            page: Json = {"hasNextPage": True, "endCursor": None}
            while page["hasNextPage"]:
                answer = await edge.ask(client, DETAILS, **asked, after=page["endCursor"])
                nodes += answer["line"]["details"]["nodes"]
                page = answer["line"]["details"]["pageInfo"]
            found[statement["number"], line["line"]] = (line, nodes)
    return found


async def test_every_line_is_the_sum_of_the_receipts_behind_it(world: World) -> None:
    secrets = await _a_january(world)
    async with edge_of(world, secrets) as edge:
        at_once = await _walked(edge, "operator", 100)
        paged = await _walked(edge, "operator", 5)
    assert paged == at_once
    kinds = {line["kind"] for line, _ in at_once.values()}
    assert {
        "ISSUANCE", "PROMOTION_ISSUANCE", "ISSUANCE_REVERSAL", "FEE", "OWN_POINTS_REDEEMED",
        "OWN_POINTS_REFUNDED", "REDEMPTION", "REDEMPTION_REVERSAL", "BREAKAGE_SHARE",
    } <= kinds  # fmt: skip
    for line, nodes in at_once.values():
        assert len(nodes) == line["entries"], line["kind"]
        assert sum(int(one["points"]) for one in nodes) == int(line["points"])
        parts = [Decimal(one["amount"]["amount"]) for one in nodes]
        assert sum(parts) == Decimal(line["amount"]["amount"]), line["kind"]
        assert len({one["id"] for one in nodes}) == len(nodes)
    issued, receipts = at_once["2026-01/grocer", 1]
    assert issued["kind"] == "ISSUANCE"
    assert {one["reference"] for one in receipts} == {f"till-{number}" for number in range(12)}
    await assert_books_balance(world)


async def test_a_brand_that_helps_to_fund_sees_its_points_and_not_whose_receipt_it_was(
    world: World,
) -> None:
    secrets = await _a_january(world)
    async with edge_of(world, secrets) as edge:
        own = await _walked(edge, "fuel-till", 100)
        assert {number for number, _ in own} == {"2026-01/fuel"}
        (joint,) = (nodes for line, nodes in own.values() if line["kind"] == "PROMOTION_ISSUANCE")
        assert [(one["points"], one["reference"]) for one in joint] == [("13", None)]
        theirs = await _walked(edge, "grocer-till", 100)
        (joint,) = (
            nodes for line, nodes in theirs.values() if line["kind"] == "PROMOTION_ISSUANCE"
        )
        assert [(one["points"], one["reference"]) for one in joint] == [("20", "joint")]


async def test_a_cursor_that_was_not_given_is_refused(world: World) -> None:
    secrets = await _a_january(world)
    async with edge_of(world, secrets) as edge:
        first = (await edge.ask("operator", STATEMENTS))["statements"][0]
        for cursor in ("", "ent_x", "ent_x.ent_y", "0", "."):
            asked = {"id": first["id"], "place": 1, "after": cursor}
            answer = await edge.post("operator", DETAILS, asked)
            (error, *_) = answer.json()["errors"]
            assert error["extensions"]["code"] == "BAD_USER_INPUT", cursor
