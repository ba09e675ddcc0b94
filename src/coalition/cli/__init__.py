"""The command `coalition`. Each command opens the database, calls one verb and shows the answer.

Exit code 0 only on success: 1 for a refusal or a failure that is told in one line, 2 for a
command that was typed wrongly; `coalition settlement` has two more, `verify-statement` has 3 for
what it could not check.
"""

import signal
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

import typer
import typer.main
from typer.core import TyperGroup

from coalition.cli.running import telling_mistakes

if TYPE_CHECKING:
    from typer._click import Command, Context

# The file in which each command is, in the order in which they are listed.
COMMANDS = MappingProxyType(
    {
        "migrate": "database", "init": "database", "serve": "serve", "worker": "worker",
        "jobs": "worker", "schema": "schema", "demo": "demo", "verify-statement": "verify",
        "partners": "partners", "statements": "statements", "reconcile": "reconcile",
        "settlement": "settlement", "books": "books", "holds": "holds", "points": "points",
        "missing": "missing", "client": "client", "webhooks": "webhooks", "mail": "mail",
        "privacy": "privacy", "login": "login", "keys": "keys",
        "rewards": "rewards",
    }
)  # fmt: skip


class _Commands(TyperGroup):
    """A command's file is read when it is asked for: most need neither the schema nor the server,
    which take longer to read than what they do.
    """

    def list_commands(self, ctx: "Context") -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        del ctx
        return read_command(cmd_name) if cmd_name in COMMANDS else None


def read_command(name: str) -> "Command":
    """One of those at the top, as typer makes it."""
    module = import_module(f"coalition.cli.{COMMANDS[name]}")
    found = typer.Typer(rich_markup_mode=None)
    if hasattr(module, "app"):
        found.add_typer(module.app, name=name)
    else:
        module.add_to(found)
    return typer.main.get_group(found).commands[name]


app = typer.Typer(
    name="coalition",
    help="A loyalty coalition: many brands, one pooled points currency, settled to the cent.",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    callback=lambda: None,
)


def main() -> None:
    # Whoever ends a command by SIGTERM gets the same orderly end as by Ctrl-C: the share of the
    # embedded database is given back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with telling_mistakes():
        app()
