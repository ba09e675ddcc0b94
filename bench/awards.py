"""Awards: one at a time and a thousand at a time, from Python and through GraphQL."""

import random
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bench.client import Plan
from bench.measure import Load, Pair, Run, Size, bracketed, closed_loop, timed
from bench.reference import BareRows, Pgbench
from bench.report import Report
from bench.serving import Servers, servers
from bench.world import CURRENCY, World, card, ref
from coalition import earning
from coalition.earning import MOST_ROWS
from coalition.partners import Partner

CALLERS = (8, 16)
HTTP_CALLERS = (8, 16, 32)


@dataclass
class Awards:
    """What is awarded: to random members, by random brands of those given."""

    world: World
    size: Size
    choice: random.Random

    def requests(self, count: int) -> list[earning.AwardRequest]:
        now = datetime.now(UTC)
        return [
            earning.AwardRequest(
                key := uuid.uuid4().hex,
                ref(self._member()),
                earning.Purchase(key, now, Decimal(self._minor()).scaleb(-2), CURRENCY),
            )
            for _ in range(count)
        ]

    async def award(self, count: int, partners: Sequence[Partner]) -> None:
        """Through the verb, as the edge calls it."""
        outcomes = await earning.award_points(
            self.world.office,
            actor=self.world.till(self.choice.choice(partners)),
            requests=self.requests(count),
            now=datetime.now(UTC),
        )
        assert all(one.record is not None for one in outcomes), outcomes[0]

    def columns(
        self, count: int, partner: Partner, claims: Sequence[uuid.UUID] = ()
    ) -> list[object]:
        """The arguments of verbs.award_points for new awards, made without the verb."""
        now = datetime.now(UTC)
        amounts = [self._minor() for _ in range(count)]
        nothing: list[object] = [None] * count
        claims = claims or [uuid.uuid4() for _ in range(count)]
        return [
            partner.id, 1, now, False, "bench", uuid.uuid4(),
            claims, [uuid.uuid4() for _ in range(count)], ["CARD"] * count,
            [card(self._member()) for _ in range(count)], nothing,
            [claim.hex for claim in claims], [now] * count, amounts, amounts,
            [amount // 100 for amount in amounts], [partner.agreements[0].id] * count,
            [now] * count, [now.date() + timedelta(days=730)] * count,
            nothing, nothing, nothing, nothing,
            # Under no promotion, so with nobody to share it.
            nothing, [], [], [], [], [],
        ]  # fmt: skip

    async def call(self, arguments: Sequence[object]) -> None:
        """The database's function alone."""
        rows = await self.world.database.call("award_points", *arguments)
        assert all(row["outcome"] == "AWARDED" for row in rows), rows[0]

    def _member(self) -> int:
        return self.choice.randrange(1, self.world.members + 1)

    def _minor(self) -> int:
        return self.choice.randrange(100, 9999)


async def measure_awards(world: World, size: Size, pgbench: Pgbench, report: Report) -> None:
    awards = Awards(world, size, random.Random(1))  # noqa: S311 - the same run every time
    await awards.award(1, world.partners)
    version = (await world.office.terms()).programme.version
    assert version == 1, "columns() says so"
    await _single(awards, pgbench, report)
    await _one_partner(awards, report)
    await _bytes(awards, report)
    bare = BareRows(world)
    await bare.prepare()
    await world.settle_down()
    async with servers(world, 2) as serving:
        await _served(awards, serving, pgbench, report)
        await _batches(awards, serving, bare, report)


async def _single(awards: Awards, pgbench: Pgbench, report: Report) -> None:
    partners = awards.world.partners

    async def called(_: int) -> None:
        await awards.call(awards.columns(1, awards.choice.choice(partners)))

    async def awarded(_: int) -> None:
        await awards.award(1, partners)

    for callers in CALLERS:
        ratios = await bracketed(
            awards.size.rounds,
            # The loop's value, not its last.
            lambda callers=callers: pgbench.tpcb(callers),  # type: ignore[misc]
            [_rate(awards.size, callers, called), _rate(awards.size, callers, awarded)],
        )
        for name, ratio in zip(("its SQL function alone", "the verb"), ratios, strict=True):
            report.add(
                f"single award, {name}, c={callers}", ratio, shown="{:,.0f}/s",
                of="{:,.0f}/s TPC-B", goal="G1 >= 1.0", at_least=1.0,
            )  # fmt: skip


def _rate(size: Size, callers: int, once: Callable[[int], Awaitable[None]]) -> Run:
    async def run() -> float:
        return (await closed_loop(callers, size.seconds, once)).rate

    return run


async def _one_partner(awards: Awards, report: Report) -> None:
    everyone = awards.world.partners

    def by(partners: Sequence[Partner], callers: int) -> Run:
        async def once(_: int) -> None:
            await awards.call(awards.columns(1, awards.choice.choice(partners)))

        return _rate(awards.size, callers, once)

    for callers in CALLERS:
        (ratio,) = await bracketed(
            awards.size.rounds, by(everyone, callers), [by(everyone[:1], callers)]
        )
        report.add(
            f"all awards at one partner, c={callers}", ratio, shown="{:,.0f}/s",
            of="{:,.0f}/s at 20", goal="G7 >= 0.9", at_least=0.9,
        )  # fmt: skip


async def _served(awards: Awards, serving: Servers, pgbench: Pgbench, report: Report) -> None:
    goals = {1: (0.20, "G2 >= 0.20"), 2: (0.35, "G2 >= 0.35")}
    members = list(range(1, awards.world.members + 1, 7))
    for processes, (least, goal) in goals.items():
        for callers in HTTP_CALLERS:
            asked: list[tuple[float, float, float | None]] = []

            async def run(processes: int = processes, callers: int = callers) -> float:
                plan = Plan(
                    "award", serving.ports[:processes], serving.tokens, callers, members,
                    awards.size.seconds,
                )  # fmt: skip
                answered, cpu = await serving.ask(plan)
                asked.append((answered.p50, answered.p99, cpu))  # noqa: B023 - used at once
                return answered.done / answered.seconds

            await run()
            asked.clear()
            (ratio,) = await bracketed(
                awards.size.rounds,
                # The loop's value, not its last.
                lambda callers=callers: pgbench.tpcb(callers),  # type: ignore[misc]
                [run],
            )
            p50, p99, cpu = sorted(asked)[len(asked) // 2]
            used = "" if cpu is None else f", {cpu * 1e6:.0f} us CPU"
            report.add(
                f"single award, GraphQL, {processes} process(es), c={callers}", ratio,
                shown=f"{{:,.0f}}/s, p50 {p50 * 1e3:.1f} p99 {p99 * 1e3:.1f} ms{used}",
                of="{:,.0f}/s TPC-B", goal=goal, at_least=least,
            )  # fmt: skip


async def _batches(awards: Awards, serving: Servers, bare: BareRows, report: Report) -> None:
    """Awards a second, each round between two COPYs of the rows that it wrote."""
    pairs = {name: Pair() for name in ("function", "verb", "served", "two", "insert")}
    members = list(range(1, awards.world.members + 1, 7))
    partner = awards.world.partners[0]
    for number in range(awards.size.batches + 1):
        claims = [uuid.uuid4() for _ in range(MOST_ROWS)]
        arguments = awards.columns(MOST_ROWS, partner, claims)
        # The loop's value, not its last.
        function = await timed(lambda arguments=arguments: awards.call(arguments))  # type: ignore[misc]
        await bare.remember(claims)
        floor = await bare.copy()
        verb = await timed(lambda: awards.award(MOST_ROWS, awards.world.partners[:1]))
        served = [
            await serving.ask(
                Plan("batch", serving.ports[:1], serving.tokens, callers, members, requests=4)
            )
            for callers in (1, 2)
        ]
        await bare.take_back()
        floor = (floor + await bare.copy()) / 2
        await bare.take_back()
        insert = await bare.insert()
        await bare.take_back()
        if number == 0:
            continue
        copied = MOST_ROWS / floor
        rates = [MOST_ROWS / function, MOST_ROWS / verb]
        rates += [answered.done * MOST_ROWS / answered.seconds for answered, _ in served]
        for pair, rate in zip(pairs.values(), [*rates, MOST_ROWS / insert], strict=True):
            pair.add(rate, copied)
    _report_batches(pairs, report)


def _report_batches(pairs: dict[str, Pair], report: Report) -> None:
    for name, told, goal, least in (
        ("insert", "bare INSERT .. SELECT of 1,000 awards' rows", "", None),
        ("function", "batch of 1,000, its SQL function alone", "G5 >= 0.5", 0.5),
        ("verb", "batch of 1,000, the verb", "", None),
        ("served", "batch of 1,000, GraphQL, one in flight", "G6 >= 0.35", 0.35),
        ("two", "batch of 1,000, GraphQL, two in flight", "", None),
    ):
        report.add(
            told, pairs[name].ratio(), shown="{:,.0f} awards/s", of="{:,.0f}/s COPY", goal=goal,
            at_least=least,
        )  # fmt: skip


async def _bytes(awards: Awards, report: Report) -> None:
    """What an award leaves behind. Pages were touched since the checkpoint, as in long runs."""
    world = awards.world
    await world.superuser.execute("CHECKPOINT")
    partners = world.partners

    async def once(_: int) -> None:
        await awards.call(awards.columns(1, awards.choice.choice(partners)))

    await closed_loop(16, awards.size.seconds * 4, once)
    before = await _written(world)
    load: Load = await closed_loop(16, awards.size.seconds * 2, once)
    after = await _written(world)
    wal, disk, pages = ((b - a) / load.done for a, b in zip(before, after, strict=True))
    report.note(
        "WAL bytes per award", f"{wal:,.0f}, with {pages:.3f} whole pages", goal="G14 <= 1,300",
        reached=wal <= 1300,
    )  # fmt: skip
    report.note("disk bytes per award", f"{disk:,.0f}", goal="G14 <= 900", reached=disk <= 900)


async def _written(world: World) -> tuple[int, int, int]:
    row = await world.superuser.fetchrow(
        "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint,"
        " (SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class"
        "   WHERE relnamespace = 'coalition'::regnamespace AND relkind = 'r'),"
        " (SELECT wal_fpi FROM pg_stat_wal)"
    )
    assert row is not None
    return row[0], row[1], row[2]
