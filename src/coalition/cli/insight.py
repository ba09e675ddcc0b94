"""coalition settlement liability, coverage, flows, concentration, revenue, forecast.

Exit codes: 0 all is well; 1 refused or failed; 2 typed wrongly; 3 an alert, or not yet: below the
floor, above the threshold, a rate is missing, a period is not closed.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, TypeVar

import typer

from coalition import insight, settlement
from coalition.cli import insight_json as spelled
from coalition.cli.numbers import decimal_in
from coalition.cli.running import OPERATOR, console, office, run, stop
from coalition.cli.settling import NOT_YET, Calendar, Json, Label, exit_codes
from coalition.partners import Office, Terms
from coalition.terminal import (
    concentration_table,
    coverage_table,
    earn_months_table,
    flow_table,
    forecast_table,
    liability_table,
    revenue_table,
)

T = TypeVar("T")
_DAY = 10  # characters


def _decimal(text: str) -> Decimal:
    found = decimal_in(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no decimal number, like 0.85.")
    return found


def _instant(text: str) -> date | datetime:
    """A day, or an instant: in UTC unless it says another offset."""
    try:
        if len(text) == _DAY:
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither a day, like 2017-01-31, nor an instant, like"
            " 2017-01-31T18:30:00Z."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


AsOf = Annotated[
    object,
    typer.Option(
        "--as-of", parser=_instant, metavar="WHEN",
        help="A day, to its end in the programme's zone, or an instant; absent: now.",
    ),
]  # fmt: skip
Rate = Annotated[
    object,
    typer.Option(
        "--rate", parser=_decimal, metavar="SHARE",
        help="The share of outstanding points that will be spent, like 0.85; absent: by the"
        " partners' file, or estimated.",
    ),
]  # fmt: skip
OneLabel = Annotated[str | None, typer.Argument(help='One period, like "2017-01".')]


def add_to(app: typer.Typer) -> None:
    for command in (liability, coverage, flows, concentration, revenue, forecast):
        app.command()(command)


def _answer(
    as_of: object, ask: Callable[[Office, datetime | None], Awaitable[T]]
) -> tuple[T, Terms]:
    """What `ask` answers at a moment, with the terms in force."""

    async def work() -> tuple[T, Terms]:
        async with office() as desk:
            terms = await desk.terms()
            return await ask(desk, _moment(as_of, terms)), terms

    with exit_codes():
        return run(work)


def _moment(as_of: object, terms: Terms) -> datetime | None:
    """The end of a day in the programme's zone; of today, now."""
    if isinstance(as_of, datetime) or as_of is None:
        return as_of
    if not isinstance(as_of, date):
        raise TypeError(f"{as_of!r} is no day.")
    if as_of == terms.programme.today(datetime.now(UTC)):
        return None
    return datetime.combine(as_of + timedelta(days=1), time(), terms.programme.zone)


def _rate(rate: object) -> Decimal | None:
    return rate if isinstance(rate, Decimal) else None


def liability(as_of: AsOf = None, rate: Rate = None, as_json: Json = False) -> None:
    """What members may still spend, what of it will be spent, and what that will cost."""
    report, terms = _answer(
        as_of,
        lambda desk, at: insight.liability_at(
            desk, actor=OPERATOR, now=datetime.now(UTC), as_of=at, remaining_rate=_rate(rate)
        ),
    )
    if as_json:
        typer.echo(json.dumps(spelled.liability(report, terms)))
        return
    console.print(liability_table(report, terms))
    console.print(earn_months_table(report))


def coverage(as_of: AsOf = None, rate: Rate = None, as_json: Json = False) -> None:
    """Whether the pool has what points will cost. Exit code 3: it has less than the floor."""
    found, terms = _answer(
        as_of,
        lambda desk, at: insight.coverage_at(
            desk, actor=OPERATOR, now=datetime.now(UTC), as_of=at, remaining_rate=_rate(rate)
        ),
    )
    if as_json:
        typer.echo(json.dumps(spelled.coverage(found, terms)))
    else:
        console.print(coverage_table(found))
    if found.is_below_floor:
        stop("The pool holds less than the floor of what it must pay.", code=NOT_YET)


def flows(
    label: Label,
    calendar: Calendar = None,
    as_json: Json = False,
) -> None:
    """Who issued what was spent where in a period."""
    found, terms = _answer(
        None, lambda desk, _: settlement.flows(desk, actor=OPERATOR, label=label, calendar=calendar)
    )
    if as_json:
        typer.echo(json.dumps(spelled.flows(label, found, terms)))
    else:
        console.print(flow_table(label, found, terms))


def concentration(
    label: OneLabel = None, calendar: Calendar = None, as_of: AsOf = None, as_json: Json = False
) -> None:
    """How much lies with few brands, in a period or in twelve months. Exit code 3: too much."""
    found, terms = _answer(
        as_of,
        lambda desk, at: insight.concentration_in(
            desk, actor=OPERATOR, now=datetime.now(UTC), label=label, calendar=calendar, as_of=at
        ),
    )
    if as_json:
        typer.echo(json.dumps(spelled.concentration(found, terms)))
    else:
        console.print(concentration_table(found, terms, label or "the twelve months before"))
    if found.is_above_alert:
        stop(f"An index is above {found.alert:,}.", code=NOT_YET)


def revenue(
    label: OneLabel = None,
    calendar: Calendar = None,
    as_of: AsOf = None,
    rate: Annotated[
        object,
        typer.Option(
            "--rate", parser=_decimal, metavar="SHARE",
            help="The share of all issued points that will be spent; absent: by the partners' file,"
            " or estimated.",
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="A row per period and issuer.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """What was paid for points and is earned as they are spent (IFRS 15), per issuer and period."""
    found, terms = _answer(
        as_of,
        lambda desk, at: insight.revenue_of(
            desk, actor=OPERATOR, now=datetime.now(UTC), label=label, calendar=calendar, as_of=at,
            rate=_rate(rate),
        ),
    )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(spelled.revenue(found, terms)))
    elif as_csv:
        typer.echo(insight.revenue_csv(found, terms), nl=False)
    else:
        for one in found:
            console.print(revenue_table(one, terms))
        if not found:
            console.print("No period is calculated yet whose earlier ones all are.")


def forecast(as_of: AsOf = None, as_json: Json = False) -> None:
    """What the running period has come to per brand, and what it and the next one will come to."""
    found, terms = _answer(
        as_of,
        lambda desk, at: insight.forecasts(desk, actor=OPERATOR, now=datetime.now(UTC), as_of=at),
    )
    if as_json:
        typer.echo(json.dumps(spelled.forecast(found, terms)))
    else:
        console.print(forecast_table(found, terms))
