"""End the disputes in which whoever was to speak was silent until the deadline."""

from coalition import disputes
from coalition.access import Actor, ActorKind, Scope
from coalition.jobs.job import Desk

_WORKER = Actor(ActorKind.OPERATOR, "coalition-worker", frozenset({Scope.SETTLEMENT_APPROVE}))


async def end_disputes(desk: Desk) -> str:
    ended = 0
    async for _ in disputes.expire_disputes(desk.office, actor=_WORKER, now=desk.clock()):
        ended += 1
        if desk.is_stopping:
            break
    return f"{ended:,} disputes ended in silence" if ended else ""
