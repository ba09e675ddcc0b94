"""The catalogue of events is committed, made from the schema, and true of what is sent."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coalition.api import printed_catalogue
from coalition.outbox import OF_MEMBERS_ALONE, EventKind
from tests.live.telling import a_full_year

from .listening import TEST, Listening

TOP = Path(__file__).parents[2]
CATALOGUE: dict[str, Any] = json.loads(printed_catalogue())
TOLD = set(EventKind) - OF_MEMBERS_ALONE
SCHEMAS: dict[str, Any] = CATALOGUE["components"]["schemas"]


def test_the_committed_catalogue_is_the_one_of_the_schema() -> None:
    written = (TOP / "docs" / "events" / "asyncapi.json").read_text()
    assert written == printed_catalogue(), "coalition webhooks events > docs/events/asyncapi.json"


def test_every_kind_of_event_is_in_it() -> None:
    names = {one.name.lower().replace("_", ".", 1) for one in TOLD}
    assert set(SCHEMAS) == {*names, "webhook.test", "headers"}
    for name in names:
        assert SCHEMAS[name]["required"] == [
            "type",
            "timestamp",
            "id",
            "sequence",
            "cursor",
            "data",
        ]


async def test_every_message_of_a_year_has_the_shape_that_it_says(listening: Listening) -> None:
    world = listening.world
    world.now = datetime(2026, 3, 15, 12, tzinfo=UTC)
    made = await listening.register(events=[{"event": one.name} for one in TOLD])
    await a_full_year(world)
    await listening.ask(TEST, idempotencyKey="try", webhookEndpointId=made["webhookEndpoint"]["id"])
    assert (await listening.round()).dead == 0
    told = [one.content for one in listening.receiver.received]
    assert {one["type"] for one in told} == set(SCHEMAS) - {"headers"}
    for one in told:
        assert _fits(SCHEMAS[one["type"]], one), one
        assert not _fits(SCHEMAS[one["type"]], one | {"sequence": "1"})
    headers = listening.receiver.received[0].headers
    assert all(name in headers for name in SCHEMAS["headers"]["required"])


_TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list,
          "null": type(None)}  # fmt: skip


def _fits(schema: dict[str, Any], value: Any) -> bool:  # noqa: ANN401 - whatever JSON holds
    """Whether a value is of a schema; as much of JSON Schema as the catalogue uses."""
    if "anyOf" in schema:
        return any(_fits(one, value) for one in schema["anyOf"])
    if "const" in schema:
        return bool(value == schema["const"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not isinstance(value, tuple(_TYPES[kind] for kind in kinds)):
        return False
    if isinstance(value, list):
        return all(_fits(schema["items"], one) for one in value)
    if isinstance(value, dict):
        return set(value) == set(schema["required"]) == set(schema["properties"]) and all(
            _fits(inside, value[name]) for name, inside in schema["properties"].items()
        )
    return value in schema.get("enum", [value]) and (
        re.search(schema.get("pattern", ""), str(value)) is not None
    )
