"""Make the copies of their data that members asked for."""

from datetime import timedelta

from coalition import privacy
from coalition.jobs.job import Desk


async def make_copies(desk: Desk) -> str:
    made, keep = 0, timedelta(hours=desk.settings.copy_hours)
    while not desk.is_stopping and await privacy.make_copy(
        desk.office, now=desk.clock(), keep=keep
    ):
        made += 1
    return f"{made:,} copies made" if made else ""
