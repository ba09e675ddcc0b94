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
    from typer._click import Command, Context, HelpFormatter

# Said here too, since to read all files for the list would take seconds.
SAID = MappingProxyType(
    {
        "migrate": "Bring the database to the newest schema.",
        "init": "From nothing to a database that waits for its partners, and a file to describe"
        " them in.",
        "serve": "Serve the API, OAuth, files and people's pages.",
        "worker": "Run the jobs: webhooks, files, holds, expiry, checks.",
        "jobs": "Show each job, how it went, and when it is due.",
        "schema": "Print the GraphQL schema, as schema.graphql holds it.",
        "demo": "Run a coalition of six brands on real purchases, from nothing to settled months.",
        "verify-statement": "Check a statement offline: that the coalition signed it, that its"
        " totals are those of its lines, and each line that of the entries behind it.",
        "partners": "The programme and its brands, from a file.",
        "statements": "Settlement statements.",
        "reconcile": "A partner's file against the ledger.",
        "settlement": "A period from its close to its end.",
        "books": "The books.",
        "holds": "Points set aside.",
        "points": "Members' points.",
        "missing": "Purchases that brought no points.",
        "client": "API clients.",
        "webhooks": "Telling partners' servers of events.",
        "mail": "Mails to members.",
        "privacy": "What is kept about members, and their rights.",
        "login": "People who may sign in.",
        "keys": "The keys that sign access tokens and statements.",
        "rewards": "A brand's rewards and their codes, from files.",
    }
)
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

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, SAID[name]) for name in COMMANDS])

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
