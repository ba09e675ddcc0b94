"""Closing a period: what its entries cost, what all older ones do not, and a large one."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import asyncpg
import sqlalchemy as sa

from bench.measure import Pair, Size, percentile, timed
from bench.report import Report
from bench.world import Span, World, new_world, ref
from coalition import earning, ledger, settlement
from coalition.kit.database import EVERYTHING
from coalition.kit.embedded import EmbeddedCluster

_EACH = 5
_OLDER_PERIODS = 10
_ROUNDS = 7
_LARGE_ROUNDS = 5

# A heap that holds nothing but the period, as the reference; and the sums without any condition.
_FLOOR = """
CREATE SCHEMA bare;
CREATE TABLE bare.of_period AS SELECT * FROM entry WHERE period_id = {period};
GRANT USAGE ON SCHEMA bare TO coalition_reader;
GRANT SELECT ON bare.of_period TO coalition_reader;
ANALYZE bare.of_period;
"""
_AWARDS_BEFORE = 200
_GROUP_BY = sa.text(
    "SELECT partner_id, agreement_id, kind, debit, sum(points), count(*) FROM bare.of_period"
    " GROUP BY partner_id, agreement_id, kind, debit"
)

_REOPEN = """
ALTER TABLE entry_of_{period} DISABLE TRIGGER USER;
DROP TRIGGER closed ON entry_of_{period};
DROP TRIGGER closed ON lot_use_of_{period};
ALTER TABLE entry_of_{period} ENABLE TRIGGER USER;
SET LOCAL session_replication_role = replica;
DELETE FROM money_entry WHERE period_id = {period};
DELETE FROM issuer_roll WHERE period_id = {period};
DELETE FROM cohort_roll WHERE period_id = {period};
DELETE FROM period_step WHERE period_id = {period};
DELETE FROM statement_line WHERE statement_id IN (
  SELECT id FROM statement WHERE period_id = {period});
DELETE FROM statement WHERE period_id = {period};
DELETE FROM settlement_run WHERE period_id = {period};
DELETE FROM period_head WHERE period_id = {period};
DELETE FROM event WHERE kind = 11;
UPDATE period SET state = 'open', closed_at = NULL WHERE id = {period};
"""


class Books:
    """A coalition whose last full month has the period's entries, after some older months."""

    def __init__(self, world: World, span: Span) -> None:
        self.world, self.span = world, span
        self.sums, self.floor, self.write, self.close = Pair(), Pair(), Pair(), Pair()

    async def aggregate(self) -> float:
        async with self.world.database.reading(EVERYTHING) as connection:
            return await timed(lambda: ledger.sums_of_period(connection, self.span.period_id))

    async def group_by(self) -> float:
        async with self.world.database.reading(EVERYTHING) as connection:

            async def once() -> None:
                (await connection.execute(_GROUP_BY)).all()

            return await timed(once)

    async def closed(self) -> tuple[float, float]:
        """Seconds of the whole close, and of the call that writes the statements."""
        written: list[float] = []
        call = self.world.database.call

        async def watched(
            function: str, *arguments: object, seconds: float | None = None
        ) -> list[asyncpg.Record]:
            began = time.perf_counter()
            rows = await call(function, *arguments, seconds=seconds)
            if function == "calculate_period":
                written.append(time.perf_counter() - began)
            return rows

        # Watched while it is measured.
        self.world.database.call = watched  # type: ignore[method-assign]
        whole = await timed(
            lambda: settlement.close_period(
                self.world.office, actor=self.world.operator, label=self.span.label,
                now=datetime.now(UTC),
            )
        )  # fmt: skip
        # Watched while it is measured.
        self.world.database.call = call  # type: ignore[method-assign]
        return whole, sum(written)

    async def awards_meanwhile(self) -> tuple[list[float], list[float]]:
        """Milliseconds of awards one after the other: before a close, and while it runs."""
        before = [await self._award(number) for number in range(_AWARDS_BEFORE)]
        during: list[float] = []
        closing = asyncio.create_task(self.closed())
        while not closing.done():
            during.append(await self._award(_AWARDS_BEFORE + len(during)))
        await closing
        return before, during

    async def _award(self, number: int) -> float:
        partner = self.world.partners[0]
        bought = earning.Purchase(
            f"meanwhile-{number}", datetime.now(UTC), Decimal(10), partner.currency
        )
        request = earning.AwardRequest(f"meanwhile-{number}", ref(number % 1000 + 1), bought)
        return 1e3 * await timed(
            lambda: earning.award_points(
                self.world.office, actor=self.world.till(partner), requests=[request],
                now=datetime.now(UTC),
            )
        )  # fmt: skip

    async def reopen(self) -> None:
        async with self.world.superuser.transaction():
            await self.world.superuser.execute(_REOPEN.format(period=self.span.period_id))


