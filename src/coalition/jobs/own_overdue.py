"""Give overdue differences an owner, and say what becomes of questions that nobody answered."""

import structlog

from coalition import reconciliation
from coalition.access import Actor, ActorKind, Scope
from coalition.jobs.job import Desk

_log = structlog.get_logger()
_WORKER = Actor(ActorKind.OPERATOR, "coalition-worker", frozenset({Scope.SETTLEMENT_APPROVE}))


async def own_overdue(desk: Desk) -> str:
    aged = await reconciliation.own_overdue(desk.office, actor=_WORKER, now=desk.clock())
    if not aged.owned and not aged.due:
        return ""
    if aged.owned:
        _log.warning("differences overdue that nobody looked after", count=aged.owned)
    return f"{aged.owned:,} overdue differences given an owner, {aged.due:,} questions over"
