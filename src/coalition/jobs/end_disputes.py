"""Warn of the deadlines of disputes that are near, and end the disputes in which whoever was to
speak was silent.
"""

from coalition import disputes
from coalition.access import Actor, ActorKind, Scope
from coalition.jobs.job import Desk

_WORKER = Actor(ActorKind.OPERATOR, "coalition-worker", frozenset({Scope.SETTLEMENT_APPROVE}))


async def end_disputes(desk: Desk) -> str:
    ended, now = 0, desk.clock()
    near = await disputes.warn_of_disputes(desk.office, actor=_WORKER, now=now)
    async for _ in disputes.expire_disputes(desk.office, actor=_WORKER, now=now):
        ended += 1
        if desk.is_stopping:
            break
    told = (
        (near, f"{near:,} deadlines of disputes are near"),
        (ended, f"{ended:,} disputes ended in silence"),
    )
    return ", ".join(words for count, words in told if count)
