"""`python -m bench`: every figure of docs/performance.md, on the embedded server, in one run."""

import argparse
import asyncio
import random
import sys
import time
from pathlib import Path

import asyncpg
import uvloop

from bench.awards import Awards, measure_awards
from bench.bulk import measure_bulk
from bench.closing import measure_closing
from bench.measure import QUICK, Size
from bench.pages import measure_pages
from bench.reconciling import measure_reconciling
from bench.reference import Pgbench
from bench.report import Report, machine
from bench.spending import measure_spending
from bench.world import new_cluster, new_world
from coalition.kit.embedded import EmbeddedCluster

PARTS = ("awards", "bulk", "spending", "pages", "closing", "reconciling")
_OF_ONE_WORLD = {"awards", "bulk", "spending", "pages"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller run; not to be quoted")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    asked = parser.parse_args()
    size = QUICK if asked.quick else Size()
    parts = (asked.only,) if asked.only else PARTS
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        report, broken = runner.run(_measure(size, parts))
    report.print()
    if asked.json is not None:
        report.save(asked.json)
    for law in broken:
        print(f"The books do not balance: {law}", file=sys.stderr)
    return 1 if broken else 0


async def _measure(size: Size, parts: tuple[str, ...]) -> tuple[Report, list[str]]:
    report, broken, began = Report(), [], time.monotonic()
    async with new_cluster() as cluster:
        report.machine = await _machine(cluster)
        if _OF_ONE_WORLD.intersection(parts):
            async with new_world(cluster, "coalition") as world:
                await _say("members", began)
                await world.have_members(size.members)
                if "bulk" in parts:
                    await _say("bulk", began)
                    choice = random.Random(2)  # noqa: S311 - the same run every time
                    await measure_bulk(Awards(world, size, choice), report)
                if {"awards", "spending"}.intersection(parts):
                    pgbench = await Pgbench.on(world, scale=size.scale, seconds=size.seconds)
                if "awards" in parts:
                    await _say("awards", began)
                    await measure_awards(world, size, pgbench, report)
                if "spending" in parts:
                    await _say("spending", began)
                    await measure_spending(world, size, pgbench, report)
                if "pages" in parts:
                    await _say("pages", began)
                    await measure_pages(world, size, report)
                await _say("books check", began)
                broken += await world.broken_laws()
        if "closing" in parts:
            await _say("closing", began)
            broken += await measure_closing(cluster, size, report)
        if "reconciling" in parts:
            await _say("reconciling", began)
            broken += await measure_reconciling(cluster, size, report)
    await _say("done", began)
    return report, broken


async def _machine(cluster: EmbeddedCluster) -> dict[str, str]:
    connection = await asyncpg.connect(cluster.url())
    try:
        shown = [
            f"{name}={await connection.fetchval(f'SHOW {name}')}"
            for name in ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers",
                         "max_wal_size")
        ]  # fmt: skip
        version = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    assert "fsync=on" in shown
    return machine(f"PostgreSQL {version}, {', '.join(shown)}")


async def _say(part: str, began: float) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {part}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
