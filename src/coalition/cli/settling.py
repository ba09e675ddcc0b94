"""What the commands of settlement share: options, and exit codes that cron can tell apart.

0 done, or there was nothing to do; 1 refused or failed; 2 typed wrongly; 3 not yet, or somebody has
to look at it; 4 another person is needed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from coalition import ledger, settlement
from coalition.cli.running import OPERATOR
from coalition.kit.errors import Misconfigured, Refusal
from coalition.partners import Office
from coalition.settlement.errors import (
    AnotherPersonNeeded,
    FxRateMissing,
    ItemsOpen,
    PeriodNotEnded,
    PeriodNotReady,
)
from coalition.terminal import errors

REFUSED, NOT_YET, ANOTHER_PERSON = 1, 3, 4
_LATER: tuple[type[Refusal], ...] = (
    ItemsOpen, PeriodNotEnded, PeriodNotReady, FxRateMissing,
)  # fmt: skip
Label = Annotated[str, typer.Argument(help='Which period, like "2017-01".')]
Calendar = Annotated[
    str | None, typer.Option(help="Of which calendar, like monthly@Europe/Madrid.")
]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what it would do, write nothing.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(help="As if it were this moment in UTC: what has not ended by then is left."),
]


@contextmanager
def exit_codes(*later: type[Refusal]) -> Iterator[None]:
    """What may be right later (`later`, too), or by somebody else, is told apart from what is
    wrong.
    """
    try:
        yield
    except Refusal as refusal:
        code = code_of(refusal, *later)
        if code == REFUSED:
            raise
        tell(refusal)
        raise SystemExit(code) from None


def code_of(refusal: Refusal, *later: type[Refusal]) -> int:
    """The exit code of what was refused."""
    if isinstance(refusal, AnotherPersonNeeded):
        return ANOTHER_PERSON
    return NOT_YET if isinstance(refusal, (*_LATER, *later)) else REFUSED


def tell(refusal: Refusal) -> None:
    told = f"{refusal.code}: {refusal.message}"
    errors.print(told, style="bold red", soft_wrap=True, markup=False)


def moment(as_of: datetime | None) -> datetime:
    """The moment asked for, else now. Raises `Misconfigured` for one to come."""
    if as_of is None:
        return datetime.now(UTC)
    found = as_of.replace(tzinfo=UTC)
    if found > datetime.now(UTC):
        raise Misconfigured(f"--as-of {as_of} is in the future.")
    return found


async def period_asked(desk: Office, label: str, calendar: str | None) -> ledger.Period:
    """The period of that label in a calendar, the programme's unless one is named.

    Raises `PeriodNotFound`.
    """
    of = settlement.calendar_asked(await desk.terms(), OPERATOR, calendar)
    return await settlement.known_period(desk, of, label)
