"""How a figure is taken: closed loops, medians, and every run between two of its reference."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Run = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done. The quick run is for trying the bench, not for quoting it."""

    members: int = 200_000
    seconds: float = 2.5
    rounds: int = 3
    scale: int = 20
    lots: int = 10_000
    redemptions: int = 250
    batches: int = 6
    bulk: int = 100_000
    period: int = 100_000
    older: int = 1_000_000
    closed: int = 1_000_000
    told: int = 1_000_000


QUICK = Size(
    members=20_000, seconds=1.0, rounds=1, scale=5, lots=2_000, redemptions=60, batches=2,
    bulk=10_000, period=20_000, older=100_000, closed=100_000, told=50_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Load:
    """What a closed loop did. Times are in seconds, smallest first."""

    done: int
    seconds: float
    times: list[float] = field(repr=False)

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    def percentile(self, share: float) -> float:
        return percentile(self.times, share)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A variant against its reference, over the rounds: medians, and the ratios' range."""

    value: float
    reference: float
    ratio: float
    low: float
    high: float


@dataclass(slots=True)
class Pair:
    """A variant and its reference, round by round."""

    values: list[float] = field(default_factory=list)
    references: list[float] = field(default_factory=list)

    def add(self, value: float, reference: float) -> None:
        self.values.append(value)
        self.references.append(reference)

    def ratio(self) -> Ratio:
        ratios = [v / r for v, r in zip(self.values, self.references, strict=True)]
        return Ratio(
            statistics.median(self.values),
            statistics.median(self.references),
            statistics.median(ratios),
            min(ratios),
            max(ratios),
        )


def percentile(times: Sequence[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


async def bracketed(rounds: int, reference: Run, variants: Sequence[Run]) -> list[Ratio]:
    """Each variant between two runs of the reference, and against their mean."""
    pairs = [Pair() for _ in variants]
    for _ in range(rounds):
        before = await reference()
        for pair, variant in zip(pairs, variants, strict=True):
            value = await variant()
            after = await reference()
            pair.add(value, (before + after) / 2)
            before = after
    return [pair.ratio() for pair in pairs]


async def closed_loop(
    clients: int, seconds: float, once: Callable[[int], Awaitable[object]]
) -> Load:
    """`clients` callers, each asking again as soon as it is answered."""
    times: list[float] = []
    ends = time.perf_counter() + seconds

    async def client(number: int) -> None:
        began = time.perf_counter()
        while began < ends:
            await once(number)
            now = time.perf_counter()
            times.append(now - began)
            began = now

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(number))
    return Load(len(times), time.perf_counter() - began, times)


async def timed(once: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await once()
    return time.perf_counter() - began


def cpu_seconds(pid: int) -> float | None:
    """What a process has used so far; None where the system does not say it in /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / 100


def begin_peak() -> None:
    """Forget the largest size that this process had in memory, where the system lets us."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def resident(name: str = "VmHWM") -> int | None:
    """Bytes of this process in memory: VmRSS now, VmHWM at most since `begin_peak`."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(found[0]) * 1024 if found else None
