"""What a job is: a name, when it is due, and the one verb that it calls."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from coalition.kit.clock import Clock, wall_clock
from coalition.kit.config import Settings
from coalition.partners import Office


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job has at hand. Between two of its steps it looks whether it should stop."""

    office: Office
    settings: Settings
    clock: Clock = wall_clock
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_stopping(self) -> bool:
        return self.stopping.is_set()

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.settings.lease_seconds)


class JobFailed(Exception):
    """The job did its work and what it found is a failure, told in a sentence."""


@dataclass(frozen=True, slots=True)
class Every:
    """So long after it was last run; at once when it never was."""

    pause: timedelta

    def first(self, now: datetime, zone: ZoneInfo) -> datetime:
        del zone
        return now

    def after(self, now: datetime, zone: ZoneInfo) -> datetime:
        del zone
        return now + self.pause


@dataclass(frozen=True, slots=True)
class Nightly:
    """Once a day at a time of the programme's zone. Nights that were missed are made up once."""

    at: time

    def first(self, now: datetime, zone: ZoneInfo) -> datetime:
        return self.after(now, zone)

    def after(self, now: datetime, zone: ZoneInfo) -> datetime:
        day = now.astimezone(zone).date()
        while True:
            # A time that the clocks jump over in spring is taken as the moment of the jump.
            due = datetime.combine(day, self.at, zone).astimezone(UTC)
            if due > now:
                return due
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Always:
    """By every worker, again at once while there is something to do, else after the pause. Such
    a job shares its work by itself: two workers at once are twice as fast.
    """

    pause: timedelta


@dataclass(frozen=True, slots=True)
class Job:
    """`work` returns in a few words what it did, nothing when there was nothing to do. It raises
    `JobFailed` or whatever went wrong; it is then tried again, later each time.
    """

    name: str
    about: str
    when: Every | Nightly | Always
    work: Callable[[Desk], Awaitable[str]]
