"""What an operation costs, what a client has, and what happens when that is used up."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from coalition.kit.buckets import Buckets
from coalition.kit.config import Settings
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves
from tests.support.edge import AWARD, BATCH, URL, Edge, an_award, edge_of
from tests.support.live import live_edge
from tests.support.promise import PATIENCE

WHO = "{ viewer { kind } }"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_refuses_and_fills_again() -> None:
    clock = Clock()
    buckets = Buckets(10, 2, clock)
    assert buckets.take("till", 8).remaining == 2
    refused = buckets.take("till", 5)
    assert (refused.allowed, refused.remaining, refused.retry_after) == (False, 2, 1.5)
    assert buckets.take("other till", 10).allowed
    clock.now = 1.5
    assert buckets.take("till", 5).allowed
    clock.now = 100
    assert buckets.take("till", 10).remaining == 0
    assert buckets.give_back("till", 50) == 10


def test_many_keys_do_not_grow_the_memory_and_the_newest_are_kept() -> None:
    """Security checklist, line 25."""
    clock = Clock()
    buckets = Buckets(10, 1, clock)
    for number in range(25_000):
        clock.now += 0.0001
        buckets.take(number, 10)
    assert len(buckets) <= 10_000
    assert not buckets.take(24_999, 1).allowed


async def test_what_takes_more_than_it_shows_costs_more(world: World) -> None:
    """Security checklist, line 23."""
    async with _edge(world) as edge:
        once = await edge.post("bakery-till", "{ __schema { types { name } } }")
        assert once.json()["extensions"]["cost"]["requestedQueryCost"] == 500
        aliases = " ".join(f"a{number}: __schema {{ types {{ name }} }}" for number in range(5))
        often = await edge.post("bakery-till", f"{{ {aliases} }}")
        assert often.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_values_are_counted_before_anything_is_made_of_them(world: World) -> None:
    """Security checklist, line 24."""
    async with _edge(world) as edge, nothing_moves(world):
        many = await edge.post("bakery-till", WHO, {"unused": [[]] * 60_000})
        assert (many.status_code, many.json()["errors"][0]["extensions"]["code"]) == (
            400, "BAD_REQUEST",
        )  # fmt: skip
        longest = await edge.post("bakery-till", WHO, {"unused": [1] * 2001})
        assert "2,001 elements" in longest.text
        assert (await edge.post("bakery-till", WHO, {"unused": [1] * 2000})).status_code == 200


@asynccontextmanager
async def _edge(world: World, **settings: object) -> AsyncIterator[Edge]:
    applied = await world.apply(brands=[a_grocer(minimum_redemption="10"), a_bakery()])
    chosen = Settings.model_validate({"url": URL} | settings)
    async with edge_of(world, applied.new_secrets, settings=chosen) as edge:
        yield edge


def _cost(answer: httpx2.Response) -> Any:  # noqa: ANN401 - JSON
    return answer.json()["extensions"]["cost"]


async def test_the_cost_of_an_operation_is_told_with_its_answer(world: World) -> None:
    async with _edge(world) as edge:
        await world.enrol("Ada", card="7001")
        assert _cost(await edge.post("grocer-till", WHO)) == {
            "requestedQueryCost": 1,
            "actualQueryCost": 1.0,
            "throttleStatus": {
                "maximumAvailable": 10000.0, "currentlyAvailable": 9999, "restoreRate": 2000.0,
            },
        }  # fmt: skip
        page = "query ($n: Int) { awards(first: $n) { nodes { partner { code } } } }"
        empty = _cost(await edge.post("grocer-till", page, {"n": 100}))
        assert (empty["requestedQueryCost"], empty["actualQueryCost"]) == (201, 1)
        one = _cost(await edge.post("grocer-till", AWARD, {"input": an_award("r-1", "7001")}))
        assert (one["requestedQueryCost"], one["actualQueryCost"]) == (13, 12)
        listed = _cost(await edge.post("grocer-till", page, {"n": 100}))
        assert (listed["requestedQueryCost"], listed["actualQueryCost"]) == (201, 3)
        rows = [an_award(f"b-{n}", "7001") for n in range(200)]
        batch = _cost(await edge.post("grocer-till", BATCH, {"input": {"rows": rows}}))
        assert batch["actualQueryCost"] == 31
        answer = await edge.post("grocer-till", WHO)
        assert answer.headers["RateLimit-Policy"] == '"cost";q=10000;w=5'
        assert answer.headers["RateLimit"].startswith('"cost";r=')


async def test_a_thousand_rows_can_be_awarded_three_times_a_second_for_ever(world: World) -> None:
    """The weights are right for a chain of tills: 3,000 rows a second, with every result."""
    async with _edge(world) as edge:
        await world.enrol("Ada", card="7001")
        rows = [an_award(f"b-{n}", "7001") for n in range(1000)]
        answer = await edge.post("grocer-till", BATCH, {"input": {"rows": rows}, "only": False})
        assert answer.json()["data"]["awardPointsBatch"]["accepted"] == 1000
        assert _cost(answer)["actualQueryCost"] * 3 < Settings().cost_per_second


async def test_who_has_used_up_its_bucket_waits_and_others_do_not(world: World) -> None:
    """Security checklist, line 27."""
    async with _edge(world, cost_capacity=1000, cost_per_second=1) as edge:
        await world.enrol("Ada", card="7001")
        dear = "{ awards(first: 100) { nodes { partner { code } member { id } } } }"
        for _ in range(83):
            assert (await edge.post("bakery-till", AWARD, {"input": _wrong()})).status_code == 200
        async with nothing_moves(world):
            refused = await edge.post("bakery-till", dear)
            moving = await edge.post("bakery-till", AWARD, {"input": an_award("r-1", "7001")})
        assert refused.status_code == moving.status_code == 429
        (error,) = refused.json()["errors"]
        assert error["extensions"]["code"] == "THROTTLED"
        assert int(refused.headers["Retry-After"]) == error["extensions"]["retryAfter"] > 0
        assert refused.headers["RateLimit-Policy"] == '"cost";q=1000;w=1000'
        assert re.fullmatch(r'"cost";r=\d+;t=\d+', refused.headers["RateLimit"])
        assert "data" not in refused.json()
        assert (await edge.post("grocer-till", dear)).status_code == 200


def _wrong() -> dict[str, object]:
    return an_award("r-0", "nobody")


async def test_a_hundred_lookups_under_aliases_count_a_hundred_times(world: World) -> None:
    """Security checklist, line 28."""
    async with _edge(world, lookup_capacity=50, lookups_per_second=1) as edge:
        thirty = "{ " + " ".join(
            f'm{n}: member(ref: {{card: "{n}"}}) {{ id }}' for n in range(30)
        ) + " }"  # fmt: skip
        assert (await edge.post("grocer-till", thirty)).status_code == 200
        refused = await edge.post("grocer-till", thirty)
        assert refused.status_code == 429
        assert "asks about members 30 times" in refused.json()["errors"][0]["message"]
        assert (await edge.post("grocer-till", WHO)).status_code == 200


async def test_a_client_has_so_many_requests_served_at_once_and_no_more(world: World) -> None:
    """Security checklist, line 26."""
    async with _edge(world, requests_at_once=3) as edge:
        ada = await world.enrol("Ada", card="7001")
        lock = world.superuser.transaction()
        await lock.start()
        await world.superuser.execute(
            "SELECT 1 FROM balance WHERE member_id = $1 FOR UPDATE", ada.member_id
        )
        waiting = [
            asyncio.create_task(edge.post("grocer-till", AWARD, {"input": an_award(key, "7001")}))
            for key in ("r-1", "r-2", "r-3")
        ]
        await _all_wait(world, 3)
        refused = await edge.post("grocer-till", WHO)
        other = await edge.post("bakery-till", WHO)
        await lock.rollback()
        answers = await asyncio.gather(*waiting)
        assert refused.status_code == 429
        assert "being served" in refused.json()["errors"][0]["message"]
        assert [one.status_code for one in (other, *answers)] == [200] * 4
        assert (await edge.post("grocer-till", WHO)).status_code == 200


async def _all_wait(world: World, backends: int) -> None:
    """Until so many of the database's backends wait for a lock."""
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(PATIENCE):
        while await world.superuser.fetchval(query) < backends:
            await asyncio.sleep(0.01)
            # What is told of backends is the same for the whole of a transaction otherwise.
            await world.superuser.execute("SELECT pg_stat_clear_snapshot()")


