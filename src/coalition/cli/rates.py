"""coalition settlement rates load."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from coalition import settlement
from coalition.cli.numbers import decimal_in
from coalition.cli.running import OPERATOR, console, office, run
from coalition.partners.file import Mistake, MistakesInFile

app = typer.Typer(help="Exchange rates.", no_args_is_help=True)
COLUMNS = ("date", "base", "quote", "rate")
_LARGEST = 2**20


@app.callback()
def _group() -> None:
    """Exchange rates."""


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="CSV with the columns date,base,quote,rate.")],
    source: Annotated[
        str | None, typer.Option(help="Whose rates; absent: the programme's fx_source.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, keep nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Keep the rates of a file, all or nothing. The same again changes nothing; another rate for a
    day and pair that is kept is refused.
    """
    given = read_rates(file)

    async def work() -> settlement.LoadedRates:
        async with office() as desk:
            programme = (await desk.terms()).programme
            named = source or programme.fx_source
            if named is None:
                raise MistakesInFile(
                    file, [Mistake(0, "source", "give --source: the programme names none")]
                )
            return await settlement.load_rates(
                desk, actor=OPERATOR, source=named, rates=given, dry_run=dry_run
            )

    loaded = run(work)
    if as_json:
        answer = {"read": len(given), "loaded": loaded.loaded, "known": loaded.known}
        typer.echo(json.dumps(answer | {"dryRun": dry_run}))
    else:
        console.print(
            f"{len(given)} rates read, {loaded.loaded} {'would be ' * dry_run}loaded,"
            f" {loaded.known} known before."
        )


def read_rates(file: Path) -> list[settlement.GivenRate]:
    """Raises `MistakesInFile` with every line that is wrong."""
    try:
        if file.stat().st_size > _LARGEST:
            raise MistakesInFile(file, [Mistake(0, "", f"is larger than {_LARGEST} bytes")])
        rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines(), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MistakesInFile(file, [Mistake(0, "", f"cannot be read: {error}")]) from None
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        raise MistakesInFile(file, [Mistake(1, "", f"must begin with {','.join(COLUMNS)}")])
    found, mistakes = [], []
    for line, row in enumerate(rows[1:], start=2):
        try:
            found.append(_rate_in(row))
        except ValueError:
            shape = "must be a day, two currencies and a number: 2026-10-31,EUR,GBP,0.8600"
            mistakes.append(Mistake(line, ",".join(row)[:60], shape))
    if mistakes:
        raise MistakesInFile(file, mistakes)
    return found


def _rate_in(row: list[str]) -> settlement.GivenRate:
    """Raises `ValueError`."""
    on, base, quote, rate = (cell.strip() for cell in row)
    number = decimal_in(rate)
    if number is None:
        raise ValueError(rate)
    return settlement.GivenRate(date.fromisoformat(on), base, quote, number)
