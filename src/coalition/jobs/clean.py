"""Remove what has had its time: sessions, codes and tokens, files and results."""

from datetime import timedelta

from coalition import access, bulk
from coalition.jobs.job import Desk


async def clean(desk: Desk) -> str:
    database, now = desk.office.database, desk.clock()
    removed = await access.clean_access(database, now=now)
    settings = desk.settings
    async for round_ in bulk.clean_bulk(
        database,
        now=now,
        files_for=timedelta(days=settings.bulk_file_days),
        results_for=timedelta(days=settings.bulk_result_days),
    ):
        removed += round_.abandoned + round_.chunks + round_.results
        if desk.is_stopping:
            break
    return f"{removed:,} rows removed" if removed else ""
