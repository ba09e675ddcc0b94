"""What one partner's token may see and do, and what it gets for anything else."""

import pytest

from tests.support import World, assert_books_balance, nothing_moves
from tests.support.edge import (
    AWARD,
    BALANCE,
    CLOSE,
    ENROL,
    HOLD,
    REDEEM,
    Edge,
    an_award,
    codes,
)

SPEND = {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 100, "reference": "b"}
NODE = "query ($id: ID!) { node(id: $id) { id __typename } }"


async def _ada_earned_and_spent(world: World, edge: Edge) -> dict[str, str]:
    """Ada earns at the grocer and spends at the bakery; the ids of it all."""
    card = [{"kind": "CARD", "value": "7001"}]
    enrolled = await edge.ask(
        "grocer-till", ENROL, input={"idempotencyKey": "e", "identifiers": card}
    )
    awarded = await edge.ask("grocer-till", AWARD, input=an_award("r-1", "7001", "900.00"))
    spent = await edge.ask("bakery-till", REDEEM, input=SPEND)
    held = await edge.ask("bakery-till", HOLD, input=SPEND | {"idempotencyKey": "h"})
    world.now = world.now.replace(month=4)
    closed = await edge.ask("operator", CLOSE, input={"label": "2026-03"})
    statements = await edge.ask(
        "operator", '{ settlementPeriod(label: "2026-03") { statements { id number } } }'
    )
    assert codes(closed) == []
    ids = {one["number"].partition("/")[2]: one["id"] for one in statements["statements"]}
    return {
        "award": awarded["award"]["id"],
        "redemption": spent["redemption"]["id"],
        "hold": held["hold"]["id"],
        "grocer's statement": ids["grocer"],
        "bakery's statement": ids["bakery"],
        "member": enrolled["member"]["id"],
    }


async def test_a_foreign_id_and_an_unknown_one_answer_alike(world: World, edge: Edge) -> None:
    """Security checklist, line 1."""
    ids = await _ada_earned_and_spent(world, edge)
    owner = {
        "award": "grocer-till",
        "redemption": "bakery-till",
        "hold": "bakery-till",
        "grocer's statement": "grocer-till",
        "bakery's statement": "bakery-till",
        "member": "grocer-till",
    }
    for what, node_id in ids.items():
        own = await edge.post(owner[what], NODE, {"id": node_id})
        assert own.json()["data"]["node"]["id"] == node_id, what
        foreign = await edge.post("florist-till", NODE, {"id": node_id})
        unknown = await edge.post("florist-till", NODE, {"id": node_id[:-3] + "aaa"})
        nonsense = await edge.post("florist-till", NODE, {"id": "nonsense"})
        assert foreign.content == unknown.content == nonsense.content, what
        assert foreign.json()["data"] == {"node": None}
    operator = await edge.post("operator", NODE, {"id": ids["award"]})
    assert operator.json()["data"]["node"]["__typename"] == "Award"


async def test_lists_hold_a_partners_own_rows_only(world: World, edge: Edge) -> None:
    """Security checklist, line 1."""
    await _ada_earned_and_spent(world, edge)
    lists = """{ awards { nodes { partner { code } } } redemptions { nodes { partner { code } } }
      statements { nodes { partner { code } } } }"""
    for client, own in (
        ("grocer-till", {"awards": 1, "redemptions": 0, "statements": 1}),
        ("bakery-till", {"awards": 0, "redemptions": 1, "statements": 1}),
        ("florist-till", {"awards": 0, "redemptions": 0, "statements": 1}),
    ):
        data = (await edge.post(client, lists)).json()["data"]
        assert {name: len(found["nodes"]) for name, found in data.items()} == own
        codes_seen = {n["partner"]["code"] for found in data.values() for n in found["nodes"]}
        assert codes_seen == {client.removesuffix("-till")}
    everything = (await edge.post("operator", lists)).json()["data"]
    assert {name: len(found["nodes"]) for name, found in everything.items()} == {
        "awards": 1,
        "redemptions": 1,
        "statements": 3,
    }


async def test_a_partner_sees_its_own_part_of_a_members_life(world: World, edge: Edge) -> None:
    await _ada_earned_and_spent(world, edge)
    query = """{ member(ref: {card: "7001"}) { awards { nodes { points } }
      redemptions { nodes { points } } canSpend(points: 800) more: canSpend(points: 801) } }"""
    grocer = await edge.ask("grocer-till", query)
    bakery = await edge.ask("bakery-till", query)
    assert grocer["awards"]["nodes"] == [{"points": "900"}]
    assert grocer["redemptions"]["nodes"] == bakery["awards"]["nodes"] == []
    assert bakery["redemptions"]["nodes"] == [{"points": "100"}]
    assert grocer["canSpend"] is True
    assert grocer["more"] is False


