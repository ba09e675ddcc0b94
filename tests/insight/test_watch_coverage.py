"""The pool's floor is watched each night."""

from datetime import timedelta

import pytest

from coalition.jobs.job import Desk, JobFailed
from coalition.jobs.watch_coverage import watch_coverage
from coalition.kit.config import Settings
from tests.insight.january import BRANDS, a_january
from tests.support import World


async def test_the_worker_is_loud_when_the_pool_is_below_its_floor(world: World) -> None:
    def desk() -> Desk:
        return Desk(world.office, Settings(), clock=lambda: world.now)

    rates = [{"valid_from": "2026-01-01", "rate": "0.7"}]
    await a_january(world, redemption_rates=rates)
    world.now += timedelta(days=1)
    assert await watch_coverage(desk()) == ""
    floor = {"fx_source": "bank", "redemption_rates": rates}
    await world.apply(brands=BRANDS, settlement=floor | {"coverage_floor": "3"})
    # 7.00 for 300 points at 0.0075.
    assert await watch_coverage(desk()) == "coverage 3.1111"
    await world.apply(brands=BRANDS, settlement=floor | {"coverage_floor": "3.2"})
    with pytest.raises(JobFailed, match=r"covers 3\.1111 of what it must pay, the floor is 3\.2"):
        await watch_coverage(desk())
