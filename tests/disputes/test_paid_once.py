"""A line is wrong, and there are three ways to mend it: the statement is corrected, the brand
disputes the line, the operator adjusts it. Whichever comes first is the one that counts.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import combinations

import pytest

from tests.disputes.lines import JANUARY, a_published_month, later, mistyped
from tests.support import World, assert_books_balance, nothing_moves
from tests.support.edge import Edge, Json, codes, edge_of

FEBRUARY = "2026-02"
LINES = (
    """query { statements(first: 10) { nodes { id number lines { line amount { amount } } } } }"""
)
CORRECT = """mutation ($input: CorrectStatementsInput!, $dryRun: Boolean = false) {
  correctStatements(input: $input, dryRun: $dryRun) {
    replaced { number } userErrors { code message field } } }"""
ADJUST = """mutation ($input: RecordAdjustmentInput!) { recordAdjustment(input: $input) {
  adjustment { amount { amount } } replayed userErrors { code message field } } }"""
DISPUTE = """mutation ($input: OpenDisputeInput!) { openDispute(input: $input) {
  dispute { id } replayed userErrors { code message field } } }"""
DECIDE = """mutation ($input: DecideDisputeInput!) { decideDispute(input: $input) {
  dispute { state } userErrors { code message field } } }"""
ACTS = ("correct", "dispute", "adjust")
# What the grocer has paid in the end, of 90.00, by what came first.
PAID = {"correct": 8_100, "dispute": 0, "adjust": 0}
# What refuses the others, by what came first.
REFUSED = {
    ("correct", "dispute"): "STATEMENT_REPLACED",
    ("correct", "adjust"): "STATEMENT_REPLACED",
    ("dispute", "correct"): "STATEMENT_ADJUSTED",
    ("dispute", "adjust"): "MORE_THAN_AUTHORISED",
    ("adjust", "correct"): "STATEMENT_ADJUSTED",
    ("adjust", "dispute"): "DISPUTE_NOT_VALID",
}


class Acts:
    """The three ways, each about the whole of the grocer's first line of January."""

    def __init__(self, edge: Edge, statement: str) -> None:
        self.edge = edge
        self.statement = statement

    async def _ask(self, client: str, document: str, **variables: object) -> Json:
        found: Json = await self.edge.ask(client, document, **variables)
        return found

    async def correct(self, *, dry_run: bool = False, **more: object) -> Json:
        said = {"label": JANUARY, "reason": "The price was mistyped"} | more
        return await self._ask("operator", CORRECT, input=said, dryRun=dry_run)

    async def dispute(self, key: str = "d") -> Json:
        line = {"statementId": self.statement, "line": 1}
        said = {"idempotencyKey": key, "reason": "WRONG_RATE", "message": "Never agreed."} | line
        return await self._ask("grocer-till", DISPUTE, input=said)

    async def decide(self, opened: Json, authorised: str = "90.00") -> None:
        said = {
            "idempotencyKey": "end", "disputeId": opened["dispute"]["id"], "authorised": authorised,
            "message": "We have looked.",
        }  # fmt: skip
        assert not codes(await self.edge.ask("operator", DECIDE, input=said))

    async def adjust(self, key: str = "a", amount: str = "90.00") -> Json:
        said = {
            "idempotencyKey": key, "partner": "grocer", "amount": amount, "reason": "Never agreed",
            "source": {"kind": "REVIEW", "id": key, "authorised": "90.00"},
            "line": {"statementId": self.statement, "line": 1},
        }  # fmt: skip
        return await self._ask("operator", ADJUST, input=said)

    async def begun(self, act: str) -> Json:
        match act:
            case "correct":
                return await self.correct()
            case "adjust":
                return await self.adjust()
            case _:
                return await self.dispute()

    async def done(self, act: str) -> Json:
        found = await self.begun(act)
        if act == "dispute" and not codes(found):
            await self.decide(found)
        return found


@pytest.fixture
async def acts(world: World) -> AsyncIterator[Acts]:
    applied = await a_published_month(world, freeze="exclude")
    await mistyped(world)
    async with edge_of(world, applied.new_secrets) as edge:
        found = (await edge.ask("grocer-till", LINES))["nodes"]
        assert [(one["number"], one["lines"][0]["amount"]["amount"]) for one in found] == [
            ("2026-01/grocer", "90.00")
        ]
        yield Acts(edge, found[0]["id"])


