"""The command as an operator types it, on a database of its own that the URL names."""

import asyncio
import csv
import io
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coalition.kit.database import Addresses
from tests.support import World, a_bakery, a_florist, a_grocer, nothing_moves
from tests.support.brands import a_programme, partners_file


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


class Shell:
    """`coalition ...` with COALITION_DATABASE_URL: one login that takes the roles."""

    def __init__(self, addresses: Addresses, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            name: value
            for name, value in os.environ.items()
            # Compiled modules are kept: this starts the command three dozen times.
            if not name.startswith("COALITION_") and name != "PYTHONDONTWRITEBYTECODE"
        } | {"COALITION_DATABASE_URL": addresses.login, "COLUMNS": "160", "NO_COLOR": "1"}

    async def run(self, *words: str, more: Mapping[str, str] | None = None) -> Ran:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "coalition",
            *words,
            cwd=self._folder,
            env=self._environment | dict(more or {}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Ran(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
def shell(world: World, addresses: Addresses, tmp_path: Path) -> Shell:
    del world
    return Shell(addresses, tmp_path)


BRANDS = [a_grocer(), a_bakery(), a_florist()]


async def test_init_leaves_a_database_and_a_file_to_begin_with(
    shell: Shell, tmp_path: Path
) -> None:
    begun = await shell.run("init")
    assert begun.code == 0, begun.err
    assert "partners apply" in begun.out
    planned = await shell.run("partners", "plan", "partners.yaml", "--json")
    changes = {change["what"] for change in json.loads(planned.out)}
    assert {"programme", "partner grocer", "client operator"} <= changes
    (tmp_path / "partners.yaml").write_text("mine")
    again = await shell.run("init")
    assert again.code == 0
    assert (tmp_path / "partners.yaml").read_text() == "mine"


async def test_partners_are_planned_applied_and_then_unchanged(world: World, shell: Shell) -> None:
    file = str(world.write(partners_file(BRANDS)))
    async with nothing_moves(world):
        planned = await shell.run("partners", "plan", file)
    assert planned.code == 0, planned.err
    assert "+ partner grocer" in planned.out
    applied = await shell.run("partners", "apply", file)
    assert applied.code == 0, applied.err
    secret = next(
        line for line in applied.out.splitlines() if "grocer-till" in line and "cs_" in line
    )
    assert secret
    stored = await world.rows("SELECT secret_hash FROM client_secret")
    assert all(b"cs_" not in bytes(str(row), "utf-8") for row in stored)
    again = await shell.run("partners", "apply", file)
    assert "Nothing to change" in again.out
    assert "cs_" not in again.out


async def test_mistakes_are_told_all_at_once_and_nothing_is_applied(
    world: World, shell: Shell
) -> None:
    content = partners_file(
        [a_grocer(currency="DOLLARS"), a_bakery(status="asleep")],
        programme=a_programme(time_zone="Mars/Olympus"),
    )
    async with nothing_moves(world):
        refused = await shell.run("partners", "apply", str(world.write(content)))
    assert refused.code == 1
    assert refused.out == ""
    for field, value in (
        ("partners[0].currency", "DOLLARS"),
        ("partners[1].status", "asleep"),
        ("programme.time_zone", "Mars/Olympus"),
    ):
        assert field in refused.err
        assert value in refused.err


async def test_a_month_is_closed_shown_and_proven(world: World, shell: Shell) -> None:
    await world.apply(brands=BRANDS)
    world.now = datetime.now(UTC)
    ada = await world.enrol("Ada")
    january = datetime(2026, 1, 20, 17, tzinfo=UTC)
    await world.award("grocer", ada, "1234.56", at=january)
    await world.redeem("florist", ada, 500, at=january)

    listed = await shell.run("settlement", "status", "--json")
    assert {"label": "2026-01", "state": "open"}.items() <= json.loads(listed.out)[0].items()
    early = await shell.run("statements", "show", "2026-01")
    assert early.code == 1
    assert "coalition settlement close 2026-01" in early.err
    closed = await shell.run("settlement", "close", "2026-01", "--json")
    assert closed.code == 0, closed.err
    again = await shell.run("settlement", "close", "2026-01", "--json")
    assert json.loads(again.out)[0]["alreadyClosed"] is True
    assert json.loads(again.out)[0]["hashes"] == json.loads(closed.out)[0]["hashes"]

    table = await shell.run("statements", "show", "2026-01", "--partner", "grocer")
    assert "12.34 USD" in table.out
    assert "florist" not in table.out
    as_json = json.loads((await shell.run("statements", "show", "2026-01", "--json")).out)
    florist = next(one for one in as_json if one["partner"] == "florist")
    assert (florist["currency"], florist["net"]) == ("EUR", "-3.60")
    as_csv = await shell.run("statements", "show", "2026-01", "--csv")
    rows = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert {(row["partner"], row["kind"], row["amount"]) for row in rows} == {
        ("grocer", "ISSUANCE", "12.34"),
        ("florist", "REDEMPTION", "3.60"),
    }
    nobody = await shell.run("statements", "show", "2026-01", "--partner", "nobody")
    assert nobody.code == 1
    assert "grocer" in nobody.err

    proven = await shell.run("books", "check")
    assert proven.code == 0, proven.out
    assert "BROKEN" not in proven.out

    ((request_id,),) = await world.rows(
        "SELECT DISTINCT request_id FROM event WHERE kind = 11 LIMIT 1"
    )
    traced = await shell.run("books", "trace", str(request_id), "--json")
    assert {one["what"] for one in json.loads(traced.out)} == {"STATEMENT_ISSUED"}
    assert "statement issued" in (await shell.run("books", "trace", str(request_id))).out
    unknown = await shell.run("books", "trace", "0" * 32)
    assert unknown.code == 1
    mistyped = await shell.run("books", "trace", "not-an-id")
    assert mistyped.code == 1
    assert "32 hexadecimal digits" in mistyped.err

    await world.corrupt("UPDATE balance SET points = points + 1")
    broken = await shell.run("books", "check", "--json")
    assert broken.code == 1
    laws = {one["invariant"]: one["broken"] for one in json.loads(broken.out)}
    assert f"member {ada.member_id}" in laws["I17"][0]


async def test_jobs_post_what_time_has_done(world: World, shell: Shell) -> None:
    await world.apply(brands=BRANDS, expiry={"kind": "fixed", "on": "2026-01-31"})
    ada = await world.enrol("Ada")
    world.now = datetime(2026, 1, 20, tzinfo=UTC)
    await world.award("grocer", ada, "300.00")
    await world.hold("bakery", ada, 100, seconds=60)
    swept = await shell.run("holds", "sweep", "--json")
    assert json.loads(swept.out) == {"released": 1}
    expired = await shell.run("points", "expire", "--json")
    assert json.loads(expired.out) == {"lots": 1, "points": 300}
    nothing = await shell.run("points", "expire")
    assert nothing.code == 0
    assert "0 points" in nothing.out


async def test_a_client_is_made_and_its_secret_rotated(world: World, shell: Shell) -> None:
    await world.apply(brands=BRANDS)
    made = await shell.run(
        "client", "create", "kiosk", "--partner", "bakery", "--scope", "points:award"
    )
    assert made.code == 0, made.err
    assert "cs_" in made.out
    rotated = await shell.run(
        "client", "rotate", "kiosk", "--secret-env", "KIOSK", more={"KIOSK": "k" * 40}
    )
    assert rotated.code == 0, rotated.err
    assert "k" * 40 not in rotated.out
    live = await world.rows(
        "SELECT count(*) FROM client_secret WHERE client_id = 'kiosk' AND valid_until IS NULL"
    )
    assert live == [(1,)]
    for words, told in (
        (("client", "create", "kiosk", "--scope", "operator:read"), "exists"),
        (("client", "create", "a", "--partner", "nobody", "--scope", "points:award"), "nobody"),
        (
            ("client", "create", "a", "--partner", "bakery", "--scope", "settlement:close"),
            "not for",
        ),
        (("client", "rotate", "nobody"), "nobody"),
        (("client", "rotate", "kiosk", "--secret-env", "SHORT"), "32 characters"),
    ):
        refused = await shell.run(*words, more={"SHORT": "short"})
        assert refused.code == 1, words
        assert told in refused.err


async def test_what_cannot_work_is_told_in_a_line_and_not_in_a_traceback(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    del world
    for words, environment, told in (
        (("settlement", "status"), {}, "partners apply"),
        (("settlement", "close", "2026-01"), {}, "partners apply"),
        (("books", "check"), {"COALITION_DATABASE_URL": f"postgresql://x@/x?host={tmp_path}"},
         "cannot be reached"),
        (("migrate",), {"COALITION_TOKEN_SECONDS": "99999"}, "COALITION_TOKEN_SECONDS"),
        (("serve",), {"COALITION_URL": "http://points.example.com"}, "https://"),
        (("partners", "apply", "nowhere.yaml"), {}, "cannot be read"),
    ):  # fmt: skip
        ran = await shell.run(*words, more=environment)
        assert ran.code == 1, (words, ran)
        assert told in ran.err
        assert "Traceback" not in ran.err
    unknown = await shell.run("nothing")
    assert unknown.code == 2
