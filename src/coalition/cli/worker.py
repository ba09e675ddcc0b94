"""coalition worker and coalition jobs."""

import asyncio
import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from coalition.cli.running import console, invoked, office, run, settings, stop
from coalition.jobs.job import Desk, Job
from coalition.jobs.schedule import JOBS
from coalition.jobs.status import JobStatus, jobs_as_they_stand
from coalition.jobs.worker import Worker
from coalition.terminal import jobs_table


def add_to(app: typer.Typer) -> None:
    app.command()(worker)
    app.command(name="jobs")(jobs)


def worker(
    once: Annotated[bool, typer.Option("--once", help="Run what is due, and end.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this job; may be given several times.")
    ] = None,
) -> None:
    """Run the jobs: webhooks, files, holds, expiry, checks.

    It tells partners' servers what happened and awards files of purchases all the time, and when
    they are due posts what time has ended, proves the books and cleans up. Any number of workers
    may run at once.
    """
    chosen = _chosen(only or [])

    async def work() -> list[str]:
        async with office() as desk_office:
            desk = Desk(desk_office, settings())
            with stopped_by_signals(desk):
                if once:
                    return await Worker(desk, chosen).run_once()
                await Worker(desk, chosen).run()
        return []

    failed = run(work)
    if failed:
        stop(f"Failed: {', '.join(failed)}. {invoked('jobs')} says why.")


def jobs(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show each job, how it went, and when it is due."""

    async def work() -> list[JobStatus]:
        async with office() as desk:
            return await jobs_as_they_stand(desk.database, JOBS)

    found = run(work)
    if as_json:
        typer.echo(json.dumps([one.as_dict() for one in found]))
    else:
        console.print(jobs_table(found))


@contextmanager
def stopped_by_signals(desk: Desk) -> Iterator[None]:
    """Whoever ends the process asks for the end after the step at hand; asked twice, at once."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def told() -> None:
        desk.stopping.set()
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    for number in before:
        loop.add_signal_handler(number, told)
    try:
        yield
    finally:
        if not desk.is_stopping:
            told()


def _chosen(only: Sequence[str]) -> list[Job]:
    names = [job.name for job in JOBS]
    unknown = [name for name in only if name not in names]
    if unknown:
        stop(f"There is no job {unknown[0]!r}. There are: {', '.join(names)}.")
    return [job for job in JOBS if not only or job.name in only]
