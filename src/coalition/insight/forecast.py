"""What the periods to come will bring, from those that have ended. Pure arithmetic, decimal.

Three simple methods, of which the one is taken whose forecasts of the known periods, each made
from those before it only, were nearest (rolling origin). Source: R. Hyndman and G. Athanasopoulos,
Forecasting: Principles and Practice, 3rd edition: methods 5.2, intervals 5.5 (table 5.2), rolling
origin 5.10. The errors of those forecasts give the interval, with Student's t for few of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

FEWEST = 4  # periods: fewer say nothing about how far off a forecast is
MOST = 36
_SEED = 2  # periods before the first that is forecast
CONFIDENCE = Decimal("0.95")
# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. Source: NIST/SEMATECH
# e-Handbook of Statistical Methods, 1.3.6.7.2.
_STUDENT = tuple(
    Decimal(thousandths).scaleb(-3)
    for thousandths in (
        12706,
        4303,
        3182,
        2776,
        2571,
        2447,
        2365,
        2306,
        2262,
        2228,
        2201,
        2179,
        2160,
        2145,
        2131,
        2120,
        2110,
        2101,
        2093,
        2086,
        2080,
        2074,
        2069,
        2064,
        2060,
        2056,
        2052,
        2048,
        2045,
        2042,
    )
)


class Method(StrEnum):
    """How a figure was forecast."""

    AVERAGE = "AVERAGE"  # the mean of all periods
    DRIFT = "DRIFT"  # the last period, and the mean change from one to the next
    SEASONAL = "SEASONAL"  # the same period a year before


@dataclass(frozen=True, slots=True)
class Forecast:
    """Whole units; the figure lies between `low` and `high` in 19 of 20 cases, if the periods to
    come are like those before.
    """

    method: Method
    expected: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class _Way:
    """`ahead(known, steps)` forecasts; `widening(periods, steps)`: by what the variance of one
    step grows.
    """

    ahead: Callable[[Sequence[int], int], Decimal]
    widening: Callable[[int, int], Decimal]


def forecast(
    known: Sequence[int], *, steps: int = 1, season: int = 12, least: int | None = None
) -> Forecast | None:
    """The figure `steps` periods after the last of `known`, oldest first. `season`: periods of a
    year; `least`: the figure cannot be below. None: fewer than `FEWEST` periods are known.
    """
    history = list(known)[-MOST:]
    if len(history) < FEWEST:
        return None
    ways = _ways(season)
    errors = {method: _errors(history, way, _first(method, season)) for method, way in ways.items()}
    # All are judged on the same periods: those that each of them could forecast.
    usable = {
        method: own
        for method, own in errors.items()
        if len(own) >= (FEWEST if method is Method.SEASONAL else _SEED)
    }
    judged = min(len(own) for own in usable.values())
    method = min(
        usable, key=lambda one: (_mean_size(usable[one][-judged:]), list(Method).index(one))
    )
    way, own = ways[method], usable[method]
    expected = way.ahead(history, steps)
    spread = (sum((one * one for one in own), Decimal(0)) / len(own)).sqrt()
    widened = spread * way.widening(len(history), steps).sqrt()
    margin = widened * _STUDENT[min(len(own), len(_STUDENT)) - 1]

    def whole(value: Decimal, rounding: str) -> int:
        found = int(value.to_integral_value(rounding=rounding))
        return found if least is None else max(found, least)

    return Forecast(
        method,
        whole(expected, ROUND_HALF_EVEN),
        whole(expected - margin, ROUND_FLOOR),
        whole(expected + margin, ROUND_CEILING),
    )


def _ways(season: int) -> dict[Method, _Way]:
    def average(known: Sequence[int], steps: int) -> Decimal:
        del steps
        return Decimal(sum(known)) / len(known)

    def drift(known: Sequence[int], steps: int) -> Decimal:
        return known[-1] + steps * Decimal(known[-1] - known[0]) / (len(known) - 1)

    def seasonal(known: Sequence[int], steps: int) -> Decimal:
        return Decimal(known[len(known) - season + (steps - 1) % season])

    # The errors of the mean are those of means that were known then: they are wide enough as
    # they are. What the drift is off by grows with its steps, as table 5.2 has it.
    return {
        # Each way is called with both.
        Method.AVERAGE: _Way(average, lambda periods, steps: Decimal(1)),  # noqa: ARG005
        Method.DRIFT: _Way(
            drift, lambda periods, steps: steps * (1 + Decimal(steps) / (periods - 1))
        ),
        Method.SEASONAL: _Way(
            seasonal,
            # Each way is called with both.
            lambda periods, steps: Decimal((steps - 1) // season + 1),  # noqa: ARG005
        ),
    }


def _first(method: Method, season: int) -> int:
    """How many periods a method needs before it can forecast one."""
    return season if method is Method.SEASONAL else _SEED


def _errors(history: list[int], way: _Way, first: int) -> list[Decimal]:
    return [way.ahead(history[:place], 1) - history[place] for place in range(first, len(history))]


def _mean_size(errors: Sequence[Decimal]) -> Decimal:
    return sum((abs(one) for one in errors), Decimal(0)) / len(errors)
