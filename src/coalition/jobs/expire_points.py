"""Post the end of points whose last day is over."""

from coalition import earning
from coalition.jobs.job import Desk


async def expire_points(desk: Desk) -> str:
    lots = points = 0
    async for ended in earning.expire_points(desk.office, now=desk.clock()):
        lots += ended.lots
        points += ended.points
        if desk.is_stopping:
            break
    return f"{points:,} points of {lots:,} awards ended" if lots else ""
