"""The demo from its beginning to its end."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import asyncpg
import httpx2

from coalition.demo.errors import DemoStopped
from coalition.demo.months import AT_ONCE, Months
from coalition.demo.people import SignIn, make_sign_ins
from coalition.demo.place import Place, held_place
from coalition.demo.receipts import Acceptable, Shelf, shelved
from coalition.demo.report import show_results
from coalition.demo.rewards import make_rewards
from coalition.demo.server import PREFERRED_PORT, Served, choose_port, serving, till_serving
from coalition.demo.tills import Desk, Till
from coalition.kit.config import Settings
from coalition.kit.database import Addresses, Database, administering
from coalition.kit.home import database_at_home, embedded_cluster
from coalition.kit.invoked import invoked
from coalition.migrate import migrate
from coalition.partners import Office
from coalition.partners.apply import apply_file
from coalition.partners.example import example_file
from coalition.partners.file import LoadedFile, load_file
from coalition.terminal import console, errors, progress, settings
from coalition_client import Client

SAMPLE = "receipts-2017-q1.csv.gz"
_ANSWER_SECONDS = 60
_STOPPED_BY_SIGNAL = 130
# Small enough to type.
_QUERY = "{ statements(first: 3) { nodes { number net { amount currency } } } }"
_TO_TRY = """\
TOKEN=$(curl -s {url}/oauth/token -u '{client}:{secret}' -d grant_type=client_credentials \\
  | sed -E 's/.*"access_token": ?"([^"]+)".*/\\1/')
