"""Money at a glance from the command line: tables, JSON, alerts by exit code."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coalition.jobs.job import Desk, JobFailed
from coalition.jobs.watch_coverage import watch_coverage
from coalition.kit.config import Settings
from coalition.kit.database import Addresses
from tests.cli.test_commands import Shell
from tests.support import World, a_bakery, a_florist, a_grocer

BRANDS = [a_grocer(), a_bakery(), a_florist()]


@pytest.fixture
def shell(world: World, addresses: Addresses, tmp_path: Path) -> Shell:
    del world
    return Shell(addresses, tmp_path)


async def _january(world: World, **settlement: object) -> None:
    await world.apply(brands=BRANDS, settlement={"fx_source": "bank", **settlement})
    world.now = datetime(2026, 2, 2, 12, tzinfo=UTC)
    ada = await world.enrol("Ada")
    january = datetime(2026, 1, 20, 17, tzinfo=UTC)
    await world.award("grocer", ada, "1000", at=january)
    await world.redeem("bakery", ada, 400, at=january)
    await world.close("2026-01")


async def test_a_month_at_a_glance(world: World, shell: Shell) -> None:
    await _january(world)
    at = ("--as-of", "2026-01-31")
    found = await shell.run("settlement", "liability", *at, "--rate", "0.5", "--json")
    assert found.code == 0, found.err
    spelled = json.loads(found.out)
    assert (spelled["day"], spelled["outstanding"], spelled["amount"], spelled["costPerPoint"]) == (
        "2026-01-31", 600, "2.25", "0.00750000",
    )  # fmt: skip
    table = await shell.run("settlement", "liability", *at, "--rate", "0.5")
    assert "2.25 USD" in table.out
    assert "2026-01" in table.out
    flows = await shell.run("settlement", "flows", "2026-01", "--json")
    assert json.loads(flows.out)["flows"] == [
        {"issuer": "grocer", "redeemer": "bakery", "points": 400}
    ]
    alert = await shell.run("settlement", "concentration", "2026-01")
    assert alert.code == 3
    assert "10,000" in alert.out
    assert "An index is above 5,000." in alert.err
    as_csv = await shell.run("settlement", "revenue", "--csv", "--rate", "0.8", *at)
    (row,) = csv.DictReader(io.StringIO(as_csv.out))
    assert (row["issuer"], row["issued"], row["recognised"], row["closing"]) == (
        "grocer", "10.00", "5.00", "5.00",
    )  # fmt: skip
    coming = await shell.run("settlement", "forecast", *at)
    assert "too few" in coming.out


async def test_a_floor_a_missing_rate_and_a_slip_of_the_pen(world: World, shell: Shell) -> None:
    await _january(world, coverage_floor="3.5")
    at = ("--as-of", "2026-01-31")
    below = await shell.run("settlement", "coverage", *at, "--rate", "0.5")
    # 10.00 paid, 3.00 paid out; 2.25 to be paid: 311.1 %.
    assert (below.code, "311.1 %" in below.out) == (3, True), below.out
    assert "less than the floor" in below.err
    told = json.loads((await shell.run("settlement", "coverage", *at, "--rate", "0.4",
                                       "--json")).out)  # fmt: skip
    assert (told["ratio"], told["belowFloor"]) == ("3.888889", False)
    slip = await shell.run("settlement", "coverage", "--as-of", "yesterday")
    assert slip.code == 2
    assert "neither a day" in slip.err
    ada = await world.enrol("Ada")
    await world.award("florist", ada, "10", at=datetime(2026, 1, 20, 17, tzinfo=UTC))
    missing = await shell.run("settlement", "coverage", "--rate", "0.5")
    assert missing.code == 3
    assert "FX_RATE_MISSING" in missing.err


async def test_the_worker_is_loud_when_the_pool_is_below_its_floor(world: World) -> None:
    def desk() -> Desk:
        return Desk(world.office, Settings(), clock=lambda: world.now)

    rates = [{"valid_from": "2026-01-01", "rate": "0.7"}]
    await _january(world, redemption_rates=rates)
    world.now += timedelta(days=1)
    assert await watch_coverage(desk()) == ""
    floor = {"fx_source": "bank", "redemption_rates": rates}
    await world.apply(brands=BRANDS, settlement=floor | {"coverage_floor": "3"})
    # 7.00 for 300 points at 0.0075.
    assert await watch_coverage(desk()) == "coverage 3.1111"
    await world.apply(brands=BRANDS, settlement=floor | {"coverage_floor": "3.2"})
    with pytest.raises(JobFailed, match=r"covers 3\.1111 of what it must pay, the floor is 3\.2"):
        await watch_coverage(desk())
