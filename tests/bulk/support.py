"""Files of purchases as a brand's back office makes them, and a worker to work on them."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx2

from coalition.api.bulk_rows import row_reader
from coalition.bulk import Bench, take_turn
from tests.support import World
from tests.support.edge import Edge, Json, an_award

CREATE = """mutation ($input: CreateBulkAwardInput!) { createBulkAward(input: $input) {
  bulkAward { id uploadUrl resultsUrl state } replayed userErrors { code message field } } }"""
CANCEL = """mutation ($input: CancelBulkAwardInput!) { cancelBulkAward(input: $input) {
  bulkAward { state awarded } alreadyCancelled userErrors { code message field } } }"""
WATCH = """query ($id: ID!) { node(id: $id) { ... on BulkAward { state rows done awarded replayed
  rejected points startedAt finishedAt reason { code message line } } } }"""


def a_row(number: int, shown: str, total: str = "10.00", **purchase: object) -> Json:
    """A row like `AwardPointsInput`; `purchase`: fields of it that are other ones."""
    row = an_award(f"r-{number}", shown, total)
    row["purchase"] |= purchase
    return row


def ndjson(rows: Iterable[object]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def as_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def a_cell_row(number: int, shown: str, amount: str = "10.00", **cells: str) -> dict[str, str]:
    return {
        "card": shown,
        "reference": f"r-{number}",
        "purchasedAt": "2026-03-10T12:00:00-04:00",
        "amount": amount,
        "currency": "USD",
    } | cells


@dataclass
class Office:
    """A brand's back office, which sends files and fetches what came of them."""

    world: World
    edge: Edge
    client: str = "grocer-till"

    async def open(self, format_: str = "NDJSON", **asked: object) -> str:
        asked = {"idempotencyKey": "bulk-1", "format": format_} | asked
        payload = await self.edge.ask(self.client, CREATE, input=asked)
        assert payload["userErrors"] == [], payload
        bulk_id: str = payload["bulkAward"]["id"]
        return bulk_id

    async def put(self, bulk_id: str, file: object) -> httpx2.Response:
        token = await self.edge.token(self.client)
        return await self.edge.http.put(
            f"/bulk/awards/{bulk_id}",
            content=file,  # type: ignore[arg-type]  # bytes or pieces of them
            headers={"Authorization": f"Bearer {token}"},
        )

    async def send(self, file: bytes, format_: str = "NDJSON", **asked: object) -> str:
        """Open one and send its file."""
        bulk_id = await self.open(format_, **asked)
        answer = await self.put(bulk_id, file)
        assert answer.status_code == 202, answer.text
        return bulk_id

    async def fetch(self, bulk_id: str, **query: str) -> httpx2.Response:
        token = await self.edge.token(self.client)
        return await self.edge.http.get(
            f"/bulk/awards/{bulk_id}/results",
            params=query,
            headers={"Authorization": f"Bearer {token}"},
        )

    async def results(self, bulk_id: str, **query: str) -> list[Json]:
        answer = await self.fetch(bulk_id, **query)
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    async def watch(self, bulk_id: str) -> Json:
        found: Json = await self.edge.ask(self.client, WATCH, id=bulk_id)
        return found

    async def through(self, file: bytes, format_: str = "NDJSON", **asked: object) -> Json:
        """What became of a file: sent, checked, awarded."""
        bulk_id = await self.send(file, format_, **asked)
        await work_off(self.world)
        return await self.watch(bulk_id) | {"id": bulk_id}


def bench_of(world: World, *, stops: bool = False) -> Bench:
    return Bench(world.office, world.clock, timedelta(seconds=60), row_reader, lambda: stops)


async def work_off(world: World) -> None:
    while await take_turn(bench_of(world)):
        pass


def packed(file: bytes) -> bytes:
    return gzip.compress(file, mtime=0)
