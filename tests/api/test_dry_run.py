"""A dry run answers as the real thing would, and writes nothing."""

import asyncio
import json
import re
from collections.abc import Mapping

from tests.support import World, assert_books_balance, nothing_moves
from tests.support.edge import (
    AWARD,
    BATCH,
    CAPTURE,
    CLOSE,
    HOLD,
    REDEEM,
    REFUND,
    RELEASE,
    REVERSE,
    Edge,
    an_award,
    codes,
)

_OPAQUE = re.compile(r'"(id|expiresAt|recordedAt|createdAt)": ?"[^"]+"')


def _dry(document: str) -> str:
    """The same document with its mutation as a dry run."""
    return re.sub(r"\(input: \$input\)", "(input: $input, dryRun: true)", document)


async def _both(edge: Edge, client: str, document: str, asked: Mapping[str, object]) -> None:
    """What the dry run answers is what the real thing then does, but for what no two runs share."""
    answers = []
    for each in (_dry(document), document):
        answer = await edge.post(client, each, {"input": asked})
        assert answer.status_code == 200, answer.text
        answers.append(_OPAQUE.sub("", json.dumps(answer.json()["data"])))
    assert answers[0] == answers[1]


async def test_every_verb_answers_in_a_dry_run_as_it_then_does(world: World, edge: Edge) -> None:
    ada = await world.enrol("Ada", card="7001")
    given = an_award("r-1", "7001", "100.00")
    await _both(edge, "grocer-till", AWARD, given)
    batch = {"rows": [an_award("r-2", "7001", "20.00"), an_award("r-2", "7002", "20.00")]}
    await _both(edge, "grocer-till", BATCH, batch)
    hold = {"idempotencyKey": "h-1", "member": {"card": "7001"}, "points": 30, "reference": "b-1"}
    await _both(edge, "bakery-till", HOLD, hold)
    held = await edge.ask("bakery-till", HOLD, input=hold)
    capture = {"idempotencyKey": "c-1", "holdId": held["hold"]["id"], "points": "20"}
    await _both(edge, "bakery-till", CAPTURE, capture)
    hold["idempotencyKey"] = "h-2"
    held = await edge.ask("bakery-till", HOLD, input=hold)
    release = {"idempotencyKey": "l-1", "holdId": held["hold"]["id"]}
    await _both(edge, "bakery-till", RELEASE, release)
    spend = {"idempotencyKey": "s-1", "member": {"card": "7001"}, "points": 10, "reference": "b-2"}
    await _both(edge, "bakery-till", REDEEM, spend)
    spent = await edge.ask("bakery-till", REDEEM, input=spend)
    refund = {
        "idempotencyKey": "f-1",
        "redemptionId": spent["redemption"]["id"],
        "points": "4",
        "reason": "came back",
    }
    await _both(edge, "bakery-till", REFUND, refund)
    back = {"idempotencyKey": "v-1", "purchaseReference": "r-1", "reason": "came back"}
    await _both(edge, "grocer-till", REVERSE, back)
    world.now = world.now.replace(month=4)
    await _both(edge, "operator", CLOSE, {"label": "2026-03"})
    assert (await world.balance(ada)).available == 0
    await assert_books_balance(world)


async def test_a_dry_run_moves_nothing(world: World, edge: Edge) -> None:
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "100.00")
    spend = {"idempotencyKey": "s-1", "member": {"card": "7001"}, "points": 10, "reference": "b"}
    world.now = world.now.replace(month=4)
    async with nothing_moves(world):
        await edge.ask("grocer-till", _dry(AWARD), input=an_award("r-1", "7001"))
        await edge.ask("bakery-till", _dry(REDEEM), input=spend)
        await edge.ask("bakery-till", _dry(HOLD), input=spend)
        closed = await edge.ask("operator", _dry(CLOSE), input={"label": "2026-03"})
        empty = await edge.ask("operator", _dry(CLOSE), input={"label": "2026-02"})
    assert closed["period"]["state"] == "CLOSED"
    assert {one["issued"]["amount"] for one in closed["statements"]} == {"1.00", "0.00"}
    assert {one["net"]["amount"] for one in empty["statements"]} == {"0.00"}


