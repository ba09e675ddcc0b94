"""Money at a glance from the command line: tables, JSON, alerts by exit code."""

import csv
import io
import json
from datetime import UTC, datetime

from tests.cli.shell import Shell
from tests.insight.january import a_january
from tests.support import World


async def test_a_month_at_a_glance(world: World, shell: Shell) -> None:
    await a_january(world)
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
    await a_january(world, coverage_floor="3.5")
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
