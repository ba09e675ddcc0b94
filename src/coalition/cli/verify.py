"""coalition verify-statement: needs no database, no settings and no network."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, NoReturn

import typer
from rich.markup import escape

from coalition.cli.running import console, stop
from coalition.proof import NoSuchKey, NotAStatement, Report, read_keys, verify_statement

_ALTERED = 1
_NOT_CHECKED = 3
_KEYS = "settlement-keys.json"
_LARGEST_KEYS = 1 << 20
_LARGEST_STATEMENT = 64 << 20
_LONGEST_ROW = 1 << 16


def add_to(app: typer.Typer) -> None:
    app.command(name="verify-statement")(verify)


def verify(
    file: Annotated[Path, typer.Argument(help="The statement: its .json file, as it was issued.")],
    lines: Annotated[
        Path | None, typer.Option(help="Its line file; else what stands behind it is not checked.")
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(help=f"The coalition's public keys; else {_KEYS} beside the statement."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check a statement offline: that the coalition signed it, that its totals are those of its
    lines, and each line that of the entries behind it.

    Exit code 0: all of it holds. 1: something was altered or cut off, and it is named. 2: typed
    wrongly. 3: it could not be checked: a file or a key is not there, or it is no statement.
    """
    try:
        known = read_keys(_read(keys or file.with_name(_KEYS), _LARGEST_KEYS))
        statement = _read(file, _LARGEST_STATEMENT)
        if lines is None:
            report = verify_statement(statement, known)
        else:
            with lines.open("rb") as rows:
                report = verify_statement(statement, known, _rows(rows))
    except OSError as error:
        _refuse(f"{error.filename} cannot be read: {error.strerror}.")
    except NotAStatement as error:
        _refuse(f"{file} could not be checked. {error}")
    except (NoSuchKey, _TooLarge) as error:
        _refuse(str(error))
    _tell(report, file, as_json=as_json)
    if report.findings:
        raise SystemExit(_ALTERED)


class _TooLarge(Exception):
    """A file is larger than anything that was issued."""


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise _TooLarge(f"{path} is larger than {most >> 20} MiB: it is not what was issued.")
    return content


def _rows(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file of any size, in the memory of one; one without an end comes in parts."""
    while row := file.readline(_LONGEST_ROW):
        yield row


def _refuse(message: str) -> NoReturn:
    stop(escape(_shown(message)), code=_NOT_CHECKED)


def _shown(text: str) -> str:
    """A text of a file that anybody may have written: it commands no terminal."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode()
                   for one in text)  # fmt: skip


def _tell(report: Report, file: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "number": report.number,
                    "signedBy": report.signed_by,
                    "rows": report.rows,
                    "holds": not report.findings,
                    "findings": [
                        {"where": one.where, "message": one.message} for one in report.findings
                    ],
                }
            )
        )
        return
    name = report.number or str(file)
    if report.findings:
        _say(f"{name} was altered:", style="bold red")
        for one in report.findings:
            _say(str(one))
        return
    behind = "not checked (--lines)" if report.rows is None else f"{report.rows}, all hold"
    _say(f"{name} holds.")
    _say(f"signed by   {report.signed_by}")
    _say(f"entries     {behind}")


def _say(text: str, style: str | None = None) -> None:
    console.print(_shown(text), style=style, highlight=False, markup=False, soft_wrap=True)
