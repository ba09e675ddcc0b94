"""A file of purchases: sent, checked and awarded by a worker, beside the same rows in batches."""

import asyncio
import gzip
import json
import os
import re
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.awards import Awards
from bench.client import Plan
from bench.measure import Pair, Size
from bench.report import Report
from bench.serving import Servers, servers
from bench.world import CLUSTER, CURRENCY, URL, World, card
from coalition.earning import MOST_ROWS

_CREATE = (
    "mutation($i:CreateBulkAwardInput!){createBulkAward(input:$i)"
    "{bulkAward{id} userErrors{code message}}}"
)
_WATCH = "query($i:ID!){node(id:$i){... on BulkAward{state awarded rejected startedAt finishedAt}}}"
_ROUNDS = 3
# A worker's memory must not grow with its file.
_MOST_MEMORY = 150


@dataclass(frozen=True, slots=True)
class _Ended:
    """Of one file: seconds to send it, to check and award it; the most memory of its worker."""

    sent: float
    worked: float
    megabytes: float | None


async def measure_bulk(awards: Awards, report: Report) -> None:
    world, size = awards.world, awards.size
    pair = Pair()
    ended: list[_Ended] = []
    async with servers(world, 1) as serving:
        for number in range(_ROUNDS):
            batches = await _batches(serving, world, size)
            ended.append(await _file(serving, awards, "CSV" if number == 1 else "NDJSON"))
            pair.add(size.bulk / ended[-1].worked, batches)
    report.add(
        f"a file of {size.bulk:,} rows, checked and awarded", pair.ratio(),
        shown="{:,.0f} rows/s", of="{:,.0f}/s by awardPointsBatch, one in flight",
    )  # fmt: skip
    slowest = max(one.worked for one in ended)
    report.note(
        "the slowest of them",
        f"{slowest:.0f} s, and {max(one.sent for one in ended):.1f} s to send",
    )
    memory = [one.megabytes for one in ended if one.megabytes is not None]
    if memory:
        report.note(
            "the worker's most memory", f"{max(memory):.0f} MB", goal=f"<= {_MOST_MEMORY} MB",
            reached=max(memory) <= _MOST_MEMORY,
        )  # fmt: skip


async def _batches(serving: Servers, world: World, size: Size) -> float:
    members = list(range(1, world.members + 1, 7))
    requests = max(size.bulk // MOST_ROWS // 10, 4)
    plan = Plan("batch", serving.ports, serving.tokens[:1], 1, members, requests=requests)
    answered, _ = await serving.ask(plan)
    return answered.done * MOST_ROWS / answered.seconds


async def _file(serving: Servers, awards: Awards, format_: str) -> _Ended:
    file = gzip.compress(b"".join(_lines(awards, format_)))
    asked = {"idempotencyKey": uuid.uuid4().hex, "format": format_, "compression": "GZIP"}
    opened = await _ask(serving, _CREATE, {"i": asked})
    bulk_id = opened["createBulkAward"]["bulkAward"]["id"]
    began = time.monotonic()
    await asyncio.to_thread(_put, serving, bulk_id, file)
    sent, began = time.monotonic() - began, time.monotonic()
    megabytes = await _work()
    worked = time.monotonic() - began
    found = (await _ask(serving, _WATCH, {"i": bulk_id}))["node"]
    assert (found["state"], found["awarded"]) == ("DONE", awards.size.bulk), found
    return _Ended(sent, worked, megabytes)


def _lines(awards: Awards, format_: str) -> Iterator[bytes]:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if format_ == "CSV":
        yield b"idempotencyKey,card,reference,purchasedAt,amount,currency\n"
    for _ in range(awards.size.bulk):
        key = uuid.uuid4().hex
        shown = card(awards.choice.randrange(1, awards.world.members + 1))
        amount = f"{awards.choice.randrange(100, 9999) / 100:.2f}"
        if format_ == "CSV":
            yield f"{key},{shown},{key},{at},{amount},{CURRENCY}\n".encode()
            continue
        row = {
            "idempotencyKey": key,
            "member": {"card": shown},
            "purchase": {
                "reference": key,
                "purchasedAt": at,
                "amount": {"amount": amount, "currency": CURRENCY},
            },
        }
        yield json.dumps(row, separators=(",", ":")).encode() + b"\n"


async def _work() -> float | None:
    """A worker that works off the file and ends; its most memory, where the system tells."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "worker.log"
        with log.open("wb") as writing:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "coalition", "worker", "--once", "--only", "award-bulk",
                env=os.environ | {"COALITION_CLUSTER": CLUSTER, "COALITION_URL": URL},
                stdout=writing, stderr=writing,
            )  # fmt: skip
        most = None
        while process.returncode is None:
            most = _megabytes(process.pid) or most
            await asyncio.sleep(0.2)
        assert process.returncode == 0, log.read_text()
    return most


def _megabytes(pid: int) -> float | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else None


# Whatever JSON the server answers.
async def _ask(serving: Servers, query: str, variables: dict[str, object]) -> dict[str, dict]:  # type: ignore[type-arg]
    body = json.dumps({"query": query, "variables": variables}).encode()
    answer = await asyncio.to_thread(_send, serving, "POST", "/graphql", body)
    # Whatever JSON the server answers.
    data: dict[str, dict] = json.loads(answer)["data"]  # type: ignore[type-arg]
    return data


def _put(serving: Servers, bulk_id: str, file: bytes) -> None:
    _send(serving, "PUT", f"/bulk/awards/{bulk_id}", file)


def _send(serving: Servers, method: str, path: str, body: bytes) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{serving.ports[0]}{path}", body, method=method,
        headers={"Authorization": f"Bearer {serving.tokens[0]}",
                 "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - the same
        read: bytes = answer.read()
    return read
