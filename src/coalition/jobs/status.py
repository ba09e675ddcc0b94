"""How each job stands, for whoever looks after the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coalition.jobs.job import Always, Every, Job, Nightly
from coalition.kit.database import Database

ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """`when`: "always", "every 5 minutes" or a time of day of the programme's zone, "03:00".
    `next_at` None: every worker does it all the time, or no worker has seen it yet. `outcome`
    None: it was never run.
    """

    name: str
    about: str
    when: str
    next_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    detail: str | None
    failures: int
    running: bool

    def as_dict(self) -> dict[str, object]:
        return {
            "name": self.name,
            "about": self.about,
            "when": self.when,
            "nextAt": _text(self.next_at),
            "startedAt": _text(self.started_at),
            "finishedAt": _text(self.finished_at),
            "outcome": self.outcome,
            "detail": self.detail,
            "failures": self.failures,
            "running": self.running,
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
                when=_words(job.when),
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


def _words(when: Every | Nightly | Always) -> str:
    match when:
        case Always():
            return ALWAYS
        case Every(pause):
            return f"every {pause.total_seconds() / 60:g} minutes"
        case Nightly(at):
            return f"{at:%H:%M}"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