curl -s {url}/graphql -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -d '{{"query": "{query}"}}'"""


@dataclass(frozen=True, slots=True)
class _Asked:
    purchases: Path
    serve: bool
    port: int


async def run_demo(*, purchases: Path | None, serve: bool, port: int) -> None:
    """From nothing to settled months, then serve until told to stop, or end.

    Raises `SystemExit` with 1 when something failed or does not add up, and what a person is
    told by every command: `MistakesInFile`, `Misconfigured`, `EmbeddedDatabaseError`.
    """
    sample = Path(str(resources.files("coalition.demo"))) / SAMPLE
    asked = _Asked(purchases or sample, serve, port)
    told_to_stop = asyncio.Event()
    try:
        async with _cancelled_by_signals(told_to_stop):
            await _demo(asked)
    except DemoStopped as problem:
        errors.print(str(problem), style="bold red", markup=False, soft_wrap=True)
        raise SystemExit(1) from None
    except asyncio.CancelledError:
        if not told_to_stop.is_set():
            raise
        errors.print("Stopped before the end.")
        raise SystemExit(_STOPPED_BY_SIGNAL) from None


async def _demo(asked: _Asked) -> None:
    base = settings()
    file = load_file(example_file())
    with shelved(asked.purchases, _acceptable(file)) as shelf, held_place(base) as place:
        port = choose_port(asked.port, preferred=PREFERRED_PORT if asked.serve else None)
        place.note(f"port {port}, just starting")
        asked = replace(asked, port=port)
        found = base.model_copy(update={"cluster": place.cluster})
        if found.database_url is None:
            console.print("Starting an empty database ...")
            await asyncio.to_thread(embedded_cluster(found).destroy)
        async with database_at_home(found) as addresses:
            if found.database_url is not None:
                await _refuse_programme(addresses)
            await _on_database(asked, found, addresses, file, shelf, place)


async def _on_database(
    asked: _Asked,
    found: Settings,
    addresses: Addresses,
    file: LoadedFile,
    shelf: Shelf,
    place: Place,
) -> None:
    await migrate(addresses)
    async with administering(addresses) as connection:
        secrets = (await apply_file(connection, file)).new_secrets
    environment = {"COALITION_CLUSTER": found.cluster}
    async with serving(
        asked.port, environment=environment, log=place.log, keep=place.lock
    ) as served:
        place.note(f"server pid {served.process.pid}, port {asked.port}")
        console.print(f"The server answers at {served.url}.", highlight=False)
        database = Database(addresses, connections=4)
        try:
            months = await _live(file, secrets, shelf, served)
            good = await show_results(Office(database), months, served)
        finally:
            await database.close()
        if not good:
            raise DemoStopped("The books or the statements do not add up; see above.")
        if asked.serve:
            people = await make_sign_ins(addresses, months.a_card)
            await make_rewards(addresses)
            _show_who_may_ask(served, secrets, people)
        if found.database_url is None:
            command = f"COALITION_CLUSTER={found.cluster} {invoked('settlement status')}"
            console.print(f"\nTo look further: {command}", highlight=False, soft_wrap=True)
        if asked.serve:
            client, secret = next(iter(secrets.items()))
            async with till_serving(
                served.url, client=client, secret=secret, log=place.till_log
            ) as till:
                _show_till(till, served, file, months.a_card)
                await _serve_on(served, till)


async def _live(
    file: LoadedFile, secrets: Mapping[str, str], shelf: Shelf, served: Served
) -> Months:
    """Through all receipts, with a bar for whoever watches and a line a month for a log."""
    limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx2.AsyncClient(limits=limits, timeout=_ANSWER_SECONDS, trust_env=False) as http:

        def client(name: str) -> Client:
            return Client(served.url, name, secrets[name], http=http)

        tills = {
            brand.code: Till(client(brand.clients[0].id), code=brand.code, currency=brand.currency)
            for brand in file.content.partners
            if brand.code in shelf.brands
        }
        prices = {code: await till.prices() for code, till in tills.items()}
        operator = file.content.operator.clients[0].id
        months = Months(shelf, tills, prices, Desk(client(operator)))
        await _watched(months)
    return months


async def _watched(months: Months) -> None:
    done, of_month, began = 0, 0, time.monotonic()
    with progress() as bar:
        task = bar.add_task("Receipts", total=months.shelf.count)
        async for week, receipts in months.live():
            done += receipts
            of_month += receipts
            bar.update(task, completed=done, description=f"Receipts of {week.month}")
            if week.closes_month:
                if bar.disable:
                    console.print(f"{week.month}: {of_month:,} receipts, closed.", highlight=False)
                of_month = 0
    seconds = time.monotonic() - began
    console.print(
        f"{months.shelf.count:,} receipts from {months.shelf.first_at:%Y-%m-%d} to"
        f" {months.shelf.last_at:%Y-%m-%d} in {seconds:.1f} s.\n",
        highlight=False,
    )


def _show_who_may_ask(served: Served, secrets: Mapping[str, str], people: list[SignIn]) -> None:
    console.print(
        f"\nThe coalition is served at {served.url}. Its clients and secrets:\n", highlight=False
    )
    for client, secret in secrets.items():
        console.print(f"  {client:<14} {secret}", highlight=False, soft_wrap=True)
    client, secret = next(iter(secrets.items()))
    console.print("\nTo try it, paste:\n")
    text = _TO_TRY.format(url=served.url, client=client, secret=secret, query=_QUERY)
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"\nTo look around, sign in at {served.url}/app as the member, at {served.url}/graphiql as"
        " anybody:\n",
        highlight=False,
        soft_wrap=True,
    )
    for one in people:
        console.print(
            f"  {one.email:<28} {one.password:<20} {one.who}", highlight=False, soft_wrap=True
        )


def _show_till(till: Served, served: Served, file: LoadedFile, card: str | None) -> None:
    brand = file.content.partners[0].name
    shown = "" if card is None else f", and the member's card is {card}"
    console.print(
        f"\nTo buy something, the till of {brand} is at {till.url}{shown}. Keep"
        f" {served.url}/app open beside it: the points move before your eyes.",
        highlight=False,
        soft_wrap=True,
    )


async def _serve_on(*servers: Served) -> None:
    """Until a server ends, which is a failure, or this is cancelled, which is the end."""
    console.print("\nCtrl-C stops it.")
    try:
        await asyncio.gather(*(one.ended() for one in servers))
    except asyncio.CancelledError:
        if (task := asyncio.current_task()) is not None:
            task.uncancel()
        console.print("Stopping the server.")


async def _refuse_programme(addresses: Addresses) -> None:
    """The demo begins with an empty coalition and never adds to one that is there."""
    connection = await asyncpg.connect(addresses.login)
    try:
        found = await connection.fetchval("SELECT to_regclass('coalition.programme') IS NOT NULL")
        if found and await connection.fetchval("SELECT EXISTS (SELECT 1 FROM coalition.programme)"):
            raise DemoStopped(
                "The database of COALITION_DATABASE_URL holds a programme already, and nothing was"
                " changed. Name an empty database, or unset it: then the demo starts its own."
            )
    finally:
        await connection.close()


def _acceptable(file: LoadedFile) -> Acceptable:
    starts = {
        brand.code: min(agreement.starts(file.zone) for agreement in brand.agreements)
        for brand in file.content.partners
    }
    return Acceptable(starts, file.zone, datetime.now(UTC))


@asynccontextmanager
async def _cancelled_by_signals(told_to_stop: asyncio.Event) -> AsyncIterator[None]:
    """Ctrl-C and SIGTERM end what is being done, once; what cleans up is not disturbed."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        if task is not None and not told_to_stop.is_set():
            told_to_stop.set()
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
