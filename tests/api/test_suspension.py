"""A suspended brand stops acting and reading about people at once; its accounts stay open to it."""

from tests.support import World, a_bakery, a_florist, a_grocer, nothing_moves
from tests.support.edge import AWARD, REDEEM, Edge, an_award, codes

ABOUT_PEOPLE = [
    '{ member(ref: {card: "7001"}) { id } }',
    "{ awards { nodes { id } } }",
    "{ redemptions { nodes { id } } }",
    '{ node(id: "mbr_x") { id } }',
    "{ viewer { kind } awards { nodes { id } } }",
]
ACCOUNTS = [
    "{ viewer { kind scopes partner { status } } }",
    "{ statements { nodes { number } } }",
    '{ settlementPeriod(label: "2026-03") { state statements { number } } }',
    '{ flows(period: "2026-03") { points } }',
]


async def _suspended(world: World) -> None:
    await world.apply(
        brands=[a_grocer(minimum_redemption="10"), a_bakery(status="suspended"), a_florist()],
    )


async def test_a_suspended_brand_posts_nothing(world: World, edge: Edge) -> None:
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "100.00")
    await edge.token("bakery-till")
    await _suspended(world)
    spend = {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 10, "reference": "b"}
    async with nothing_moves(world):
        for document, asked in ((AWARD, an_award("r-1", "7001")), (REDEEM, spend)):
            answer = await edge.ask("bakery-till", document, input=asked)
            assert codes(answer) == ["PARTNER_SUSPENDED"]


async def test_it_reads_about_nobody_and_sees_its_accounts(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001", brand="bakery")
    await _suspended(world)
    # What a server remembers of the terms may be five seconds old.
    await _forget_terms(edge)
    for document in ABOUT_PEOPLE:
        answer = await edge.post("bakery-till", document)
        assert answer.status_code == 403, document
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "PARTNER_SUSPENDED"
        assert "data" not in answer.json()
    for document in ACCOUNTS:
        answer = await edge.post("bakery-till", document)
        assert "errors" not in answer.json(), answer.text
    assert (await edge.post("grocer-till", ABOUT_PEOPLE[1])).status_code == 200


async def _forget_terms(edge: Edge) -> None:
    spend = {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 10, "reference": "b"}
    # A posting finds by itself that they have changed.
    await edge.ask("bakery-till", REDEEM, input=spend)