async def test_a_refusal_is_the_same_in_a_dry_run(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    spend = {"idempotencyKey": "s-1", "member": {"card": "7001"}, "points": 10, "reference": "b"}
    async with nothing_moves(world):
        answer = await edge.ask("bakery-till", _dry(REDEEM), input=spend)
    assert codes(answer) == ["NOT_ENOUGH_POINTS"]


async def test_dry_runs_of_one_document_build_on_each_other(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    document = """mutation ($award: AwardPointsInput!, $spend: RedeemPointsInput!) {
      awardPoints(input: $award, dryRun: true) { userErrors { code } }
      first: redeemPoints(input: $spend, dryRun: true) {
        userErrors { code } redemption { value { amount } member { canSpend(points: 60) } } }
      again: redeemPoints(input: $spend, dryRun: true) { replayed }
    }"""
    spend = {"idempotencyKey": "s-1", "member": {"card": "7001"}, "points": 60, "reference": "b"}
    async with nothing_moves(world):
        answer = await edge.post(
            "grocer-till", document, {"award": an_award("r-1", "7001"), "spend": spend}
        )
    data = answer.json()["data"]
    assert data["first"]["userErrors"] == []
    assert data["first"]["redemption"]["member"] == {"canSpend": False}
    assert data["again"] == {"replayed": True}


async def test_an_id_from_a_dry_run_names_nothing_even_when_its_place_is_taken(
    world: World, edge: Edge
) -> None:
    await world.enrol("Ada", card="7001")
    dry = await edge.ask("grocer-till", _dry(AWARD), input=an_award("r-1", "7001"))
    await edge.ask("grocer-till", AWARD, input=an_award("r-2", "7001"))
    named = "query ($id: ID!) { node(id: $id) { id } }"
    assert await edge.ask("grocer-till", named, id=dry["award"]["id"]) is None
    back = {"idempotencyKey": "v-1", "awardId": dry["award"]["id"], "reason": "came back"}
    async with nothing_moves(world):
        assert codes(await edge.ask("grocer-till", REVERSE, input=back)) == ["AWARD_NOT_FOUND"]


async def test_a_document_is_dry_as_a_whole_or_not_at_all(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    document = """mutation ($one: AwardPointsInput!, $two: AwardPointsInput!) {
      one: awardPoints(input: $one, dryRun: %s) { award { points } userErrors { code } }
      two: awardPoints(input: $two, dryRun: %s) { award { points } userErrors { code } } }"""
    both = {"one": an_award("r-1", "7001"), "two": an_award("r-2", "7001")}
    async with nothing_moves(world):
        answer = await edge.post("grocer-till", document % ("true", "false"), both)
    assert codes(answer.json()["data"]["one"]) == []
    assert codes(answer.json()["data"]["two"]) == ["MIXED_DRY_RUN"]
    answer = await edge.post("grocer-till", document % ("false", "true"), both)
    assert codes(answer.json()["data"]["one"]) == []
    assert codes(answer.json()["data"]["two"]) == ["MIXED_DRY_RUN"]
    assert await world.rows("SELECT reference FROM award") == [("r-1",)]


async def test_dry_runs_and_awards_at_once_do_not_mix(world: World, edge: Edge) -> None:
    ada = await world.enrol("Ada", card="7001")
    await asyncio.gather(
        *(
            edge.ask("grocer-till", (AWARD, _dry(AWARD))[n % 2], input=an_award(f"r-{n}", "7001"))
            for n in range(30)
        )
    )
    assert (await world.balance(ada)).available == 15 * 100
    await assert_books_balance(world)
