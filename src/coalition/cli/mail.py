"""coalition mail test, status."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from coalition import mail
from coalition.cli.running import console, office, run, settings, stop
from coalition.kit.errors import Misconfigured
from coalition.mail.occasion import Letter

app = typer.Typer(help="Mails to members.", no_args_is_help=True)


@app.command("test")
def send_test(
    address: Annotated[str, typer.Argument(help="Where to.")],
    locale: Annotated[str, typer.Option(help="In which language.")] = "en",
) -> None:
    """Send a mail that tells of nothing, to try the settings. Exit code 1 when it was not taken."""
    chosen = settings()
    server = mail.MailServer.of(chosen)
    if server is None:
        raise Misconfigured("No mails are sent: COALITION_MAIL_HOST is not set.")

    async def work() -> mail.Answer:
        async with office() as desk:
            programme = (await desk.terms()).programme
        words = mail.words_of(locale, None, programme.zone)
        letter = Letter(
            subject=f"{programme.name}: a test",
            greeting=words.say("Hello,"),
            paragraphs=["This mail tells of nothing. That it is here is what it is for."],
        )
        now = datetime.now(UTC)
        envelope = mail.Envelope(
            id=f"test-{now:%Y%m%d%H%M%S%f}",
            sender=server.sender,
            sender_name=programme.name,
            recipient=address,
            at=now,
        )
        shown = mail.rendered(letter, words, programme.name)
        async with mail.Door(server) as door:
            return await door.send(address, mail.message_of(envelope, shown, words.language))

    try:
        answer = run(work)
    except ValueError:
        stop(f"{address!r} is no e-mail address.")
    if answer.outcome is not mail.Outcome.TAKEN:
        stop(f"{server.host}:{server.port} did not take it: {answer.said}")
    console.print(f"{server.host}:{server.port} took it: {answer.said}", highlight=False)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show how many mails of each kind wait, were sent, and came to nothing, and why."""

    async def work() -> list[dict[str, object]]:
        async with office() as desk:
            rows = await desk.database.call("count_mails")
        return [dict(row) for row in rows]

    rows = run(work)
    if as_json:
        typer.echo(json.dumps(rows))
        return
    is_on = mail.MailServer.of(settings()) is not None
    table = Table(title="Mails", title_justify="left")
    for name in ("kind", "state", "reason", "mails"):
        table.add_column(name, justify="right" if name == "mails" else "left")
    for row in rows:
        table.add_row(
            str(row["kind"]), str(row["state"]), str(row["reason"] or ""), str(row["mails"])
        )
    console.print(table)
    if not is_on:
        console.print("None are sent: COALITION_MAIL_HOST is not set.")
