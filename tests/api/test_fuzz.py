"""Whatever is asked of the schema is answered with a reason, and a refusal moves nothing."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import GraphQLArgument
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coalition.access import ActorKind
from coalition.api.schema import schema
from coalition.kit.errors import refusal_codes
from tests.api.nonsense import Words, filled, requests, texts_in, with_value
from tests.isolation.coalition import Bearer, Coalition, a_coalition
from tests.support import World, assert_books_balance, nothing_moves

GRAPH = schema.graphql_schema
API = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
_TABLE = API.partition("what to do |")[2].partition("### HTTP statuses")[0]
# What a client may be told of; a fault of the server is none of it.
CODES = {*re.findall(r"`([A-Z_]+)`", _TABLE), *refusal_codes()} - {
    "INTERNAL_SERVER_ERROR", "OPERATION_TIMED_OUT", "SERVICE_UNAVAILABLE", "THROTTLED",
}  # fmt: skip
HOSTILE = {
    "a NUL": "a\x00b",
    "half a character": "a\ud800",
    "a mark that turns the text around": "a\u202eb",
    "a line of its own": "a\nb",
    "a colour": "a\x1b[31mb",
    "a megabyte": "x" * 1_000_000,
}


@pytest.fixture
async def coalition(world: World) -> AsyncIterator[Coalition]:
    async with a_coalition(world) as made:
        yield made


def _words(coalition: Coalition) -> Words:
    ids = [*coalition.ids["grocer"].values(), *coalition.ids["bakery"].values(), "awd_x", "x"]
    return Words(
        by_name={
            "idempotencyKey": [f"k{number}" for number in range(40)],
            "card": ["7001", "7002", "nobody"],
            "newCard": ["7009", "7001"],
            "email": ["ada@example.com"],
            "phone": ["+14155550132"],
            "value": ["7001", "ada@example.com", "+14155550132"],
            "holdId": [coalition.ids["grocer"]["hld"], *ids],
            "redemptionId": [coalition.ids["grocer"]["rdm"], *ids],
            "awardId": [coalition.ids["grocer"]["awd"], *ids],
            "memberId": [coalition.ids["members"]["ada"], *ids],
            "purchaseReference": ["receipt-of-grocer"],
            "reference": [f"r{number}" for number in range(40)],
            "locale": ["en-US"],
            "timeZone": ["Europe/Madrid"],
            "label": ["2026-03", "2026-04"],
            "period": ["2026-03"],
            "after": [coalition.ids["grocer"]["awd"], "x"],
            "first": [2, 100, 0, -1],
            "quantity": [1, 0],
            "expiresInSeconds": [60, 0],
            "dryRun": [False, True],
        },
        by_type={
            "String": ["plain"],
            "ID": ids,
            "Int": [1, 2**31 - 1, -1],
            "Boolean": [True, False],
            "Points": ["10", "0", "-5", 3, "9223372036854775807"],
            "Decimal": ["10.00", "0", "-1", "0.001", "999999999999999999.99"],
            "DateTime": [
                "2026-04-10T12:00:00Z",
                "2026-03-10T12:00:00-05:00",
                "1999-01-01T00:00:00Z",
            ],
            "Date": ["2026-04-10"],
            "CurrencyCode": ["USD", "EUR", "XXX"],
        },
    )


def _bearers(coalition: Coalition) -> list[Bearer]:
    return [
        Bearer(ActorKind.PARTNER, ActorKind.PARTNER.scopes, brand="grocer"),
        Bearer(ActorKind.PARTNER, ActorKind.PARTNER.scopes, brand="bakery"),
        Bearer(ActorKind.OPERATOR, ActorKind.OPERATOR.scopes),
        Bearer(ActorKind.MEMBER, ActorKind.MEMBER.scopes, member=coalition.ada.member_id),
    ]


def _operations() -> Iterator[tuple[str, Mapping[str, GraphQLArgument]]]:
    """A document for each operation that takes something, with all of its arguments."""
    for head, root in (("query", GRAPH.query_type), ("mutation", GRAPH.mutation_type)):
        for name, one in root.fields.items() if root else ():
            below = "{ userErrors { code } }" if head == "mutation" else "{ __typename }"
            if name == "awardPointsBatch":
                below = "{ userErrors { code } rejected }"
            declared = ", ".join(
                f"${argument}: {given.type}" for argument, given in one.args.items()
            )
            given = ", ".join(f"{argument}: ${argument}" for argument in one.args)
            if declared:
                yield f"{head} ({declared}) {{ {name}({given}) {below} }}", one.args


def _seen_by(bearer: Bearer) -> set[str]:
    return {
        coordinate
        for coordinate, viewers in schema.viewers.items()
        if bearer.kind in viewers.kinds and (not viewers.scopes or viewers.scopes & bearer.scopes)
    }


def _told(body: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in body.get("errors", [])}


def _refused(body: dict[str, Any]) -> bool:
    """Whether each mutation of the answer was refused."""
    payloads = list((body.get("data") or {}).values())
    return all(
        isinstance(one, dict) and bool(one.get("userErrors") or one.get("rejected"))
        for one in payloads
    )


class Asking:
    """Requests one after another, from the thread of whoever makes them up."""

    def __init__(self, coalition: Coalition) -> None:
        self._coalition = coalition
        self._loop = asyncio.get_running_loop()
        self._snapshot: dict[str, list[str]] | None = None
        self.seen: Counter[str] = Counter()

    def __call__(self, document: str, variables: dict[str, Any], bearer: Bearer) -> None:
        asked = self._ask(document, variables, bearer)
        asyncio.run_coroutine_threadsafe(asked, self._loop).result()

    async def _ask(self, document: str, variables: dict[str, Any], bearer: Bearer) -> None:
        answer = await self._coalition.ask(bearer, document, **variables)
        assert answer.status_code in {200, 400, 403}, answer.text
        body = answer.json()
        told = _told(body)
        assert told <= CODES, body
        assert all(error["extensions"]["requestId"] for error in body.get("errors", []))
        if document.startswith("mutation"):
            await self._look(document, variables, moved=not _refused(body))
            told |= {f"mutation {'refused' if _refused(body) else 'done'}"}
        self.seen.update(told or {"answered"})

    async def _look(self, document: str, variables: dict[str, Any], *, moved: bool) -> None:
        before, after = self._snapshot, await self._coalition.world.snapshot()
        assert moved or before in (None, after), (document, variables)
        self._snapshot = after


@pytest.mark.long
async def test_no_request_that_can_be_made_of_the_schema_is_a_fault(coalition: Coalition) -> None:
    """Whatever the document, its variables and the token: an answer in JSON, with a reason.

    Security checklist, line 22. Security checklist, line 33.
    """
    asking, words = Asking(coalition), _words(coalition)
    made = {bearer: requests(GRAPH, words, _seen_by(bearer)) for bearer in _bearers(coalition)}

    @settings(
        max_examples=200,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.data(), st.sampled_from(list(made)))
    def ask(data: st.DataObject, bearer: Bearer) -> None:
        # Now and then by somebody whom the document was not made for.
        by = data.draw(st.sampled_from([bearer, bearer, *made]))
        asking(*data.draw(made[bearer]), by)

    await asyncio.to_thread(ask)
    for one in ("answered", "BAD_USER_INPUT", "FORBIDDEN", "mutation refused", "mutation done"):
        assert asking.seen[one] >= 5, asking.seen
    await assert_books_balance(coalition.world)


@pytest.mark.long
async def test_no_text_of_any_operation_takes_what_cannot_be_printed(coalition: Coalition) -> None:
    """Each text that each operation takes, one after another, beside what is right.

    Security checklist, line 30.
    """
    till, _, office, member = _bearers(coalition)
    words = _words(coalition)
    tried = 0
    async with nothing_moves(coalition.world):
        for document, arguments in _operations():
            whole = {one: filled(words, one, given.type) for one, given in arguments.items()}
            for path in (
                path for one in arguments for path in texts_in(arguments[one].type, (one,))
            ):
                for what, text in HOSTILE.items():
                    answer = await _by_whoever_may(
                        coalition, (till, office, member), document, with_value(whole, path, text)
                    )
                    told = (path, what, answer.text[:300])
                    assert answer.status_code == 200, told
                    assert len(answer.content) < 3000, told
                    tried += 1
                    if document.startswith("mutation"):
                        assert _refused(answer.json()), told
    assert tried > 300


async def _by_whoever_may(
    coalition: Coalition, bearers: Iterable[Bearer], document: str, variables: dict[str, Any]
) -> httpx2.Response:
    answers = [await coalition.ask(one, document, **variables) for one in bearers]
    return next((one for one in answers if one.status_code != 403), answers[0])
