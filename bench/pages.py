"""The members' pages as a browser asks for them, each beside one small question by GraphQL."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import httpx2

from bench.client import Plan
from bench.measure import Pair, Ratio, Size, percentile
from bench.report import Report
from bench.serving import Servers, servers
from bench.world import CURRENCY, URL, World, ref
from coalition import earning
from coalition.access.sessions import LOOPBACK_COOKIE, begin_session

# A purchase and more a week; the other one has as many as `Size.lots`. Nothing has ended yet.
USUAL = 120
MONTHS = 20
_VISITORS = 4
_STEPS = 8
_TOLD = 30
_PAGES = (
    ("home of a usual member", "usual", "/app", 60.0),
    ("home, {many:,} movements", "many", "/app", 200.0),
    ("activity, {many:,} movements", "many", "/app/activity", None),
    ("expiry, {many:,} lots", "many", "/app/expiry", None),
)


@dataclass
class Times:
    """Of one page or of the reference, round by round, in milliseconds."""

    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)

    def against(self, other: "Times") -> tuple[Ratio, Ratio]:
        return (
            Pair(self.p50, other.p50).ratio(),
            Pair(self.p95, other.p95).ratio(),
        )


async def measure_pages(world: World, size: Size, report: Report) -> None:
    members = await _members(world, size)
    async with servers(world, 1) as serving:
        url = f"http://127.0.0.1:{serving.ports[0]}"
        cookies = {
            name: [await _signed_in(world, url, member) for member in found]
            for name, found in members.items()
        }
        await _pages(serving, size, cookies, members["usual"], report)
        await _live(world, url, cookies["many"][0], members["many"][0], report)


async def _members(world: World, size: Size) -> dict[str, list[int]]:
    """Members behind those who are awarded to: usual ones, and one with many movements."""
    first = world.members + 10_000
    spans = [await world.month_back(months) for months in range(MONTHS, 0, -1)]
    found = {}
    for name, count, each in (("usual", _VISITORS, USUAL), ("many", 1, size.lots)):
        await world.have_members(count, first=first)
        for span in spans:
            await world.have_awards(
                span, first=first, members=count, each=each // MONTHS, points=10
            )
        found[name] = list(range(first, first + count))
        first += count
    await world.settle_down()
    return found


async def _signed_in(world: World, url: str, member: int) -> str:
    """What a browser sends along, after it was led through the sign-in."""
    login = await world.superuser.fetchval(
        "INSERT INTO login (email, kind, member_id, roles, password_hash)"
        " VALUES ($1, 'MEMBER', $2, '{member}', 'none') RETURNING id",
        f"{member}@bench.example", member,
    )  # fmt: skip
    token = await begin_session(world.database, login, None, now=datetime.now(UTC))
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        http.cookies.set(LOOPBACK_COOKIE, token)
        path = "/app"
        for _ in range(_STEPS):
            answer = await http.get(path)
            if answer.status_code == 200:
                return "; ".join(f"{name}={value}" for name, value in http.cookies.items())
            path = answer.headers["location"].removeprefix(URL)
    raise SystemExit(f"A member was not let in: {answer.status_code} {path}")


async def _pages(
    serving: Servers,
    size: Size,
    cookies: dict[str, list[str]],
    usual: list[int],
    report: Report,
) -> None:
    """One visitor after the other, each page between two runs of the reference."""
    asked = Plan(
        "balance", serving.ports, [serving.operator], connections=1, members=usual,
        seconds=size.seconds,
    )  # fmt: skip
    reference, found = Times(), [Times() for _ in _PAGES]
    for _ in range(size.rounds):
        await _round(serving, asked, reference)
        for (_, who, path, _), times in zip(_PAGES, found, strict=True):
            plan = Plan(
                "page", serving.ports, [], connections=1, members=[], seconds=size.seconds,
                path=path, cookies=cookies[who],
            )  # fmt: skip
            await _round(serving, plan, times)
    for (name, _, _, goal), times in zip(_PAGES, found, strict=True):
        p50, p95 = times.against(reference)
        told = name.format(many=size.lots)
        of = "{:.1f} ms a balance by GraphQL"
        report.add(f"{told}, p50", p50, shown="{:.1f} ms", of=of)
        report.add(f"{told}, p95", p95, shown="{:.1f} ms", of=of, within=goal)


async def _round(serving: Servers, plan: Plan, times: Times) -> None:
    answered, _ = await serving.ask(plan)
    times.p50.append(answered.p50 * 1000)
    times.p95.append(answered.p95 * 1000)


async def _live(world: World, url: str, cookie: str, member: int, report: Report) -> None:
    """From the moment at which an award is begun to that at which the page is told of it."""
    headers = {"Cookie": cookie}
    async with (
        httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30) as http,
        http.stream("GET", "/app/events") as stream,
    ):
        events = _events(stream)
        await anext(events)
        took = []
        for _ in range(_TOLD):
            began = time.perf_counter()
            await _award(world, member)
            await asyncio.wait_for(anext(events), 10)
            took.append((time.perf_counter() - began) * 1000)
    worst = percentile(took, 0.95)
    report.note(
        "a movement to the page that is open, p50 and p95",
        f"{percentile(took, 0.5):.0f} and {worst:.0f} ms",
        goal="<= 1,000 ms",
        reached=worst <= 1000,
    )


async def _events(stream: httpx2.Response) -> AsyncIterator[str]:
    told: list[str] = []
    async for line in stream.aiter_lines():
        if line.startswith("data:"):
            told.append(line)
        elif not line and told:
            yield "\n".join(told)
            told.clear()


async def _award(world: World, member: int) -> None:
    now, key = datetime.now(UTC), uuid.uuid4().hex
    bought = earning.Purchase(key, now, Decimal("12.00"), CURRENCY)
    (outcome,) = await earning.award_points(
        world.office, actor=world.till(world.partners[0]),
        requests=[earning.AwardRequest(key, ref(member), bought)], now=now,
    )  # fmt: skip
    assert outcome.record is not None, outcome
