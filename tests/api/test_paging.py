"""Lists are Relay connections by keyset."""

from datetime import timedelta

import pytest

from tests.support import World, assert_books_balance
from tests.support.edge import Edge

PAGE = """query ($first: Int, $after: String) { awards(first: $first, after: $after) {
  edges { cursor node { id purchaseReference } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def test_pages_follow_each_other_without_gaps_or_repeats(world: World, edge: Edge) -> None:
    ada = await world.enrol("Ada", card="7001")
    for number in range(7):
        await world.award("grocer", ada, "10.00", reference=f"r-{number}")
    seen: list[str] = []
    after = None
    for size in (3, 3, 1):
        page = await edge.ask("grocer-till", PAGE, first=3, after=after)
        assert len(page["edges"]) == size
        assert page["pageInfo"]["hasNextPage"] == (len(seen) + size < 7)
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        seen += [one["node"]["purchaseReference"] for one in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == [f"r-{number}" for number in range(7)]
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_a_page_has_1_to_100_items(first: int, edge: Edge) -> None:
    answer = await edge.post("grocer-till", PAGE, {"first": first})
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("kind", ["nonsense", "foreign", "of another list", "negative"])
async def test_a_cursor_that_is_not_of_this_list_is_refused(
    kind: str, world: World, edge: Edge
) -> None:
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "10.00")
    await world.award("bakery", ada, "10.00")
    mine = (await edge.ask("grocer-till", PAGE))["edges"][0]["cursor"]
    foreign = (await edge.ask("bakery-till", PAGE))["edges"][0]["cursor"]
    cursor = {
        "nonsense": "YXJyYXljb25uZWN0aW9uOjE=",
        "foreign": foreign,
        "of another list": mine.replace("awd_", "rdm_"),
        "negative": "arrayconnection:-5",
    }[kind]
    answer = await edge.post("grocer-till", PAGE, {"after": cursor})
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_members_history_runs_over_all_brands_for_the_operator(
    world: World, edge: Edge
) -> None:
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "500.00")
    spent = await world.redeem("bakery", ada, 120)
    await world.refund("bakery", spent, 20)
    query = """query ($after: String) {
      member(ref: {card: "7001"}) { history(first: 2, after: $after) {
      nodes { id kind points partner { code } } pageInfo { endCursor hasNextPage } } } }"""
    first = (await edge.ask("operator", query))["history"]
    assert [(one["kind"], one["points"]) for one in first["nodes"]] == [
        ("REDEMPTION_REVERSAL", "20"),
        ("REDEMPTION", "-120"),
    ]
    rest = (await edge.ask("operator", query, after=first["pageInfo"]["endCursor"]))["history"]
    assert [(one["kind"], one["points"]) for one in rest["nodes"]] == [("AWARD", "500")]
    assert rest["pageInfo"]["hasNextPage"] is False
    node = await edge.ask(
        "operator", "query ($id: ID!) { node(id: $id) { id } }", id=rest["nodes"][0]["id"]
    )
    assert node == {"id": rest["nodes"][0]["id"]}


LISTS = {
    "awards": """query ($after: String) { awards(first: 2, after: $after) {
      nodes { id partner { code } at: purchasedAt } pageInfo { hasNextPage endCursor } } }""",
    "redemptions": """query ($after: String) { redemptions(first: 2, after: $after) {
      nodes { id partner { code } at: redeemedAt } pageInfo { hasNextPage endCursor } } }""",
}


@pytest.mark.parametrize("listed", LISTS)
async def test_the_operator_pages_through_all_brands_in_one_order(
    listed: str, world: World, edge: Edge
) -> None:
    ada, began = await world.enrol("Ada", card="7001"), world.now
    for number in range(5):
        world.now = began + timedelta(minutes=number)
        brand = ("grocer", "bakery", "bakery")[number % 3]
        await world.award(brand, ada, "90.00")
        await world.redeem(brand, ada, 20)
    seen: list[tuple[str, str, str]] = []
    page = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        page = await edge.ask("operator", LISTS[listed], after=page["pageInfo"]["endCursor"])
        seen += [(one["at"], one["partner"]["code"], one["id"]) for one in page["nodes"]]
    assert [code for _, code, _ in seen] == ["bakery", "grocer", "bakery", "bakery", "grocer"]
    assert seen == sorted(seen, reverse=True)
    assert len({one for *_, one in seen}) == 5
    await assert_books_balance(world)


async def test_a_cursor_of_another_members_history_is_none_of_this_one(
    world: World, edge: Edge
) -> None:
    query = """query ($card: String!, $after: String) { member(ref: {card: $card}) {
      history(after: $after) { pageInfo { endCursor } } } }"""
    for name, card in (("Ada", "7001"), ("Bo", "7002")):
        await world.award("grocer", await world.enrol(name, card=card), "90.00")
    found = await edge.ask("operator", query, card="7001")
    cursor = found["history"]["pageInfo"]["endCursor"]
    answer = await edge.post("operator", query, {"card": "7002", "after": cursor})
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
