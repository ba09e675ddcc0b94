"""Which person asked for what stands in the books: written once, before anything is done."""

from uuid import UUID

import pytest

from coalition.access import person_of_request
from coalition.kit.database import EVERYTHING
from coalition.outbox import events_of_request
from tests.support import World, assert_books_balance, nothing_moves
from tests.support.edge import AWARD, Edge, an_award
from tests.support.staff import Staff, a_person_of

AWARD_DRY = AWARD.replace("(input: $input)", "(input: $input, dryRun: true)")
TWO = """mutation ($a: AwardPointsInput!, $b: AwardPointsInput!) {
  a: awardPoints(input: $a) { award { id } } b: awardPoints(input: $b) { award { id } } }"""
NOTED = "SELECT request_id, login_id, grant_id FROM person_request"


@pytest.fixture
async def cashier(world: World, edge: Edge) -> Staff:
    """Who works at the grocer's till, which asks with her token."""
    await world.enrol("Mia", card="7001")
    cashier = await a_person_of(world, "grocer", "cashier")
    edge.bear("grocer-till", cashier.token)
    return cashier


async def test_what_a_person_has_posted_names_her(world: World, edge: Edge, cashier: Staff) -> None:
    """Security checklist, line 40."""
    answer = await edge.post("grocer-till", AWARD, {"input": an_award("r-1", "7001")})
    request_id = UUID(answer.headers["X-Request-Id"])
    async with world.database.reading(EVERYTHING) as connection:
        (event,) = await events_of_request(connection, request_id)
    assert (event.client_id, event.request_id) == ("grocer-till", request_id)
    person = await person_of_request(world.database, request_id)
    assert person is not None
    assert (person.email, person.login_id) == (cashier.email, cashier.login_id)
    assert person.grant_id == cashier.grant_id
    await assert_books_balance(world)


async def test_one_request_names_her_once_however_much_it_does(
    world: World, edge: Edge, cashier: Staff
) -> None:
    two = {"a": an_award("r-1", "7001"), "b": an_award("r-2", "7001")}
    answer = await edge.post("grocer-till", TWO, two)
    assert "errors" not in answer.json()
    request_id = UUID(answer.headers["X-Request-Id"])
    assert await world.rows(NOTED) == [(request_id, cashier.login_id, cashier.grant_id)]


async def test_who_only_looks_or_tries_is_not_written_down(
    world: World, edge: Edge, cashier: Staff
) -> None:
    del cashier
    async with nothing_moves(world):
        await edge.ask("grocer-till", "{ viewer { kind } }")
        tried = await edge.ask("grocer-till", AWARD_DRY, input=an_award("r-1", "7001"))
        assert tried["award"]["points"] == "100"
        refused = await edge.post(
            "grocer-till",
            "mutation { cancelBulkAward(input: {}) { userErrors { code } } }",
        )
        assert "errors" in refused.json()


async def test_a_till_that_acts_for_itself_names_nobody(
    world: World, edge: Edge, cashier: Staff
) -> None:
    del cashier
    await edge.ask("bakery-till", AWARD, input=an_award("r-1", "7001"))
    assert await world.rows(NOTED) == []
    assert await person_of_request(world.database, UUID(int=1)) is None
