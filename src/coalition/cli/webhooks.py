"""coalition webhooks deliver, list, events."""

import json
from typing import Annotated

import typer
from rich.table import Table

from coalition import webhooks
from coalition.api import printed_catalogue
from coalition.cli.running import at_home, console, office, run, settings
from coalition.jobs.deliver_webhooks import Round, WebhookWorker
from coalition.kit.database import EVERYTHING, Database

app = typer.Typer(help="Telling partners' servers of events.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def deliver(as_json: AsJson = False) -> None:
    """Queue what has happened, and send what is due. One round; safe to run twice at once.

    A receiver that fails is tried again in a later round and is no error of this command. Exit
    code 1 when a message could not be made.
    """

    async def work() -> Round:
        chosen = settings()
        async with at_home() as addresses:
            database = Database(addresses, connections=chosen.database_connections)
            try:
                async with WebhookWorker(database, chosen) as worker:
                    return await worker.round()
            finally:
                await database.close()

    done = run(work)
    if as_json:
        typer.echo(json.dumps(_of_round(done)))
    else:
        console.print(
            f"{done.events:,} events read, {done.queued:,} deliveries queued."
            f" {done.delivered:,} delivered, {done.to_retry:,} to be tried again,"
            f" {done.dead:,} given up."
        )
    if done.held_up:
        raise SystemExit(1)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """Show every endpoint, how it stands, and what waits for it."""

    async def work() -> list[dict[str, object]]:
        async with office() as desk:
            terms = await desk.terms()
            async with desk.database.reading(EVERYTHING) as connection:
                endpoints = await webhooks.list_endpoints(connection)
                lengths = await webhooks.queue_lengths(connection)
        return [
            _row(one, terms.partner(one.partner_id).code, lengths.get(one.id)) for one in endpoints
        ]

    rows = run(work)
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(title=f"Webhook endpoints: {len(rows)}", title_justify="left")
    for name in ("partner", "url", "status", "failing since", "waiting", "dead"):
        table.add_column(name, justify="right" if name in {"waiting", "dead"} else "left")
    for row in rows:
        status = f"{row['status']} ({row['reason']})" if row["reason"] else str(row["status"])
        table.add_row(
            str(row["partner"]),
            str(row["url"]),
            status,
            str(row["failingSince"] or ""),
            str(row["waiting"]),
            str(row["dead"]),
        )
    console.print(table)


@app.command()
def events() -> None:
    """Print what webhooks tell: AsyncAPI, as docs/events/asyncapi.json holds it."""
    typer.echo(printed_catalogue(), nl=False)


def _of_round(done: Round) -> dict[str, int]:
    return {
        "events": done.events,
        "queued": done.queued,
        "delivered": done.delivered,
        "toRetry": done.to_retry,
        "dead": done.dead,
        "heldUp": done.held_up,
    }


def _row(
    one: webhooks.EndpointRecord, partner: str, length: webhooks.QueueLength | None
) -> dict[str, object]:
    return {
        "partner": partner,
        "url": one.url,
        "client": one.client_id,
        "events": [subscribed.kind.name for subscribed in one.subscribed],
        "status": one.status.value,
        "reason": one.reason,
        "failingSince": one.failing_since.isoformat() if one.failing_since else None,
        "waiting": length.waiting if length else 0,
        "dead": length.dead if length else 0,
    }
