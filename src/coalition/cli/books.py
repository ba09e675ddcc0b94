"""coalition books check and trace."""

import json
from typing import Annotated
from uuid import UUID

import typer

from coalition.access import AskedBy, person_of_request
from coalition.cli.running import console, office, run, stop
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import Misconfigured
from coalition.ledger import Broken
from coalition.outbox import Event, events_of_request
from coalition.terminal import check_books, checks_table, events_table

app = typer.Typer(help="The books.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The books."""


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Prove the invariants on the live database, and name each row that breaks one.

    Every balance and every lot is rebuilt from the entries and compared. Exit code 1 when
    something does not hold.
    """

    async def work() -> list[Broken]:
        async with office() as desk:
            return await check_books(desk)

    results = run(work)
    if as_json:
        rows = [
            {"invariant": one.check.invariant, "law": one.check.law, "broken": list(one.rows)}
            for one in results
        ]
        typer.echo(json.dumps(rows))
    else:
        console.print(checks_table(results))
    if any(result.rows for result in results):
        raise SystemExit(1)


@app.command()
def trace(
    request_id: Annotated[str, typer.Argument(help="As in an answer's X-Request-Id.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what one request posted in the books, and which person asked for it, where one did.
    Exit code 1 when it posted nothing.
    """
    try:
        asked = UUID(request_id)
    except ValueError:
        raise Misconfigured(f"{request_id!r} is not a request id: 32 hexadecimal digits.") from None

    async def work() -> tuple[list[Event], AskedBy | None]:
        async with office() as desk:
            async with desk.database.reading(EVERYTHING) as connection:
                events = await events_of_request(connection, asked)
            return events, await person_of_request(desk.database, asked)

    events, person = run(work)
    if as_json:
        typer.echo(json.dumps([_as_json(one, person) for one in events]))
    elif events:
        if person is not None:
            when = f"{person.at:%Y-%m-%d %H:%M} UTC"
            told = f"Asked for by {person.email} (login {person.login_id}), {when}."
            console.print(told, highlight=False)
        console.print(events_table(events))
    else:
        stop(f"No request {request_id} has posted anything in these books.")
    if not events:
        raise SystemExit(1)


def _as_json(event: Event, person: AskedBy | None) -> dict[str, object]:
    return {
        "what": event.kind.name,
        "partner": event.partner_id,
        "member": event.member_id,
        "place": event.seq,
        "statement": event.statement_id,
        "client": event.client_id,
        "login": person.login_id if person else None,
        "email": person.email if person else None,
        "recordedAt": event.recorded_at.isoformat(),
    }