async def test_flows_show_a_partner_its_own_row_and_column(world: World, edge: Edge) -> None:
    """Security checklist, line 6."""
    await _ada_earned_and_spent(world, edge)
    query = '{ flows(period: "2026-03") { issuer { code } redeemer { code } points } }'
    flow = {"issuer": {"code": "grocer"}, "redeemer": {"code": "bakery"}, "points": "100"}
    for client, seen in (
        ("operator", [flow]),
        ("grocer-till", [flow]),
        ("bakery-till", [flow]),
        ("florist-till", []),
    ):
        assert (await edge.post(client, query)).json()["data"]["flows"] == seen


FOR_OTHERS = [
    '{ member(ref: {card: "7001"}) { balance { available } } }',
    '{ member(ref: {card: "7001"}) { history { nodes { points } } } }',
    "{ redemptions { nodes { spentLots { points } } } }",
    (
        '{ member(ref: {card: "7001"}) { ...on Member { ...B } } }'
        " fragment B on Member { balance { available } }"
    ),
]


@pytest.mark.parametrize("query", FOR_OTHERS)
async def test_what_is_for_the_member_and_the_operator_is_not_for_a_partner(
    query: str, world: World, edge: Edge
) -> None:
    await _ada_earned_and_spent(world, edge)
    refused = await edge.post("bakery-till", query)
    assert refused.status_code == 403
    assert {e["extensions"]["code"] for e in refused.json()["errors"]} == {"FORBIDDEN"}
    assert (await edge.post("operator", query)).status_code == 200


async def test_a_mutation_that_asks_for_too_much_is_not_executed(world: World, edge: Edge) -> None:
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "500.00")
    document = """mutation ($input: RedeemPointsInput!) { redeemPoints(input: $input) {
      redemption { spentLots { points } } } }"""
    async with nothing_moves(world):
        answer = await edge.post("bakery-till", document, {"input": SPEND})
    assert answer.status_code == 403


NEEDS = {
    "points:award": (AWARD, {"input": an_award("r-1", "7001")}),
    "points:redeem": (REDEEM, {"input": SPEND}),
    "members:enrol": (
        ENROL,
        {"input": {"idempotencyKey": "e", "identifiers": [{"kind": "CARD", "value": "1"}]}},
    ),
    "settlement:read": ("{ statements { nodes { id } } }", {}),
    "members:read": ('{ member(ref: {card: "7001"}) { id } }', {}),
}


@pytest.mark.parametrize("scope", NEEDS)
async def test_a_token_does_what_its_scope_says_and_nothing_else(
    scope: str, world: World, edge: Edge
) -> None:
    """Security checklist, line 4."""
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "500.00")
    async with nothing_moves(world):
        for other in NEEDS.keys() - {scope}:
            document, variables = NEEDS[other]
            answer = await edge.post("grocer-till", document, variables, scope=scope)
            assert answer.status_code == 403, other
            (error,) = answer.json()["errors"]
            assert error["extensions"]["code"] == "INSUFFICIENT_SCOPE"
    document, variables = NEEDS[scope]
    allowed = await edge.post("grocer-till", document, variables, scope=scope)
    assert allowed.status_code == 200
    assert "errors" not in allowed.json()
    await assert_books_balance(world)


async def test_only_the_operator_closes_periods_and_reads_balances(
    world: World, edge: Edge
) -> None:
    await world.enrol("Ada", card="7001")
    async with nothing_moves(world):
        refused = await edge.post("grocer-till", CLOSE, {"input": {"label": "2026-01"}})
    assert refused.status_code == 403
    balance = await edge.ask("operator", BALANCE, ref={"card": "7001"})
    assert balance == {"balance": {"available": "0", "pending": "0", "held": "0", "owed": "0"}}


async def test_other_brands_terms_are_not_shown(world: World, edge: Edge) -> None:
    """Security checklist, line 6."""
    await _ada_earned_and_spent(world, edge)
    flows = """{ flows(period: "2026-03") { redeemer { code agreements { issuePrice } }
      issuer { code agreements { issuePrice } } } }"""
    (flow,) = (await edge.post("grocer-till", flows)).json()["data"]["flows"]
    assert flow["redeemer"] == {"code": "bakery", "agreements": []}
    assert flow["issuer"]["agreements"] == [{"issuePrice": "0.01"}]
