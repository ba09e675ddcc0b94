"""How each job stands, for whoever looks after the server."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from coalition.jobs.job import Always, Job
from coalition.kit.database import Database


@dataclass(frozen=True, slots=True)
class JobStatus:
    """`next_at` None: every worker does it all the time. `outcome` None: it was never run."""

    name: str
    about: str
    next_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    detail: str | None
    failures: int
    running: bool

    def as_dict(self) -> dict[str, object]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


async def jobs_as_they_stand(database: Database, jobs: Sequence[Job]) -> list[JobStatus]:
    """One per job, in their order, those that were never run too. Raises `Unavailable`."""
    rows = {row["name"]: row for row in await database.call("list_jobs")}
    found = []
    for job in jobs:
        row = rows.get(job.name)
        always = isinstance(job.when, Always)
        found.append(
            JobStatus(
                name=job.name,
                about=job.about,
                next_at=row["next_at"] if row and not always else None,
                started_at=row["started_at"] if row else None,
                finished_at=row["finished_at"] if row else None,
                outcome=row["outcome"] if row else None,
                detail=row["detail"] if row else None,
                failures=row["failures"] if row else 0,
                running=bool(row and row["running"]),
            )
        )
    return found
