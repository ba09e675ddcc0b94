"""coalition verify-statement: needs no database, no settings and no network."""

import json
from pathlib import Path
from typing import Annotated

import typer

from coalition.cli.running import console, stop
from coalition.proof import NoSuchKey, Report, read_keys, verify_statement

_ALTERED = 1
_NOT_CHECKED = 3
_KEYS = "settlement-keys.json"


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

    Exit code 0: all of it holds. 1: something was altered, and it is named. 3: it could not be
    checked, a file or a key is not there.
    """
    try:
        known = read_keys((keys or file.with_name(_KEYS)).read_bytes())
        if lines is None:
            report = verify_statement(file.read_bytes(), known)
        else:
            with lines.open("rb") as rows:
                report = verify_statement(file.read_bytes(), known, rows)
    except OSError as error:
        stop(f"{error.filename} cannot be read: {error.strerror}.", code=_NOT_CHECKED)
    except NoSuchKey as error:
        stop(str(error), code=_NOT_CHECKED)
    _tell(report, as_json=as_json)
    if report.findings:
        raise SystemExit(_ALTERED)


def _tell(report: Report, *, as_json: bool) -> None:
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
    if not report.findings:
        behind = "not checked (--lines)" if report.rows is None else f"{report.rows}, all hold"
        console.print(f"{report.number} holds.", highlight=False)
        console.print(f"signed by   {report.signed_by}", highlight=False)
        console.print(f"entries     {behind}", highlight=False)
        return
    console.print(f"{report.number} was altered:", style="bold red", highlight=False)
    for one in report.findings:
        console.print(f"{one}", highlight=False, markup=False, soft_wrap=True)
