"""Redemptions and balance reads: members with few lots and with many."""

import itertools
import statistics
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle

from bench.client import Plan
from bench.measure import Pair, Ratio, Size, bracketed, closed_loop, percentile, timed
from bench.reference import Pgbench
from bench.report import Report
from bench.serving import servers
from bench.world import World, ref
from coalition import ledger, redemption
from coalition.kit.database import Role

FEW = 10
POINTS_PER_LOT = 10
POINTS = 15
CALLERS = 8
_READS = 1000

# What a redemption costs that locks and looks at every lot before it spends of the first two.
_WALK = """
CREATE OR REPLACE FUNCTION bare.walk(p_member bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_lot record;
  v_seen bigint := 0;
BEGIN
  FOR v_lot IN SELECT * FROM coalition.lot WHERE member_id = p_member AND remaining > 0
                ORDER BY expires_on, earned_at, seq FOR UPDATE LOOP
    v_seen := v_seen + v_lot.remaining;
  END LOOP;
  RETURN v_seen;
END $$
"""


@dataclass
class Class:
    """Members alike, taken in turn, and the times of one round."""

    members: Iterator[int]
    times: list[float] = field(default_factory=list)


async def measure_spending(world: World, size: Size, pgbench: Pgbench, report: Report) -> None:
    classes = await _members(world, size)
    await _redemptions(world, size, classes, report)
    await _balances(world, size, classes, report)
    await _read_rates(world, size, pgbench, report)


