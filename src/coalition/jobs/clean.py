"""Remove what has had its time: sessions, codes and tokens, files and results, deliveries."""

from collections.abc import AsyncIterator
from datetime import timedelta

from coalition import access, bulk, joining, mail, privacy, redemption, webhooks
from coalition.jobs.job import Desk


async def clean(desk: Desk) -> str:
    removed = 0
    async for rows in _rounds(desk):
        removed += rows
        if desk.is_stopping:
            break
    return f"{removed:,} rows removed" if removed else ""


async def _rounds(desk: Desk) -> AsyncIterator[int]:
    """How many rows each transaction removed."""
    database, now, settings = desk.office.database, desk.clock(), desk.settings
    async for rows in access.clean_access(database, now=now):
        yield rows
    async for round_ in bulk.clean_bulk(
        database,
        now=now,
        files_for=timedelta(days=settings.bulk_file_days),
        results_for=timedelta(days=settings.bulk_result_days),
    ):
        yield round_.abandoned + round_.chunks + round_.results
    yield await redemption.clean_till_tokens(database, now=now)
    keep = timedelta(days=settings.webhook_days)
    async for rows in webhooks.clean_webhooks(database, now=now, keep=keep):
        yield rows
    yield await joining.clean_joining(database, now=now)
    yield await privacy.clean_copies(database, now=now)
    keep = timedelta(days=settings.mail_days)
    async for rows in mail.clean_mails(database, now=now, keep=keep):
        yield rows
