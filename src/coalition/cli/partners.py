"""coalition partners plan, coalition partners apply."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from coalition.cli.running import at_home, console, run
from coalition.kit.database import administering
from coalition.partners.apply import Applied, apply_file
from coalition.partners.file import load_file
from coalition.partners.plan import Change, Plan, plan_changes

app = typer.Typer(help="The programme and its brands, from a file.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The partners' file (partners.example.yaml).")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def plan(file: File, as_json: Json = False) -> None:
    """Show what the file would change. Changes nothing."""
    loaded = load_file(file)

    async def work() -> Plan:
        async with at_home() as addresses, administering(addresses) as connection:
            return await plan_changes(connection, loaded)

    changes = run(work).changes
    if as_json:
        typer.echo(json.dumps([_as_dict(change) for change in changes]))
    else:
        show_changes(changes, "would be applied")


@app.command()
def apply(file: File, as_json: Json = False) -> None:
    """Apply the file: all of it, or nothing. New secrets are shown here and never again."""
    loaded = load_file(file)

    async def work() -> Applied:
        async with at_home() as addresses, administering(addresses) as connection:
            return await apply_file(connection, loaded)

    applied = run(work)
    if as_json:
        result = {
            "changes": [_as_dict(change) for change in applied.changes],
            "secrets": dict(applied.new_secrets),
        }
        typer.echo(json.dumps(result))
        return
    show_changes(applied.changes, "applied")
    if applied.new_secrets:
        table = Table(title="New secrets: keep them now", title_justify="left")
        table.add_column("client")
        table.add_column("secret", no_wrap=True)
        for client, secret in applied.new_secrets.items():
            table.add_row(client, secret)
        console.print(table)


def _as_dict(change: Change) -> dict[str, str]:
    return {"sign": change.sign, "what": change.what, "detail": change.detail}


def show_changes(changes: Sequence[Change], done: str) -> None:
    if not changes:
        console.print("Nothing to change.")
        return
    colours = {"+": "green", "~": "yellow", "-": "red"}
    for change in changes:
        # As they were written: what stands in brackets there is no style of ours.
        told = Text.assemble(
            (change.sign, colours[change.sign]), f" {change.what}  ", (change.detail, "dim")
        )
        console.print(told, highlight=False, soft_wrap=True)
    console.print(f"{len(changes)} {'change' if len(changes) == 1 else 'changes'} {done}.")
