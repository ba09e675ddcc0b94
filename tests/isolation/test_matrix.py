"""Every field and every mutation, with every kind of token: what is declared is what happens."""

from collections.abc import AsyncIterator

import pytest

from coalition.access import ActorKind
from coalition.api.schema import schema
from coalition.api.viewers import Viewers
from tests.isolation.coalition import Bearer, Coalition, a_coalition
from tests.isolation.matrix import INPUTS, Matrix
from tests.isolation.report import REPORT, isolation_report
from tests.support import World, assert_books_balance
from tests.support.edge import URL
from tests.support.live import live_edge


@pytest.fixture
async def coalition(world: World) -> AsyncIterator[Coalition]:
    async with a_coalition(world) as made, live_edge(world, {}, url=URL) as live:
        made.live = live
        yield made


@pytest.mark.long
async def test_every_field_is_answered_or_refused_as_it_declares(
    coalition: Coalition, request: pytest.FixtureRequest
) -> None:
    """Security checklist, line 4. Security checklist, line 6."""
    matrix = Matrix(coalition, schema.graphql_schema, schema.viewers)
    before = await coalition.world.snapshot()
    found = await matrix.fields()
    assert found.wrong == []
    assert found.checks["refused"] > 1000
    assert await coalition.world.snapshot() == before
    await assert_books_balance(coalition.world)
    report = isolation_report(schema.graphql_schema, schema.viewers, found.checks)
    if request.config.getoption("--isolation-report"):
        REPORT.write_text(report)
    assert REPORT.read_text() == report, "run `make isolation-report` and commit the difference"


async def test_a_declaration_that_is_not_kept_is_named(coalition: Coalition) -> None:
    """The matrix can fail: it is given stricter declarations than those the edge goes by."""
    stricter = dict(schema.viewers)
    stricter["Member.awards"] = Viewers(frozenset(), frozenset())
    till = Bearer(ActorKind.PARTNER, ActorKind.PARTNER.scopes, brand="grocer")
    found = await Matrix(coalition, schema.graphql_schema, stricter).fields(till)
    assert found.wrong
    assert all("Member.awards" in one for one in found.wrong)


def test_every_mutation_has_an_input_to_be_tried_with() -> None:
    root = schema.graphql_schema.mutation_type
    assert root is not None
    assert set(root.fields) == set(INPUTS)


def test_every_field_of_the_schema_is_declared() -> None:
    """Security checklist, line 3."""
    types = schema.graphql_schema.type_map.items()
    fields = {
        f"{name}.{one}"
        for name, type_ in types
        if not name.startswith("__") and type(type_).__name__ != "GraphQLInputObjectType"
        for one in getattr(type_, "fields", {})
    }
    assert fields == schema.viewers.keys()
