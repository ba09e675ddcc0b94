"""Law I14: the pool holds what its floor asks for. Asked each night, of the day that ended."""

import structlog

from coalition import insight
from coalition.access import Actor, ActorKind, Scope
from coalition.jobs.job import Desk, JobFailed

_WORKER = Actor(ActorKind.OPERATOR, "coalition-worker", frozenset({Scope.OPERATOR_READ}))
_log = structlog.get_logger()


async def watch_coverage(desk: Desk) -> str:
    """Nothing is asked of a programme without a floor."""
    programme = (await desk.office.terms()).programme
    if programme.coverage_floor is None:
        return ""
    now = desk.clock()
    midnight = now.astimezone(programme.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found = await insight.coverage_at(desk.office, actor=_WORKER, now=now, as_of=midnight)
    shown = "nothing to cover" if found.ratio is None else f"{insight.as_decimal(found.ratio, 4):f}"
    if found.is_below_floor:
        _log.critical(
            "the pool is below its floor", invariant="I14", ratio=shown, fund=str(found.fund),
            must_pay=str(found.report.liability.of_pool), floor=str(found.floor),
        )  # fmt: skip
        raise JobFailed(
            f"The pool covers {shown} of what it must pay, the floor is"
            f" {programme.coverage_floor.normalize():f}. Run coalition settlement coverage"
        )
    return f"coverage {shown}"
