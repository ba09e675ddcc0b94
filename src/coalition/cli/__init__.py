"""The command `coalition`. Each command opens the database, calls one verb and shows the answer.

Exit code 0 only on success: 1 for a refusal or a failure that is told in one line, 2 for a
command that was typed wrongly; `coalition settlement` has two more, `verify-statement` has 3 for
what it could not check.
"""

import signal

import typer

from coalition.cli import (
    books,
    client,
    database,
    demo,
    holds,
    keys,
    login,
    partners,
    points,
    reconcile,
    schema,
    serve,
    settlement,
    statements,
    verify,
    webhooks,
    worker,
)
from coalition.cli.running import telling_mistakes

app = typer.Typer(
    name="coalition",
    help="A loyalty coalition: many brands, one pooled points currency, settled to the cent.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
database.add_to(app)
serve.add_to(app)
worker.add_to(app)
schema.add_to(app)
demo.add_to(app)
verify.add_to(app)
app.add_typer(partners.app, name="partners")
app.add_typer(statements.app, name="statements")
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(settlement.app, name="settlement")
app.add_typer(books.app, name="books")
app.add_typer(holds.app, name="holds")
app.add_typer(points.app, name="points")
app.add_typer(client.app, name="client")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(login.app, name="login")
app.add_typer(keys.app, name="keys")


def main() -> None:
    # Whoever ends a command by SIGTERM gets the same orderly end as by Ctrl-C: the share of the
    # embedded database is given back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with telling_mistakes():
        app()