async def _p99(edge: Edge, times: int) -> float:
    """The grocer's p99, in seconds, of so many requests one after another."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        answer = await edge.post("grocer-till", "{ awards(first: 1) { nodes { id } } }")
        took.append(time.perf_counter() - began)
        assert answer.status_code == 200
    return sorted(took)[times * 99 // 100 - 1]


async def test_a_brand_that_asks_without_a_pause_is_not_felt_by_another(world: World) -> None:
    """The ratio is generous: without buckets the bakery's awards would take the grocer's time.

    Security checklist, line 27.
    """
    applied = await world.apply(brands=[a_grocer(), a_bakery()])
    limits: dict[str, Any] = {"cost_capacity": 1000, "cost_per_second": 1, "requests_at_once": 4}
    async with live_edge(world, applied.new_secrets, **limits) as edge:
        told: Counter[int] = Counter()
        ended = asyncio.Event()

        async def noisy() -> None:
            while not ended.is_set():
                answer = await edge.post("bakery-till", AWARD, {"input": _wrong()})
                told[answer.status_code] += 1

        await _p99(edge, 10)
        alone = await _p99(edge, 50)
        crowd = [asyncio.create_task(noisy()) for _ in range(4)]
        beside = await _p99(edge, 50)
        ended.set()
        await asyncio.gather(*crowd)
        assert told[429] > 50
        assert told[200] < 100
        assert beside < 40 * max(alone, 0.01), (alone, beside, told)


async def test_an_operation_that_takes_too_long_is_given_up_and_its_key_finds_out(
    world: World,
) -> None:
    """Security checklist, line 26."""
    hasty = Settings(url=URL, operation_seconds=0.5)
    async with _edge(world) as edge, edge_of(world, edge.secrets, settings=hasty) as hurried:
        ada = await world.enrol("Ada", card="7001")
        award = {"input": an_award("r-1", "7001")}
        await hurried.token("grocer-till")
        lock = world.superuser.transaction()
        await lock.start()
        await world.superuser.execute(
            "SELECT 1 FROM balance WHERE member_id = $1 FOR UPDATE", ada.member_id
        )
        answer = await hurried.post("grocer-till", AWARD, award)
        await lock.rollback()
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "OPERATION_TIMED_OUT"
        assert "same idempotency key" in error["message"]
        again = await asyncio.gather(*(edge.post("grocer-till", AWARD, award) for _ in range(20)))
        assert [one.status_code for one in again] == [200] * 20
        assert (await world.balance(ada)).available == 100
        await assert_books_balance(world)


@pytest.mark.parametrize("origin", ["https://shop.example", "https://evil.example"])
async def test_only_named_origins_may_ask_from_a_browser(world: World, origin: str) -> None:
    """Security checklist, line 36."""
    async with _edge(world, cors_origins="https://shop.example, https://till.example") as edge:
        asked = await edge.http.options(
            "/graphql",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
            },
        )
        allowed = asked.headers.get("Access-Control-Allow-Origin")
        assert allowed == (origin if origin == "https://shop.example" else None)
        assert "Access-Control-Allow-Credentials" not in asked.headers
    async with edge_of(world, {}) as plain:
        answer = await plain.http.post("/graphql", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
