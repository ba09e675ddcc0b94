"""Prove the laws of the books on the live database, and be loud about a broken one."""

import structlog

from coalition import insight, ledger, settlement
from coalition.jobs.job import Desk, JobFailed
from coalition.ledger import Broken

_ROWS_TOLD = 10
_log = structlog.get_logger()


async def check_books(desk: Desk) -> str:
    checks = [*ledger.CHECKS, *settlement.SETTLEMENT_CHECKS, *insight.INSIGHT_CHECKS]
    held, broken = 0, []
    async for result in ledger.broken_laws(desk.office.database, checks):
        held += not result.rows
        broken += _told(result)
        if desk.is_stopping:
            return f"stopped after {held} laws"
    again = await settlement.unreproducible_statements(desk.office)
    held += not again.rows
    broken += _told(again)
    if broken:
        raise JobFailed(f"The books do not balance: {', '.join(broken)}. Run coalition books check")
    return f"{held} laws hold"


def _told(result: Broken) -> list[str]:
    if not result.rows:
        return []
    _log.critical(
        "a law of the books is broken", invariant=result.check.invariant, law=result.check.law,
        rows=list(result.rows[:_ROWS_TOLD]), count=len(result.rows),
    )  # fmt: skip
    return [result.check.invariant]
