"""The worker: runs jobs when they are due, each once, however many workers there are.

A job is claimed by a conditional update under a lease that is renewed while it runs. A worker that
is killed loses its leases when they end, and another one goes on. Every verb that a job calls may
be run twice: the lease saves work, it is not what keeps the books right.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog

from coalition.access import load_keys
from coalition.jobs.job import Always, Desk, Every, Job, JobFailed, Nightly
from coalition.kit.errors import Misconfigured, Unavailable

_SHORTEST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 30.0
_FIRST_RETRY: Final = timedelta(seconds=30)
_LONGEST_RETRY: Final = timedelta(hours=1)
_RENEWALS_A_LEASE = 3
_LONGEST_DETAIL = 500
_log = structlog.get_logger()


class Worker:
    """Of one process. It ends when the desk's `stopping` is set, after the step at hand."""

    def __init__(self, desk: Desk, jobs: Sequence[Job]) -> None:
        self._desk = desk
        self._jobs = jobs
        self._database = desk.office.database

    async def run(self) -> None:
        """Until told to stop. Raises `Misconfigured` for a database that was never migrated."""
        with suppress(Unavailable):
            await load_keys(self._database)
        _log.info("worker started", jobs=[job.name for job in self._jobs])
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._keep_at(job))
        _log.info("worker ended")

    async def run_once(self) -> list[str]:
        """Run what is due and end. The names of the jobs that failed."""
        failed = []
        for job in self._jobs:
            if isinstance(job.when, Always):
                while (did := await self._turn(job)) and not self._desk.is_stopping:
                    pass
                if did is None:
                    failed.append(job.name)
            elif not (await self._if_due(job, job.when))[1]:
                failed.append(job.name)
            if self._desk.is_stopping:
                break
        return failed

    async def _keep_at(self, job: Job) -> None:
        troubles = 0
        while not self._desk.is_stopping:
            try:
                if isinstance(job.when, Always):
                    did = await self._turn(job)
                    troubles = troubles + 1 if did is None else 0
                    wait = 0.0 if did else job.when.pause.total_seconds() * 2 ** min(troubles, 5)
                else:
                    wait, _ = await self._if_due(job, job.when)
                    troubles = 0
            except (Unavailable, Misconfigured) as error:
                troubles += 1
                wait = min(2.0**troubles, _LONGEST_WAIT)
                _log.warning("job waits", job=job.name, reason=str(error), seconds=wait)
            except Exception:  # noqa: BLE001 - the other jobs, and this one later, must go on
                troubles, wait = troubles + 1, _LONGEST_WAIT
                _log.exception("job waits", job=job.name, seconds=wait)
            await self._rest(wait)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._desk.stopping.wait(), seconds)

    # Jobs that every worker does all the time

    async def _turn(self, job: Job) -> str | None:
        """What was done; nothing when there was nothing to do; None when it failed.

        Raises `Unavailable`, `Misconfigured`.
        """
        began = self._desk.clock()
        done, detail = await self._attempt(job, job.work(self._desk))
        if detail:
            await self._database.call("note_job", job.name, began, self._desk.clock(), done, detail)
        return detail if done else None

    # Jobs that are due at a time

    async def _if_due(self, job: Job, when: Every | Nightly) -> tuple[float, bool]:
        """Run it if it is due and free. Seconds until it is worth another look; whether it did
        not fail. Raises `Unavailable`, `Misconfigured`.
        """
        zone = (await self._desk.office.terms()).programme.zone
        now, holder = self._desk.clock(), uuid4()
        (row,) = await self._database.call(
            "claim_job", job.name, when.first(now, zone), now, holder, self._desk.lease
        )
        if not row["claimed"]:
            return _until(row["next_at"], now), True
        done, detail = await self._attempt(job, self._under_lease(job, holder))
        now = self._desk.clock()
        next_at = when.after(now, zone)
        if not done:
            next_at = min(next_at, now + _retry_after(row["failures"]))
        elif self._desk.is_stopping:
            # It may have stopped half way: whoever comes next goes on.
            next_at = now
        await self._database.call("finish_job", job.name, holder, now, done, detail, next_at)
        return _until(next_at, now), done

    async def _under_lease(self, job: Job, holder: UUID) -> str:
        work = asyncio.ensure_future(job.work(self._desk))
        renewing = asyncio.create_task(self._renew(job, holder, work))
        try:
            return await work
        except asyncio.CancelledError:
            if renewing.done() and not renewing.cancelled():
                raise JobFailed("Its lease was lost: another worker goes on with it.") from None
            raise
        finally:
            work.cancel()
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    async def _renew(self, job: Job, holder: UUID, work: "asyncio.Future[str]") -> None:
        """Until the lease is lost: then the work is given up, for somebody else has it."""
        while True:
            await asyncio.sleep(self._desk.lease.total_seconds() / _RENEWALS_A_LEASE)
            with suppress(Unavailable):
                (row,) = await self._database.call(
                    "renew_job_lease", job.name, holder, self._desk.lease
                )
                if not row["held"]:
                    work.cancel()
                    return

    async def _attempt(self, job: Job, work: Awaitable[str]) -> tuple[bool, str]:
        """Whether it was done, and what is to be told of it. A job that fails is logged and stops
        no other one. Raises `Unavailable`, `Misconfigured`.
        """
        try:
            detail = await work
        except (Unavailable, Misconfigured):
            raise
        except JobFailed as failure:
            _log.error("job failed", job=job.name, reason=str(failure))
            return False, str(failure)[:_LONGEST_DETAIL]
        except Exception as error:  # noqa: BLE001 - one job's fault must not stop the others
            _log.exception("job failed", job=job.name)
            return False, f"{type(error).__name__}: see the log"
        if detail:
            _log.info("job done", job=job.name, did=detail)
        return True, detail


def _until(moment: datetime, now: datetime) -> float:
    return min(max((moment - now).total_seconds(), _SHORTEST_WAIT), _LONGEST_WAIT)


def _retry_after(failures: int) -> timedelta:
    return min(_FIRST_RETRY * (1 << min(failures, 10)), _LONGEST_RETRY)
