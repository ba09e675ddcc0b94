"""What was measured, beside its reference and its goal."""

import json
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Ratio


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. `goal` is what the ratio (or `value`, without one) must be, as `at_least`."""

    name: str
    value: str
    reference: str = ""
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    goal: str = ""
    reached: bool | None = None


@dataclass(slots=True)
class Report:
    figures: list[Figure] = field(default_factory=list)
    machine: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        name: str,
        ratio: Ratio,
        *,
        shown: str,
        of: str,
        goal: str = "",
        at_least: float | None = None,
        at_most: float | None = None,
        within: float | None = None,
    ) -> None:
        """A variant against its reference; `shown` and `of` say how both are written. `within`:
        what the variant itself may be at most.
        """
        reached = None
        if at_least is not None:
            reached = ratio.ratio >= at_least
        if at_most is not None:
            reached = ratio.ratio <= at_most
        if within is not None:
            goal, reached = f"<= {shown.format(within)}", ratio.value <= within
        self.figures.append(
            Figure(
                name, shown.format(ratio.value), of.format(ratio.reference),
                ratio.ratio, ratio.low, ratio.high, goal, reached,
            )
        )  # fmt: skip

    def note(self, name: str, value: str, *, goal: str = "", reached: bool | None = None) -> None:
        """A figure that is no ratio."""
        self.figures.append(Figure(name, value, goal=goal, reached=reached))

    def print(self) -> None:
        table = Table(title="Coalition on this machine", title_justify="left")
        for name in ("figure", "value", "reference", "ratio", "goal", ""):
            table.add_column(name, justify="right" if name in {"value", "ratio"} else "left")
        for one in self.figures:
            mark = {True: "[green]reached[/]", False: "[red]short[/]", None: ""}[one.reached]
            table.add_row(one.name, one.value, one.reference, _ratio(one), one.goal, mark)
        console = Console(width=150)
        for name, value in self.machine.items():
            console.print(f"{name}: {value}", highlight=False)
        console.print(table)

    def save(self, path: Path) -> None:
        content = {"machine": self.machine, "figures": [asdict(one) for one in self.figures]}
        path.write_text(json.dumps(content, indent=2) + "\n")


def machine(server: str) -> dict[str, str]:
    """What the figures hold for."""
    found = {"python": platform.python_version(), "server": server, "system": platform.platform()}
    for file, key, name in (
        ("/proc/cpuinfo", "model name", "processor"),
        ("/proc/meminfo", "MemTotal", "memory"),
    ):
        try:
            lines = Path(file).read_text().splitlines()
        except OSError:
            continue
        hits = [line.partition(":")[2].strip() for line in lines if line.startswith(key)]
        if hits:
            found[name] = f"{len(hits)} x {hits[0]}" if len(hits) > 1 else hits[0]
    return found


def _ratio(one: Figure) -> str:
    if one.ratio is None or one.low is None or one.high is None:
        return ""
    return f"{one.ratio:.2f} \\[{one.low:.2f}..{one.high:.2f}]"