async def measure_closing(cluster: EmbeddedCluster, size: Size, report: Report) -> list[str]:
    async with AsyncExitStack() as stack:
        both = []
        for name, older in (("young", 0), ("old", size.older)):
            world = await stack.enter_async_context(new_world(cluster, name))
            both.append(await _books(world, size, older))
        growth, growth_of_close = Pair(), Pair()
        for _ in range(_ROUNDS):
            for books in both:
                await _round(books)
            young, old = both
            growth.add(old.sums.values[-1], young.sums.values[-1])
            growth_of_close.add(old.close.values[-1], young.close.values[-1])
        for books in both:
            await books.closed()
        _report(size, both, growth, growth_of_close, report)
        broken = [law for books in both for law in await books.world.broken_laws()]
    return broken + await _measure_large(cluster, size, report)


async def _measure_large(cluster: EmbeddedCluster, size: Size, report: Report) -> list[str]:
    """A period as large as one gets, and whether tills feel that it is closed."""
    async with new_world(cluster, "large") as world:
        large = await _books(world, replace(size, period=size.closed), 0)
        whole = Pair()
        for _ in range(_LARGE_ROUNDS):
            await _round(large)
            whole.add(large.close.values[-1], large.sums.references[-1])
        told = f"period of {size.closed:,} entries"
        report.add(
            f"{told}: its sums", large.sums.ratio(), shown="{:.0f} ms",
            of="{:.0f} ms the bare GROUP BY", goal="G10 <= 1.33", at_most=1.33,
        )  # fmt: skip
        report.add(
            f"{told}: the whole close", whole.ratio(), shown="{:.0f} ms",
            of="{:.0f} ms the bare GROUP BY",
        )  # fmt: skip
        _report_awards(size.closed, await large.awards_meanwhile(), report)
        return await world.broken_laws()


async def _books(world: World, size: Size, older: int) -> Books:
    members = size.period // (_EACH + 1)
    await world.have_members(max(members, older // _OLDER_PERIODS // _EACH))
    if older:
        for months in range(_OLDER_PERIODS + 1, 1, -1):
            span = await world.month_back(months)
            await world.have_awards(
                span, first=1, members=older // _OLDER_PERIODS // _EACH, each=_EACH
            )
    span = await world.month_back(1)
    await world.have_awards(span, first=1, members=members, each=_EACH)
    await world.have_redemptions(span, first=1, members=size.period - members * _EACH, lots=1)
    await world.superuser.execute(_FLOOR.format(period=span.period_id))
    await world.settle_down()
    return Books(world, span)


async def _round(books: Books) -> None:
    async def best(once: Callable[[], Awaitable[float]]) -> float:
        return statistics.median([await once() for _ in range(3)])

    before = await best(books.group_by)
    aggregation = await best(books.aggregate)
    after = await best(books.group_by)
    floor = (before + after) / 2
    books.sums.add(aggregation * 1e3, floor * 1e3)
    books.floor.add(floor, aggregation)
    whole, written = await books.closed()
    await books.reopen()
    books.write.add((aggregation + written) * 1e3, aggregation * 1e3)
    books.close.add(whole * 1e3, aggregation * 1e3)


def _report_awards(entries: int, found: tuple[list[float], list[float]], report: Report) -> None:
    for name, share in (("median", 0.5), ("99th percentile", 0.99), ("slowest", 1.0)):
        pair = Pair()
        before, during = (percentile(times, share) for times in found)
        pair.add(during, before)
        report.add(
            f"award while {entries:,} entries are closed, {name}", pair.ratio(),
            shown="{:.1f} ms", of="{:.1f} ms before",
        )  # fmt: skip


def _report(
    size: Size, both: list[Books], growth: Pair, growth_of_close: Pair, report: Report
) -> None:
    for books, older in zip(both, (0, size.older), strict=True):
        told = f"period of {size.period:,} entries, {older:,} older ones"
        report.add(
            f"{told}: bare GROUP BY / its sums", books.floor.ratio(), shown="{:.3f} s",
            of="{:.3f} s", goal="G10 >= 0.75", at_least=0.75,
        )  # fmt: skip
        report.add(
            f"{told}: sums and statements", books.write.ratio(), shown="{:.1f} ms",
            of="{:.1f} ms the sums", goal="G11 <= 1.2", at_most=1.2,
        )  # fmt: skip
        report.add(
            f"{told}: the whole close", books.close.ratio(), shown="{:.1f} ms",
            of="{:.1f} ms the sums",
        )  # fmt: skip
    report.add(
        f"sums with {size.older:,} older entries", growth.ratio(), shown="{:.1f} ms",
        of="{:.1f} ms without", goal="G10 <= 1.15", at_most=1.15,
    )  # fmt: skip
    report.add(
        f"whole close with {size.older:,} older entries", growth_of_close.ratio(),
        shown="{:.1f} ms", of="{:.1f} ms without",
    )  # fmt: skip