async def _paid(world: World, first: str) -> int:
    """What the grocer has paid by the nettings of both months; the money book agrees."""
    if first != "correct":
        # What was not corrected is as agreed: else no close would give January's statement again.
        await mistyped(world, instead_of="0.0100")
    await world.approve(JANUARY)
    later(world, days=30)
    await world.close(FEBRUARY)
    await world.approve(FEBRUARY)
    await assert_books_balance(world)
    grocer = world.partner("grocer").id
    ((settled, owed),) = await world.rows(
        "SELECT (SELECT sum(settled) FROM net_position WHERE partner_id = $1),"
        " (SELECT sum(CASE WHEN debit IN (600, 610) THEN amount ELSE -amount END)"
        " FROM money_entry WHERE partner_id = $1)",
        grocer,
    )
    assert settled == owed
    return int(str(settled))


@pytest.mark.parametrize("first", ACTS)
async def test_what_comes_first_counts_and_the_others_are_refused(
    world: World, acts: Acts, first: str
) -> None:
    assert codes(await acts.done(first)) == []
    async with nothing_moves(world):
        for act in (one for one in ACTS if one != first):
            assert codes(await acts.done(act)) == [REFUSED[first, act]], act
    assert await _paid(world, first) == PAID[first]


@pytest.mark.parametrize("pair", [*combinations(ACTS, 2)])
async def test_two_of_them_at_once_are_one_of_them(
    world: World, acts: Acts, pair: tuple[str, str]
) -> None:
    made = await asyncio.gather(*(acts.begun(act) for act in pair))
    done = [act for act, answer in zip(pair, made, strict=True) if not codes(answer)]
    assert len(done) == 1, made
    if done == ["dispute"]:
        async with nothing_moves(world):
            for refused in (await acts.correct(), await acts.adjust()):
                assert codes(refused) == ["STATEMENT_DISPUTED"]
        await acts.decide(await acts.dispute())  # the same request: the same dispute
    assert await _paid(world, done[0]) == PAID[done[0]]


async def test_who_comes_after_a_correction_is_told_which_version_is_in_force(
    world: World, acts: Acts
) -> None:
    async with nothing_moves(world):
        assert codes(await acts.correct(partner="nobody")) == ["PARTNER_NOT_FOUND"]
        # Another brand's statement is corrected by itself.
        assert await acts.correct(partner="bakery") == {"replaced": [], "userErrors": []}
    assert len((await acts.correct(partner="grocer"))["replaced"]) == 1
    async with nothing_moves(world):
        for refused in (await acts.dispute(), await acts.adjust()):
            assert refused["userErrors"] == [
                {
                    "code": "STATEMENT_REPLACED",
                    "field": ["line"],
                    "message": "2026-01/grocer was corrected: 2026-01/grocer/2 is in force. Say it"
                    " of a line of that one.",
                }
            ]
    newest = (await acts.edge.ask("grocer-till", LINES))["nodes"][0]
    assert newest["number"] == "2026-01/grocer/2"
    assert codes(await Acts(acts.edge, newest["id"]).dispute("newest")) == []


async def test_a_request_is_answered_again_after_the_statement_was_corrected(
    world: World, acts: Acts
) -> None:
    opened = await acts.dispute()
    await acts.decide(opened, "0")
    assert codes(await acts.correct()) == []
    async with nothing_moves(world):
        assert await acts.dispute() == opened | {"replayed": True}
    # What was held of the first version lowers nothing of the second.
    assert await _paid(world, "correct") == PAID["correct"]


async def test_a_dry_correction_is_refused_like_a_real_one(world: World, acts: Acts) -> None:
    await acts.dispute()
    async with nothing_moves(world):
        for dry in (True, False):
            refused = await acts.correct(dry_run=dry)
            assert codes(refused) == ["STATEMENT_DISPUTED"]
            assert "2026-01/grocer is disputed" in refused["userErrors"][0]["message"]
    await acts.decide(await acts.dispute(), "0.01")
    async with nothing_moves(world):
        refused = await acts.correct(dry_run=True)
        assert codes(refused) == ["STATEMENT_ADJUSTED"]
        assert "2026-01/grocer was adjusted" in refused["userErrors"][0]["message"]


async def test_what_was_given_for_a_line_is_taken_back_before_it_is_corrected(
    world: World, acts: Acts
) -> None:
    for key, amount in (("a", "90.00"), ("b", "-60.00")):
        assert codes(await acts.adjust(key, amount)) == []
        async with nothing_moves(world):
            assert codes(await acts.correct()) == ["STATEMENT_ADJUSTED"]
            assert codes(await acts.adjust("too-much", "60.01")) == ["MORE_THAN_AUTHORISED"]
    assert codes(await acts.adjust("c", "-30.00")) == []
    assert codes(await acts.correct()) == []
    assert await _paid(world, "correct") == PAID["correct"]
