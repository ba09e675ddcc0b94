"""Compare the files that partners have sent with the ledger."""

from coalition import reconciliation
from coalition.access import Actor, ActorKind, Scope
from coalition.jobs.job import Desk

_WORKER = Actor(ActorKind.OPERATOR, "coalition-worker", frozenset({Scope.SETTLEMENT_APPROVE}))


async def reconcile(desk: Desk) -> str:
    compared = 0
    async for _ in reconciliation.run_waiting(desk.office, actor=_WORKER, now=desk.clock()):
        compared += 1
        if desk.is_stopping:
            break
    return f"{compared:,} files compared" if compared else ""