async def _members(world: World, size: Size) -> dict[str, Class]:
    """Members behind those who are awarded to: with few lots, with many, with many spent."""
    first = world.members + 1
    counts = {"few": 3 * size.redemptions, "many": 6, "spent": 4}
    await world.have_members(sum(counts.values()), first=first)
    span = await world.month_back(13)
    found = {}
    for name, count in counts.items():
        each = FEW if name == "few" else size.lots
        await world.have_awards(span, first=first, members=count, each=each, points=POINTS_PER_LOT)
        if name == "spent":
            await world.have_redemptions(span, first=first, members=count, lots=each * 9 // 10)
        found[name] = Class(cycle(range(first, first + count)))
        first += count
    await world.superuser.execute("CREATE SCHEMA IF NOT EXISTS bare")
    await world.superuser.execute(_WALK)
    await world.settle_down()
    return found


async def _redemptions(world: World, size: Size, classes: dict[str, Class], report: Report) -> None:
    """One after the other, a member of each class in turn."""
    walked = Class(classes["many"].members)
    p50: dict[str, Pair] = {name: Pair() for name in ("many", "spent", "walked")}
    p99: dict[str, Pair] = {name: Pair() for name in ("many", "spent")}
    every = [*classes.values(), walked]
    for _ in range(size.rounds):
        for one in every:
            one.times.clear()
        for number in range(size.redemptions):
            for one in classes.values():
                member = next(one.members)
                # The loop's value, not its last.
                one.times.append(await timed(lambda member=member: _redeem(world, member)))  # type: ignore[misc]
            if number % 5 == 0:
                member = next(walked.members)
                # The loop's value, not its last.
                walked.times.append(await timed(lambda member=member: _walk(world, member)))  # type: ignore[misc]
        few, many, spent = (classes[name].times for name in ("few", "many", "spent"))
        for name, times in (("many", many), ("spent", spent)):
            p50[name].add(statistics.median(times) * 1e3, statistics.median(few) * 1e3)
            p99[name].add(percentile(times, 0.99) * 1e3, percentile(few, 0.99) * 1e3)
        p50["walked"].add(statistics.median(walked.times) * 1e3, statistics.median(many) * 1e3)
    _report_redemptions(size, p50, p99, report)


def _report_redemptions(
    size: Size, p50: dict[str, Pair], p99: dict[str, Pair], report: Report
) -> None:
    for name, told in (("many", f"{size.lots:,} lots"), ("spent", f"{size.lots:,}, 9 of 10 spent")):
        report.add(
            f"redemption of {POINTS} points, {told}, p50", p50[name].ratio(), shown="{:.2f} ms",
            of=f"{{:.2f}} ms at {FEW} lots", goal="G8 <= 1.3", at_most=1.3,
        )  # fmt: skip
        report.add(
            f"redemption of {POINTS} points, {told}, p99", p99[name].ratio(), shown="{:.2f} ms",
            of=f"{{:.2f}} ms at {FEW} lots", goal="G8 <= 1.5", at_most=1.5,
        )  # fmt: skip
    report.add(
        f"the same after walking all {size.lots:,} lots, p50", p50["walked"].ratio(),
        shown="{:.2f} ms", of="{:.2f} ms as it is", goal="G8 >= 15 times slower", at_least=15,
    )  # fmt: skip


async def _redeem(world: World, member: int) -> None:
    await redemption.redeem_points(
        world.office,
        actor=world.till(world.partners[member % len(world.partners)]),
        request=redemption.SpendRequest(uuid.uuid4().hex, ref(member), POINTS, "basket"),
        now=datetime.now(UTC),
    )


async def _walk(world: World, member: int) -> None:
    """The walk and the redemption: two calls, so its own commit and round trip come on top."""
    await world.superuser.fetchval("SELECT bare.walk($1)", member)
    await _redeem(world, member)


async def _balances(world: World, size: Size, classes: dict[str, Class], report: Report) -> None:
    pair = Pair()
    for _ in range(size.rounds):
        for one in classes.values():
            one.times.clear()
        for _ in range(_READS):
            for name in ("few", "many"):
                member = next(classes[name].members)
                classes[name].times.append(
                    # The loop's value, not its last.
                    await timed(lambda member=member: _balance(world, member))  # type: ignore[misc]
                )
        few, many = (percentile(classes[name].times, 0.99) * 1e3 for name in ("few", "many"))
        pair.add(many, few)
    report.add(
        f"balance read, {size.lots:,} lots, p99", pair.ratio(), shown="{:.2f} ms",
        of=f"{{:.2f}} ms at {FEW} lots", goal="G9 <= 1.2", at_most=1.2,
    )  # fmt: skip


async def _balance(world: World, member: int) -> None:
    now = datetime.now(UTC)
    await ledger.balance_of(world.database, member, now=now, today=now.date())


async def _read_rates(world: World, size: Size, pgbench: Pgbench, report: Report) -> None:
    members = itertools.cycle(range(1, world.members + 1, 7))
    script = (
        f"\\set id random(1, {world.members})\n"
        "SELECT * FROM verbs.balance_of(:id, now(), current_date);\n"
    )
    url = world.addresses.of(Role.APPLICATION).render_as_string(hide_password=False)

    async def raw() -> float:
        return await pgbench.script(script, CALLERS, url=url, settings={"jit": "off"})

    async def called() -> float:
        return (
            await closed_loop(CALLERS, size.seconds, lambda _: _balance(world, next(members)))
        ).rate

    async with servers(world, 2) as serving:

        async def served(ports: list[int]) -> float:
            plan = Plan(
                "balance", ports, [serving.operator], CALLERS, list(range(1, world.members, 7)),
                size.seconds,
            )  # fmt: skip
            answered, _ = await serving.ask(plan)
            return answered.done / answered.seconds

        variants: list[Callable[[], Awaitable[float]]] = [
            raw, called, lambda: served(serving.ports[:1]), lambda: served(serving.ports),
        ]  # fmt: skip
        ratios: list[Ratio] = await bracketed(
            size.rounds, lambda: pgbench.select_only(CALLERS), variants
        )
    for (told, goal, least), ratio in zip(_TOLD, ratios, strict=True):
        report.add(
            f"balance read, {told}, c={CALLERS}", ratio, shown="{:,.0f}/s",
            of="{:,.0f}/s pgbench -S", goal=goal, at_least=least,
        )  # fmt: skip


_TOLD: tuple[tuple[str, str, float | None], ...] = (
    ("its SQL function by pgbench", "G9 >= 0.9", 0.9),
    ("from Python", "", None),
    ("GraphQL, one process", "G9 >= 0.05", 0.05),
    ("GraphQL, two processes", "", None),
)
